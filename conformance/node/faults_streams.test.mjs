// Faults in the middle of a stream: what the SDKs make of each.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { streamText } from "ai";
import OpenAI from "openai";

import { hurried, settled } from "./hurry.mjs";
import { json } from "./noise.mjs";
import { alone } from "./server.mjs";

const INPUT = [{ role: "user", content: "Tell me of whales and of the sea 🐋." }];
const forOpenai = { model: "gpt-4.1" };
const forAnthropic = { model: "claude-haiku-4-5", max_tokens: 200 };

let server, openai, anthropic, models;
// What is heard where nothing goes wrong.
const whole = {};
before(async () => {
  server = await alone("--pace", "flush");
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", logLevel: "off" });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: "none", logLevel: "off" });
  const theirs = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  models = {
    chat: theirs.chat("gpt-4.1"),
    responses: theirs.responses("gpt-4.1"),
    messages: createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" })("claude-haiku-4-5"),
  };
  for (const endpoint of Object.keys(ENDPOINTS)) whole[endpoint] = await heard(endpoint);
});
after(() => server?.stop());

const faulty = (fault) => (fault ? { headers: { "x-standin-fault": fault } } : {});

/** An endpoint's events, what the SDK's helper makes of them, and the text of both. */
const ENDPOINTS = {
  chat: {
    events: (fault) => openai.chat.completions.create({ ...forOpenai, messages: INPUT, stream: true }, faulty(fault)),
    helper: (fault) =>
      openai.chat.completions.stream({ ...forOpenai, messages: INPUT }, faulty(fault)).finalChatCompletion(),
    textOf: (event) => event.choices[0]?.delta.content ?? "",
    text: (completion) => completion.choices[0].message.content,
    helperError: "OpenAIError",
  },
  responses: {
    events: (fault) => openai.responses.create({ ...forOpenai, input: INPUT, stream: true }, faulty(fault)),
    helper: (fault) => openai.responses.stream({ ...forOpenai, input: INPUT }, faulty(fault)).finalResponse(),
    textOf: (event) => (event.type === "response.output_text.delta" ? event.delta : ""),
    text: (response) => response.output_text,
    helperError: "OpenAIError",
  },
  messages: {
    events: (fault) => anthropic.messages.create({ ...forAnthropic, messages: INPUT, stream: true }, faulty(fault)),
    helper: (fault) => anthropic.messages.stream({ ...forAnthropic, messages: INPUT }, faulty(fault)).finalMessage(),
    textOf: (event) => event.delta?.text ?? "",
    text: (message) => message.content.map((block) => block.text).join(""),
    helperError: "AnthropicError",
  },
};

/** All events, and the error that ends them. */
async function heard(endpoint, fault) {
  const events = [];
  const read = async () => {
    for await (const event of await ENDPOINTS[endpoint].events(fault)) events.push(event);
  };
  const { error } = await settled(read());
  return { events, error, text: events.map(ENDPOINTS[endpoint].textOf).join("") };
}

/** What the AI SDK tells of a stream: its parts, its text and why it ended, or what it throws. */
async function told(endpoint, fault, options) {
  const errors = [];
  const result = streamText({
    model: models[endpoint],
    messages: INPUT,
    maxRetries: 0,
    ...faulty(fault),
    ...options,
    onError: ({ error }) => errors.push(error),
  });
  let text = "";
  const read = async () => {
    for await (const part of result.fullStream) if (part.type === "text-delta") text += part.text;
  };
  const { error } = await settled(read());
  return { errors, thrown: error, text, finish: await settled(result.finishReason) };
}

for (const [endpoint, { helper, text, helperError }] of Object.entries(ENDPOINTS)) {
  describe(endpoint, () => {
    test("without a fault", async () => {
      assert.equal(whole[endpoint].error, undefined);
      assert.ok(whole[endpoint].text.length > 20);
      assert.equal(text(await helper()), whole[endpoint].text);
    });

    describe("is delivered otherwise, and stays the same", () => {
      for (const fault of ["split", "split=7", "crlf", "drip=64/1ms", "stall=20ms,after=3"]) {
        test(fault, async () => {
          const { events, error } = await heard(endpoint, fault);
          assert.equal(error, undefined);
          assert.deepEqual(events, whole[endpoint].events);
          assert.deepEqual(json(await helper(fault)), json(await helper()));
          const [theirs, usual] = [await told(endpoint, fault), await told(endpoint)];
          assert.deepEqual(theirs, usual);
          assert.ok(usual.text);
        });
      }
    });

    for (const fault of ["close,after=5", "cut,after=5", "reset,after=5"]) {
      test(`${fault}: what came is there, and then an error`, async () => {
        const { events, error } = await heard(endpoint, fault);
        assert.deepEqual([error.constructor, error.message], [TypeError, "terminated"]);
        assert.ok(events.length > 0);
        assert.deepEqual(events, whole[endpoint].events.slice(0, events.length));
        const put = await settled(helper(fault));
        assert.deepEqual([put.error.constructor.name, put.error.message], [helperError, "terminated"]);
        const theirs = await told(endpoint, fault);
        assert.equal(theirs.thrown.name, "AI_APICallError");
        assert.equal(theirs.finish.error, theirs.thrown);
      });
    }

    test("an early end is an end to whoever reads events, and `other` to the AI SDK", async () => {
      const { events, error } = await heard(endpoint, "truncate,after=6");
      assert.equal(error, undefined);
      assert.ok(events.length > 0);
      assert.deepEqual(events, whole[endpoint].events.slice(0, events.length));
      const theirs = await told(endpoint, "truncate,after=6");
      assert.deepEqual([theirs.errors, theirs.finish.value], [[], "other"]);
    });

    test("the vendor's error", async () => {
      const fault = 'error=503,after=5,type=overload,message="Come again"';
      const expected = endpoint === "messages" ? Anthropic.APIError : OpenAI.APIError;
      const { events, error } = await heard(endpoint, fault);
      assert.deepEqual(events, whole[endpoint].events.slice(0, events.length));
      assert.ok(events.length > 0);
      for (const raised of [error, (await settled(helper(fault))).error]) {
        assert.equal(raised.constructor, expected);
        assert.deepEqual([raised.type, raised.status], ["overload", undefined]);
        assert.match(raised.message, /Come again/);
      }
      const theirs = await told(endpoint, fault);
      assert.deepEqual([theirs.thrown, theirs.finish.value], [undefined, "error"]);
      assert.deepEqual(
        theirs.errors.map(({ message }) => message),
        ["Come again"],
      );
    });

    test("JSON that is none", async () => {
      const { events, error } = await heard(endpoint, "malformed,after=5");
      assert.equal(error.constructor, SyntaxError);
      assert.deepEqual(events, whole[endpoint].events.slice(0, events.length));
      const put = await settled(helper("malformed,after=5"));
      assert.deepEqual([put.error.constructor.name, put.error.cause.name], [helperError, "SyntaxError"]);
      // It goes on after the frame.
      const theirs = await told(endpoint, "malformed,after=5");
      assert.deepEqual(
        theirs.errors.map(({ name }) => name),
        ["AI_JSONParseError"],
      );
      assert.ok(theirs.text.length > 20 && theirs.text.length < (await told(endpoint)).text.length);
    });

    test("a frame that is sent twice", async () => {
      const { events } = await heard(endpoint, "duplicate,after=5");
      const at = events.findIndex((event, place) => place > 0 && same(event, events[place - 1]));
      assert.deepEqual(events.toSpliced(at, 1), whole[endpoint].events);
      assert.ok(ENDPOINTS[endpoint].textOf(events[at]));
      const [{ text: doubled }, { text: usual }] = [await told(endpoint, "duplicate,after=5"), await told(endpoint)];
      const piece = doubled.length - usual.length;
      const places = [...usual].map((_, place) => doubled.slice(place, place + piece));
      const second = places.findIndex((one, place) => one === places[place + piece]);
      assert.equal(doubled.slice(0, second) + doubled.slice(second + piece), usual);
    });

    test("frames that change places", async () => {
      const { events, text: mixed } = await heard(endpoint, "reorder,after=5");
      const usual = whole[endpoint].events;
      const at = events.findIndex((event, place) => !same(event, usual[place]));
      assert.deepEqual([events[at], events[at + 1]], [usual[at + 1], usual[at]]);
      assert.deepEqual(events.toSpliced(at, 2), usual.toSpliced(at, 2));
      assert.notEqual(mixed, whole[endpoint].text);
    });

    test("another content type is not looked at", async () => {
      const fault = "content-type=text/html";
      assert.deepEqual((await heard(endpoint, fault)).events, whole[endpoint].events);
      assert.equal(text(await helper(fault)), whole[endpoint].text);
      assert.equal((await told(endpoint, fault)).finish.value, "stop");
    });

    test("no more tokens", async () => {
      const got = text(await helper("incomplete,after=6"));
      assert.ok(got && whole[endpoint].text.startsWith(got) && got !== whole[endpoint].text);
      assert.equal((await told(endpoint, "incomplete,after=6")).finish.value, "length");
    });
  });
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

describe("what the helpers make of an early end", () => {
  const put = (endpoint) => settled(ENDPOINTS[endpoint].helper("truncate,after=6"));

  test("chat: the reason is missed", async () => {
    const { error } = await put("chat");
    assert.deepEqual([error.constructor, error.message], [OpenAI.OpenAIError, "missing finish_reason for choice 0"]);
  });

  test("responses: one that is in progress", async () => {
    const { value } = await put("responses");
    assert.equal(value.status, "in_progress");
    const { text } = value.output[0].content[0];
    assert.ok(text && whole.responses.text.startsWith(text) && text !== whole.responses.text);
  });

  test("messages: the last event is missed", async () => {
    const { error } = await put("messages");
    assert.equal(error.constructor, Anthropic.AnthropicError);
    assert.match(error.message, /^stream ended without/);
  });
});

describe("the vendor's own ends", () => {
  test("chat: a length", async () => {
    const { choices } = await ENDPOINTS.chat.helper("incomplete,after=5");
    assert.equal(choices[0].finish_reason, "length");
  });

  test("messages: no more tokens", async () => {
    assert.equal((await ENDPOINTS.messages.helper("incomplete,after=6")).stop_reason, "max_tokens");
  });

  test("responses: incomplete, and why", async () => {
    const response = await ENDPOINTS.responses.helper("incomplete,after=6,code=content_filter");
    assert.deepEqual([response.status, response.incomplete_details], ["incomplete", { reason: "content_filter" }]);
    assert.equal((await heard("responses", "incomplete,after=6")).events.at(-1).type, "response.incomplete");
  });

  test("responses: failed", async () => {
    const fault = "failed,after=6,code=server_error,message=Broken";
    const { events, error } = await heard("responses", fault);
    assert.equal(error, undefined);
    const { type, response, sequence_number } = events.at(-1);
    assert.deepEqual([type, response.status], ["response.failed", "failed"]);
    assert.deepEqual(response.error, { code: "server_error", message: "Broken" });
    assert.equal(sequence_number, events.length - 1);
    assert.equal((await ENDPOINTS.responses.helper(fault)).status, "failed");
    const theirs = await told("responses", fault);
    assert.equal(theirs.finish.value, "error");
    assert.equal(theirs.errors.length, 1);
  });

  test("messages: overloaded", async () => {
    const { error } = await heard("messages", "error=529,after=5");
    assert.equal(error.type, "overloaded_error");
  });
});

describe("attempts", () => {
  const count = async () => (await server.journal()).entries.length;

  test("nothing is asked again once a stream has begun", async () => {
    for (const endpoint of Object.keys(ENDPOINTS)) {
      for (const fault of ["close,after=5", "truncate,after=5", "error,after=5"]) {
        await server.forget();
        await heard(endpoint, fault);
        await told(endpoint, fault, { maxRetries: 2 });
        assert.equal(await count(), 2, `${endpoint}: ${fault}`);
      }
    }
  });

  // Anthropic's is asked again where it says that it is overloaded.
  for (const [endpoint, status, times] of [
    ["chat", 503, 3],
    ["responses", 503, 3],
    ["messages", 503, 1],
    ["messages", 529, 3],
  ]) {
    test(`${status} before all else: ${endpoint} is asked ${times} times by the AI SDK`, async () => {
      await server.forget();
      await hurried(() => told(endpoint, `error=${status},after=0`, { maxRetries: 2 }));
      assert.equal(await count(), times);
    });
  }
});
