// Stored Chat Completions through openai: whole, put together by the SDK, and chunk by chunk.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import OpenAI from "openai";

import * as noise from "./noise.mjs";
import { object, objects, rules } from "./objects.mjs";
import { serve } from "./server.mjs";

let server, client;
before(async () => {
  const padded = { endpoint: "chat", match: { contains: "<padded>" }, response: object("chat", "text").response };
  server = await serve([...rules("chat"), { ...padded, stream: { obfuscation: true } }]);
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
});
after(() => server?.stop());

const request = (one) => ({
  model: one.response.model,
  messages: [{ role: "user", content: one.says }],
  ...one.request,
});
const streamed = (one) => ({ ...request(one), stream_options: { include_usage: true } });
const counted = (stored, got) => noise.withCountedUsage(stored, got, ["prompt_tokens", "completion_tokens"]);
const custom = (one) =>
  one.response.choices.some(({ message }) => message.tool_calls?.some(({ type }) => type === "custom"));

async function chunks(one, added = {}) {
  const all = [];
  for await (const chunk of await client.chat.completions.create({ ...request(one), stream: true, ...added })) {
    all.push(chunk);
  }
  return all;
}

describe("whole", () => {
  for (const one of objects("chat")) {
    test(one.name, async () => {
      const got = await client.chat.completions.create(request(one));
      noise.identical(got, counted(one.response, got));
    });
  }
});

describe("put together by the SDK", () => {
  for (const one of objects("chat").filter((one) => !custom(one))) {
    test(one.name, async () => {
      const got = await client.chat.completions.stream(streamed(one)).finalChatCompletion();
      noise.equal(got, noise.openaiChat(counted(one.response, got)));
    });

    test(`${one.name}, without a usage`, async () => {
      const got = await client.chat.completions.stream(request(one)).finalChatCompletion();
      const { usage, ...stored } = one.response;
      noise.equal(got, noise.openaiChat(stored));
    });
  }

  for (const one of objects("chat").filter(custom)) {
    test(`${one.name}: the SDK knows functions only, and throws`, async () => {
      const final = client.chat.completions.stream(streamed(one)).finalChatCompletion();
      await assert.rejects(final, { name: "Error", message: /^missing choices\[0\]\.tool_calls\[0\]\.function\.name/ });
    });
  }

  test("padding, where it is asked for, is left in the object", async () => {
    const one = { ...object("chat", "text"), says: "<padded>" };
    const { obfuscation, ...got } = await client.chat.completions.stream(streamed(one)).finalChatCompletion();
    assert.equal(typeof obfuscation, "string");
    noise.equal(got, noise.openaiChat(one.response));
  });

  test("a schema makes of JSON what the content says", async () => {
    const one = object("chat", "json-content");
    const parsed = await client.chat.completions.parse(request(one));
    const expected = JSON.parse(one.response.choices[0].message.content);
    assert.deepEqual(JSON.parse(parsed.choices[0].message.content), expected);
  });
});

// The same for every object: written from the wire's rules, and sharing nothing with the SDK's accumulator.
describe("chunk by chunk", () => {
  for (const one of objects("chat")) {
    test(one.name, async () => {
      const all = await chunks(one, { stream_options: { include_usage: true } });
      const last = all.pop();
      assert.deepEqual(last.choices, []);
      assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);
      if (one.response.usage) assert.deepEqual(last.usage, one.response.usage);
      for (const chunk of all) {
        assert.equal(chunk.usage, null, "null until the last");
        assert.equal(chunk.choices.length, 1, "one choice a chunk");
      }
      for (const chunk of [...all, last]) {
        assert.equal(chunk.object, "chat.completion.chunk");
        for (const key of ["id", "created", "model", "service_tier", "system_fingerprint"]) {
          assert.deepEqual(chunk[key], one.response[key], key);
        }
        assert.ok(!("obfuscation" in chunk));
      }
      const opened = all.map(({ choices }) => choices[0].index).filter((index, at, list) => list.indexOf(index) === at);
      assert.deepEqual(
        opened,
        one.response.choices.map(({ index }) => index),
        "opened in order",
      );
      for (const choice of one.response.choices) {
        joined(
          all.map(({ choices }) => choices[0]).filter(({ index }) => index === choice.index),
          choice,
        );
      }
    });
  }

  test("no usage unless it is asked for", async () => {
    for (const chunk of await chunks(object("chat", "text"))) {
      assert.ok(!("usage" in chunk));
      assert.equal(chunk.choices.length, 1);
    }
  });

  test("a text comes in pieces", async () => {
    const one = object("chat", "text-long");
    const pieces = (await chunks(one)).filter(({ choices }) => choices[0].delta.content);
    assert.ok(pieces.length > 10, `${pieces.length} pieces`);
  });
});

/** The deltas of one choice say what the stored choice does. */
function joined(parts, stored) {
  const deltas = parts.map(({ delta }) => delta);
  const { role, content, refusal, tool_calls, function_call, audio, ...whole } = stored.message;
  const text = (key) => deltas.map((delta) => delta[key] ?? "").join("");
  assert.equal(text("content"), content ?? "");
  assert.equal(text("refusal"), refusal ?? "");

  assert.equal(deltas[0].role, role);
  const once = { role, ...whole };
  for (const [key, value] of Object.entries(once)) {
    const seen = deltas.filter((delta) => key in delta);
    // Real streams say nothing of no annotations.
    if (key === "annotations" && value.length === 0 && seen.length === 0) continue;
    assert.equal(seen.length, 1, `${key} once`);
    assert.deepEqual(seen[0][key], value);
  }

  calls(
    deltas.flatMap((delta) => delta.tool_calls ?? []),
    tool_calls ?? [],
  );
  if (audio)
    voice(
      deltas.flatMap((delta) => delta.audio ?? []),
      audio,
    );
  if (function_call) {
    const pieces = deltas.flatMap((delta) => delta.function_call ?? []);
    assert.equal(pieces.map((piece) => piece.arguments ?? "").join(""), function_call.arguments);
    assert.deepEqual(
      pieces.flatMap((piece) => piece.name ?? []),
      [function_call.name],
    );
  }

  const reasons = parts.map((part) => part.finish_reason);
  assert.equal(reasons.pop(), stored.finish_reason, "at the end");
  assert.deepEqual(deltas.at(-1), {}, "with nothing else");
  assert.ok(reasons.every((reason) => reason === null));

  assert.ok(parts.every((part) => "logprobs" in part === "logprobs" in stored));
  for (const key of ["content", "refusal"]) {
    const entries = parts.flatMap((part) => part.logprobs?.[key] ?? []);
    assert.deepEqual(entries, stored.logprobs?.[key] ?? []);
  }
}

function calls(deltas, stored) {
  const order = deltas.map(({ index }) => index);
  assert.deepEqual(
    order,
    order.toSorted((one, other) => one - other),
    "one call after the other",
  );
  stored.forEach((call, index) => {
    const [opener, ...rest] = deltas.filter((delta) => delta.index === index);
    const [member, piece] = call.type === "custom" ? ["custom", "input"] : ["function", "arguments"];
    assert.deepEqual(opener, {
      index,
      id: call.id,
      type: call.type,
      [member]: { name: call[member].name, [piece]: "" },
    });
    for (const delta of rest) assert.deepEqual(delta, { index, [member]: { [piece]: delta[member][piece] } });
    assert.equal(rest.map((delta) => delta[member][piece]).join(""), call[member][piece]);
  });
  assert.ok(order.every((index) => index < stored.length));
}

function voice(deltas, stored) {
  assert.deepEqual(deltas[0], { id: stored.id, transcript: "" });
  for (const key of ["transcript", "data"]) {
    assert.equal(deltas.map((delta) => delta[key] ?? "").join(""), stored[key]);
  }
  assert.deepEqual(deltas.at(-1), { expires_at: stored.expires_at });
  assert.equal(deltas.filter((delta) => "expires_at" in delta || "id" in delta).length, 2);
}
