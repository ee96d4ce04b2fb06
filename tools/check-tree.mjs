// A build, the tests and the checks leave nothing behind: `git status` is empty.
import { capture } from "./process.mjs";

const { code, stdout, text } = capture("git", ["status", "--porcelain"]);
if (code !== 0) {
  console.error(`git status failed:\n${text}`);
  process.exitCode = 1;
} else if (stdout !== "") {
  console.error(`These files are not committed, or something above wrote them:\n${stdout}`);
  process.exitCode = 1;
}
