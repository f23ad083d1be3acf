// Stored Messages through @anthropic-ai/sdk, its beta too: whole, put together by the SDK, and event by event.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";

import * as noise from "./noise.mjs";
import { object, objects, rules } from "./objects.mjs";
import { serve } from "./server.mjs";

const ONE_BY_ONE = "<one by one>";

let server, client;
before(async () => {
  const slowly = {
    endpoint: "messages",
    match: { contains: ONE_BY_ONE },
    response: object("messages", "tool-escapes").response,
    stream: { split: "characters*1" },
  };
  server = await serve([...rules("messages"), slowly]);
  client = new Anthropic({ baseURL: server.url, apiKey: "none" });
});
after(() => server?.stop());

const request = (one) => ({
  model: one.response.model,
  max_tokens: 1024,
  messages: [{ role: "user", content: one.says }],
  ...one.request,
});
const counted = (stored, got) => noise.withCountedUsage(stored, got, ["input_tokens", "output_tokens"]);
// Blocks whose deltas only the beta knows.
const beta = (one) => one.name.startsWith("beta-");

for (const [name, messages] of [
  ["messages", () => client.messages],
  ["beta.messages", () => client.beta.messages],
]) {
  describe(`${name}, whole`, () => {
    for (const one of objects("messages")) {
      test(one.name, async () => {
        const got = await messages().create(request(one));
        noise.identical(got, counted(one.response, got));
      });
    }
  });

  describe(`${name}, put together by the SDK`, () => {
    for (const one of objects("messages").filter((one) => name.startsWith("beta") || !beta(one))) {
      test(one.name, async () => {
        const got = await messages().stream(request(one)).finalMessage();
        noise.equal(got, noise.anthropicMessage(counted(one.response, got)));
      });
    }

    test("tool input, a character at a time", async () => {
      const stored = object("messages", "tool-escapes");
      const got = await messages()
        .stream({ ...request(stored), messages: [{ role: "user", content: ONE_BY_ONE }] })
        .finalMessage();
      noise.equal(got, noise.anthropicMessage(stored.response));
    });
  });
}

// The same for every object: written from the wire's rules, and sharing nothing with the SDK's accumulator.
describe("event by event", () => {
  for (const one of objects("messages")) {
    test(one.name, async () => {
      const all = [];
      for await (const event of await client.beta.messages.create({ ...request(one), stream: true })) all.push(event);
      const types = all.map(({ type }) => type);
      assert.equal(types[0], "message_start");
      assert.deepEqual(types.slice(-2), ["message_delta", "message_stop"]);

      const { content, ...stored } = counted(one.response, all[0].message);
      const { message } = all[0];
      assert.deepEqual([message.content, message.stop_reason, message.stop_sequence], [[], null, null]);
      for (const key of ["id", "type", "role", "model"]) assert.equal(message[key], stored[key]);
      for (const key of ["cache_creation", "service_tier", "inference_geo", "speed"]) {
        assert.deepEqual(message.usage[key], stored.usage[key], key);
      }
      const { delta, usage } = all.find(({ type }) => type === "message_delta");
      assert.equal(delta.stop_reason, stored.stop_reason);
      assert.equal(delta.stop_sequence, stored.stop_sequence ?? null);
      if (one.response.usage) assert.equal(usage.output_tokens, stored.usage.output_tokens);

      let open = -1;
      for (const { type, index } of all.filter((event) => event.index !== undefined)) {
        if (type === "content_block_start") open += 1;
        assert.equal(index, open, "one block after the other");
      }
      assert.equal(open, content.length - 1);
      assert.equal(types.filter((type) => type === "content_block_stop").length, content.length);
      content.forEach((block, index) =>
        built(
          all.filter((event) => event.index === index),
          block,
        ),
      );
    });
  }

  test("the line above names the type, and a ping follows the first block's start", async () => {
    const answer = await fetch(`${server.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "none", "anthropic-version": "2023-06-01", "content-type": "application/json" },
      body: JSON.stringify({ ...request(object("messages", "tools")), stream: true }),
    });
    assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const frames = (await answer.text()).split("\n\n");
    assert.equal(frames.pop(), "");
    const types = frames.map((frame) => {
      const [, event, data] = frame.match(/^event: (\S+)\ndata: (.*)$/);
      assert.equal(JSON.parse(data).type, event);
      return event;
    });
    assert.deepEqual(types.slice(0, 3), ["message_start", "content_block_start", "ping"]);
    assert.equal(types.lastIndexOf("ping"), 2);
  });
});

const DELTAS = {
  text: { text: "text_delta", citations: "citations_delta" },
  thinking: { thinking: "thinking_delta", signature: "signature_delta" },
  tool_use: { input: "input_json_delta" },
  server_tool_use: { input: "input_json_delta" },
  mcp_tool_use: { input: "input_json_delta" },
  compaction: { content: "compaction_delta" },
};

/** The events of one block say what the stored block does. */
function built([start, ...rest], stored) {
  const deltas = rest.filter(({ type }) => type === "content_block_delta").map(({ delta }) => delta);
  const known = DELTAS[stored.type] ?? {};
  assert.ok(deltas.every(({ type }) => Object.values(known).includes(type)));
  if (Object.keys(known).length === 0) return assert.deepEqual(start.content_block, stored);
  if (stored.type === "compaction") return assert.equal(deltas.length, 1);
  for (const [key, value] of Object.entries(stored)) {
    if (!(key in known)) assert.deepEqual(start.content_block[key], value, key);
  }
  const of = (type) => deltas.filter((delta) => delta.type === type);
  const join = (key) =>
    of(known[key])
      .map((delta) => delta[key])
      .join("");
  if ("text" in known) {
    assert.equal(start.content_block.text, "");
    assert.equal(join("text"), stored.text);
    assert.deepEqual(
      of("citations_delta").map(({ citation }) => citation),
      stored.citations ?? [],
    );
    assert.deepEqual(start.content_block.citations, stored.citations && []);
  }
  if ("thinking" in known) {
    assert.deepEqual([start.content_block.thinking, start.content_block.signature], ["", ""]);
    assert.equal(join("thinking"), stored.thinking);
    assert.deepEqual(deltas.at(-1), { type: "signature_delta", signature: stored.signature });
    assert.equal(of("signature_delta").length, 1);
  }
  if ("input" in known) {
    assert.deepEqual(start.content_block.input, {});
    assert.equal(deltas[0].partial_json, "");
    const text = deltas.map((delta) => delta.partial_json).join("");
    assert.deepEqual(text === "" ? {} : JSON.parse(text), stored.input);
  }
}
