import { planDigests } from "../plan-digests.ts";

const [, , folder = "."] = process.argv;
process.stdout.write(JSON.stringify(await planDigests(folder)));
