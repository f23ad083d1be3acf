// Responses that are kept: asked for again, cancelled, deleted, gone on from.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import OpenAI from "openai";

import * as noise from "./noise.mjs";
import { object, rules } from "./objects.mjs";
import { serve } from "./server.mjs";

let server, client;
before(async () => {
  const unstored = { endpoint: "responses", match: { contains: "<unstored>" }, answer: "Gone." };
  server = await serve([...rules("responses"), unstored]);
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
});
after(() => server?.stop());

const request = (one) => ({ model: one.response.model, input: one.says, ...one.request });

test("whole, and streamed from where a client was", async () => {
  const one = object("responses", "text-unicode");
  const all = [];
  for await (const event of await client.responses.create({ ...request(one), stream: true })) all.push(event);
  const again = await client.responses.retrieve(one.response.id);
  noise.identical(again, { ...one.response, output_text: noise.openaiOutputText(one.response) });
  const rest = [];
  for await (const event of await client.responses.retrieve(one.response.id, { stream: true, starting_after: 3 })) {
    rest.push(event);
  }
  assert.deepEqual(rest, all.slice(4));
  const replayed = client.responses.stream({ response_id: one.response.id, starting_after: 3 });
  noise.equal(await replayed.finalResponse(), noise.openaiResponse(one.response));
});

test("what was deleted is not there", async () => {
  const one = object("responses", "text");
  await client.responses.create(request(one));
  await client.responses.delete(one.response.id);
  await assert.rejects(client.responses.retrieve(one.response.id), OpenAI.NotFoundError);
});

test("one in the background is cancelled, and only such a one", async () => {
  const one = object("responses", "background");
  await client.responses.create(request(one));
  const cancelled = await client.responses.cancel(one.response.id);
  assert.deepEqual([cancelled.id, cancelled.status], [one.response.id, "cancelled"]);
  assert.equal((await client.responses.retrieve(one.response.id)).status, "cancelled");
  const other = object("responses", "json-text");
  await client.responses.create(request(other));
  await assert.rejects(client.responses.cancel(other.response.id), OpenAI.BadRequestError);
});

test("a call goes on from one that is kept", async () => {
  const one = object("responses", "logprobs");
  await client.responses.create(request(one));
  const next = object("responses", "two-parts-and-messages");
  const got = await client.responses.create({ ...request(next), previous_response_id: one.response.id });
  assert.equal(got.output_text, noise.openaiOutputText(next.response));
  await assert.rejects(client.responses.create({ ...request(next), previous_response_id: "resp_none" }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.deepEqual([error.code, error.param], ["previous_response_not_found", "previous_response_id"]);
    return true;
  });
});

test("what is not to be stored is not there", async () => {
  const ask = (store) => client.responses.create({ model: "gpt-5-mini", input: "<unstored>", store });
  const [kept, dropped] = [await ask(true), await ask(false)];
  assert.equal((await client.responses.retrieve(kept.id)).output_text, "Gone.");
  assert.notEqual(kept.id, dropped.id);
  await assert.rejects(client.responses.retrieve(dropped.id), OpenAI.NotFoundError);
});

test("the input of a call, a page at a time", async () => {
  const one = object("responses", "refusal");
  const input = ["one", "two", one.says].map((content) => ({ role: "user", content }));
  await client.responses.create({ ...request(one), input });
  const items = [];
  for await (const item of client.responses.inputItems.list(one.response.id, { order: "asc", limit: 2 })) {
    items.push(item);
  }
  assert.deepEqual(
    items.map(({ content }) => content[0].text ?? content),
    ["one", "two", one.says],
  );
});
