// Tells how long Node takes until it runs the first line of a program.
console.log(JSON.stringify({ ms: performance.now() }));
