// Tells who types `npm install` out of habit what to type instead.
if (!(process.env.npm_config_user_agent ?? "").startsWith("pnpm")) {
  console.log(
    "DeltaFuse is a pnpm workspace. Use `npm start`, `npm test` or `npm run check`: each installs what it needs.",
  );
}
