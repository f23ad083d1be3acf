// Responses that are made in the background, as the SDK asks for them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { serve } from "./server.mjs";

const SAID = "Some words that arrive one after the other.";
const OVER = ["completed", "failed", "incomplete", "cancelled"];
let server, client;

before(async () => {
  server = await serve([{ name: "any", answer: SAID }]);
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "sk-standin", maxRetries: 0 });
});
after(() => server.stop());

const begin = (fields = {}, decides) =>
  client.responses.create(
    { model: "gpt-5-mini", input: "Hello", background: true, ...fields },
    decides ? { headers: { "x-standin-async": decides } } : {},
  );

async function untilOver(id) {
  const seen = [];
  do seen.push(await client.responses.retrieve(id));
  while (!OVER.includes(seen.at(-1).status));
  return seen;
}

test("one is polled until it is done", async () => {
  const queued = await begin();
  assert.deepEqual([queued.status, queued.output, queued.background], ["queued", [], true]);
  const seen = await untilOver(queued.id);
  assert.deepEqual(seen.map((one) => one.status), ["in_progress", "completed"]);
  assert.deepEqual([seen[1].id, seen[1].output_text], [queued.id, SAID]);
});

test("one is cancelled, and another fails", async () => {
  const held = await begin({}, "hold");
  for (let times = 0; times < 2; times++) {
    assert.equal((await client.responses.cancel(held.id)).status, "cancelled");
  }
  const failed = (await untilOver((await begin({}, "status=500")).id)).at(-1);
  assert.deepEqual([failed.status, failed.error.code], ["failed", "server_error"]);
});

test("a stream that is left is gone on with", async () => {
  const seen = [];
  for await (const event of await begin({ stream: true })) {
    seen.push(event);
    if (event.type === "response.output_text.delta") break;
  }
  const { id } = seen[0].response;
  const rest = await client.responses.retrieve(id, { stream: true, starting_after: seen.at(-1).sequence_number });
  for await (const event of rest) seen.push(event);
  assert.deepEqual(seen.map((event) => event.sequence_number), seen.map((_, number) => number));
  assert.equal(seen.at(-1).type, "response.completed");
  assert.equal(seen.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta).join(""), SAID);
});

test("the helper puts together what was begun", async () => {
  const queued = await begin();
  const stream = client.responses.stream({ response_id: queued.id });
  const final = await stream.finalResponse();
  assert.deepEqual([final.id, final.status, final.output_text], [queued.id, "completed", SAID]);
});
