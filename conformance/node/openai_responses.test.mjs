// Stored Responses through openai: whole, put together by the SDK, without the event that has it all, and event by
// event.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import OpenAI from "openai";
import { ResponseStream } from "openai/lib/responses/ResponseStream";

import * as noise from "./noise.mjs";
import { object, objects, rules } from "./objects.mjs";
import { serve } from "./server.mjs";

const PRIVATE = ["shell-call", "apply-patch-call"];
const asked = (name) => `<private/${name}>`;

let server, client;
before(async () => {
  const events = PRIVATE.map((name) => ({
    endpoint: "responses",
    match: { contains: asked(name) },
    response: object("responses", name).response,
    stream: { private_events: true },
  }));
  server = await serve([...rules("responses"), ...events]);
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
});
after(() => server?.stop());

const request = (one) => ({ model: one.response.model, input: one.says, ...one.request });
const background = (one) => one.request.background === true;
// An error goes before the end of a response that failed, and is the end for the SDK.
const failed = (one) => one.response.status === "failed";
const ended = objects("responses").filter((one) => !failed(one));

async function events(parameters) {
  const all = [];
  for await (const event of await client.responses.create({ ...parameters, stream: true })) all.push(event);
  return all;
}

const reassembled = (list) => {
  const lines = list.map((event) => `${JSON.stringify(event)}\n`);
  return ResponseStream.fromReadableStream(new Blob(lines).stream()).finalResponse();
};

describe("whole", () => {
  for (const one of objects("responses").filter((one) => !background(one))) {
    test(one.name, async () => {
      const got = await client.responses.create(request(one));
      noise.identical(got, { ...one.response, output_text: noise.openaiOutputText(one.response) });
    });
  }

  for (const one of objects("responses").filter(background)) {
    test(`${one.name}: queued, until it was asked for`, async () => {
      const first = await client.responses.create(request(one));
      const { id, created_at, model } = one.response;
      assert.deepEqual([first.id, first.created_at, first.model], [id, created_at, model]);
      assert.deepEqual([first.status, first.output, first.output_text], ["queued", [], ""]);
      const second = await client.responses.retrieve(id);
      assert.deepEqual([second.status, second.output], ["in_progress", []]);
      const third = await client.responses.retrieve(id);
      noise.identical(third, { ...one.response, output_text: noise.openaiOutputText(one.response) });
    });
  }
});

describe("put together by the SDK", () => {
  for (const one of ended) {
    test(one.name, async () => {
      const got = await client.responses.stream(request(one)).finalResponse();
      noise.equal(got, noise.openaiResponse(one.response));
    });
  }

  for (const one of objects("responses").filter(failed)) {
    test(`${one.name}: its error is raised`, async () => {
      const { code, message } = one.response.error;
      await assert.rejects(client.responses.stream(request(one)).finalResponse(), (error) => {
        assert.ok(error instanceof OpenAI.APIError);
        assert.deepEqual([error.code, error.message, error.param], [code, message, null]);
        return true;
      });
    });
  }

  for (const name of PRIVATE) {
    test(`${name}: events that the SDK does not know are its end`, async () => {
      const parameters = { model: "gpt-5-mini", input: asked(name) };
      const all = await events(parameters);
      assert.deepEqual(all.at(-1).response, object("responses", name).response);
      const final = client.responses.stream(parameters).finalResponse();
      await assert.rejects(final, {
        message: /^Unhandled response stream event: .*"type":"response\.(shell|apply_patch)_call/,
      });
    });
  }
});

// The last event has the whole object, and both SDKs take it from there. Without it, what is left is what the
// events in between say.
describe("put together from the items alone", () => {
  for (const one of ended) {
    test(one.name, async () => {
      const got = await reassembled((await events(request(one))).slice(0, -1));
      noise.equal(got.output, noise.openaiResponse(one.response).output);
      assert.equal(got.status, "in_progress");
    });
  }
});

describe("put together from the deltas alone", () => {
  for (const one of ended) {
    test(one.name, async () => {
      const done = /^response\.(output_item|content_part|.*_text|refusal|.*_part|.*arguments|.*input|.*_code)\.done$/;
      const got = await reassembled((await events(request(one))).slice(0, -1).filter(({ type }) => !done.test(type)));
      assert.deepEqual(got.output.map(said), one.response.output.map(said));
    });
  }
});

/** What deltas say of an item. */
function said(item) {
  const { id, type } = item;
  const texts = (parts) => (parts ?? []).map((part) => part.text ?? part.refusal);
  switch (type) {
    case "message":
      return { id, type, texts: texts(item.content), annotations: item.content.map((part) => part.annotations) };
    case "reasoning":
      return { id, type, summary: texts(item.summary), texts: texts(item.content) };
    case "function_call":
    case "mcp_call":
      return { id, type, name: item.name, arguments: item.arguments };
    case "custom_tool_call":
      return { id, type, name: item.name, input: item.input };
    case "code_interpreter_call":
      return { id, type, code: item.code, status: item.status };
    default:
      return { id, type };
  }
}

describe("event by event", () => {
  for (const one of ended) {
    test(one.name, async () => {
      const all = await events(request(one));
      assert.deepEqual(
        all.map((event) => event.sequence_number),
        [...all.keys()],
      );
      assert.ok(all.every((event) => !("obfuscation" in event)));

      const { status, output } = one.response;
      const types = all.map(({ type }) => type);
      const opening = background(one)
        ? ["response.created", "response.queued", "response.in_progress"]
        : ["response.created", "response.in_progress"];
      assert.deepEqual(types.slice(0, opening.length), opening);
      assert.equal(types.at(-1), `response.${status}`);
      assert.deepEqual(all.at(-1).response, one.response);
      for (const event of all.slice(0, opening.length)) {
        const { response } = event;
        const queued = background(one) && event.type !== "response.in_progress";
        assert.equal(response.status, queued ? "queued" : "in_progress");
        assert.deepEqual([response.id, response.model], [one.response.id, one.response.model]);
        assert.deepEqual(response.output, []);
        for (const key of ["usage", "error", "incomplete_details", "completed_at"]) {
          assert.equal(response[key], null, key);
        }
      }

      const added = all.filter(({ type }) => type === "response.output_item.added");
      const done = all.filter(({ type }) => type === "response.output_item.done");
      assert.deepEqual(
        added.map(({ item }) => [item.id, item.type]),
        output.map(({ id, type }) => [id, type]),
      );
      assert.deepEqual(
        done.map(({ item }) => item),
        output,
      );
      assert.deepEqual(
        done.map((event) => event.output_index),
        [...output.keys()],
      );

      for (const event of all) {
        if ("item_id" in event) assert.equal(event.item_id, output[event.output_index].id, event.type);
        if (event.type.endsWith("_text.delta") || event.type.endsWith("refusal.delta"))
          assert.notEqual(event.delta, "");
      }
    });
  }

  test("the line above names the type", async () => {
    for (const { event, data } of await frames(object("responses", "all-hosted"))) assert.equal(data.type, event);
  });

  test("a failed one ends with an error and the object", async () => {
    const one = object("responses", "failed");
    const all = (await frames(one)).map(({ data }) => data);
    const [error, last] = all.slice(-2);
    assert.deepEqual(
      all.map(({ type }) => type),
      ["response.created", "response.in_progress", "error", "response.failed"],
    );
    assert.deepEqual(Object.keys(error.error).sort(), ["code", "message", "param", "type"]);
    assert.deepEqual(last.response, one.response);
    assert.deepEqual(
      all.map((event) => event.sequence_number),
      [0, 1, 2, 3],
    );
  });
});

/** The events as they come over the wire, and the line above each. */
async function frames(one) {
  const answer = await fetch(`${server.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: "Bearer none", "content-type": "application/json" },
    body: JSON.stringify({ ...request(one), stream: true }),
  });
  assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const all = (await answer.text()).split("\n\n");
  assert.equal(all.pop(), "");
  return all.map((frame) => {
    const [, event, data] = frame.match(/^event: (\S+)\ndata: (.*)$/);
    return { event, data: JSON.parse(data) };
  });
}
