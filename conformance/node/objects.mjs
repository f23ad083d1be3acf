// The stored objects of conformance/objects: what is asked for each of them, and the rules that answer with them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { REPO } from "./server.mjs";

const FOLDER = join(REPO, "conformance", "objects");

/** The cases of an endpoint, in order: `{name, says, request, response}`. */
export function objects(endpoint) {
  const files = readdirSync(join(FOLDER, endpoint))
    .filter((name) => name.endsWith(".json"))
    .sort();
  if (files.length === 0) throw new Error(`no objects of ${endpoint}`);
  return files.map((file) => {
    const stored = JSON.parse(readFileSync(join(FOLDER, endpoint, file), "utf8"));
    const name = file.slice(0, -".json".length);
    // No such text is a part of another.
    const says = `<${endpoint}/${name}>`;
    return { name, says, request: placed(stored.request ?? {}, says), response: stored.response };
  });
}

/** The object of one case. */
export const object = (endpoint, name) => objects(endpoint).find((one) => one.name === name);

/** A rule for each object of these endpoints. */
export function rules(...endpoints) {
  return endpoints.flatMap((endpoint) =>
    objects(endpoint).map(({ name, says, response }) => ({
      name: `${endpoint}/${name}`,
      endpoint,
      match: { contains: says },
      response,
    })),
  );
}

/** A request has its own input in some cases, and says in it where the case is named. */
function placed(request, says) {
  return JSON.parse(JSON.stringify(request).replaceAll("{case}", says));
}
