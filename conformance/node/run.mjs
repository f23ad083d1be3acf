// Runs all `*.test.mjs` here, and says last how many passed and were skipped.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const folder = import.meta.dirname;
const named = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.mjs") && (named.length === 0 || named.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(folder, name));

const count = { passed: 0, failed: 0, skipped: 0 };
const tally = (kind) => (test) => {
  if (test.details?.type === "suite") return;
  if (test.skip !== undefined || test.todo !== undefined) count.skipped += 1;
  else count[kind] += 1;
};

// The files have a server each, and two cores are what a small machine has.
const events = run({ files, concurrency: 2 });
events.on("test:pass", tally("passed"));
events.on("test:fail", tally("failed"));
events.compose(new spec()).pipe(process.stdout);
events.once("end", () => {
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
  process.once("exit", () => console.log(`${count.passed} passed, ${count.skipped} skipped`));
});
