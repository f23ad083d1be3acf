// A running `standin serve`. STANDIN_BIN names another binary than the debug build.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const REPO = fileURLToPath(new URL("../../", import.meta.url));
const BINARY = process.env.STANDIN_BIN ?? join(REPO, "target/debug/standin");
const READY = "standin listening on ";

// Those of whoever runs the tests, and their CI, reach no server and no SDK.
for (const name of Object.keys(process.env)) {
  const theirs = /^(STANDIN|OPENAI|AZURE|ANTHROPIC)_|^CI$|^(HTTP|HTTPS|ALL|NO)_PROXY$/i;
  if (theirs.test(name)) delete process.env[name];
}

/** Serves rules, as docs/mocks.md describes them, at `url`. */
export async function serve(mocks, ...flags) {
  const file = join(folder(), "mocks.json");
  writeFileSync(file, written({ mocks }));
  return alone("--pace", "none", "--mocks", file, ...flags);
}

/** `standin serve` with no more than this, in a folder where nothing is. */
export async function alone(...flags) {
  const child = spawn(BINARY, ["serve", "--port", "0", ...flags], { cwd: folder(), stdio: ["ignore", "pipe", "pipe"] });
  const failed = new Promise((_, reject) => child.once("error", reject));
  let log = "";
  child.stderr.on("data", (data) => (log += data));
  const first = await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(() => [""]),
    failed,
  ]);
  if (!first[0].startsWith(READY)) throw new Error(`standin does not start: ${first[0]}\n${log}`);
  return new Server(first[0].slice(READY.length), child);
}

/** An empty one, as long as this process runs. */
function folder() {
  const path = mkdtempSync(join(tmpdir(), "standin-node-"));
  folders.push(path);
  return path;
}

const folders = [];
process.once("exit", () => folders.forEach((path) => rmSync(path, { recursive: true })));

/** JSON that keeps the sign of a zero, which JavaScript's own writer drops. */
function written(value) {
  const minus = "minus zero";
  const text = JSON.stringify(value, (_, member) => (Object.is(member, -0) ? minus : member));
  return text.replaceAll(JSON.stringify(minus), "-0.0");
}

class Server {
  constructor(url, child) {
    Object.assign(this, { url, child });
  }

  /** The latest calls, as the journal has them. */
  async journal() {
    const answer = await fetch(`${this.url}/_standin/journal`);
    return answer.json();
  }

  /** Empties the journal. */
  async forget() {
    await fetch(`${this.url}/_standin/journal`, { method: "DELETE" });
  }

  /** Begins a session, and gives its id. */
  async session() {
    const answer = await fetch(`${this.url}/_standin/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    return (await answer.json()).id;
  }

  /** Ends it as a user does. */
  async stop() {
    const exit = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const [code] = await exit;
    if (code !== 0) throw new Error(`standin ends with ${code}`);
  }
}
