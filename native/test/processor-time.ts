import { setTimeout } from "node:timers/promises";

/** Milliseconds of processor time that this process uses while `milliseconds` pass. */
export async function processorTime(milliseconds: number): Promise<number> {
  const before = process.cpuUsage();
  await setTimeout(milliseconds);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Waits until a condition holds; fails after 30 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("It did not come about within 30 s");
    await setTimeout(5);
  }
}
