// Faults in answers that are no streams: what the SDKs make of each, and whether they ask again.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText } from "ai";
import OpenAI from "openai";

import { hurried, settled } from "./hurry.mjs";
import { json } from "./noise.mjs";
import { alone } from "./server.mjs";

const TEXT = "Tell me of whales and of the sea 🐋.";
const messages = [{ role: "user", content: TEXT }];

let server, openai, anthropic, models;
before(async () => {
  server = await alone("--pace", "none");
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: "none" });
  models = {
    openai: createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" })("gpt-4.1"),
    anthropic: createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" })("claude-haiku-4-5"),
  };
});
after(() => server?.stop());
beforeEach(() => server.forget());

const faulty = (fault) => (fault ? { headers: { "x-standin-fault": fault } } : {});
const OFFICIAL = {
  chat: (fault) => openai.chat.completions.create({ model: "gpt-4.1", messages }, faulty(fault)),
  responses: (fault) => openai.responses.create({ model: "gpt-4.1", input: TEXT }, faulty(fault)),
  embeddings: (fault) => openai.embeddings.create({ model: "text-embedding-3-small", input: TEXT }, faulty(fault)),
  messages: (fault) =>
    anthropic.messages.create({ model: "claude-haiku-4-5", max_tokens: 64, messages }, faulty(fault)),
};
const AI_SDK = Object.fromEntries(
  ["openai", "anthropic"].map((name) => [
    `the AI SDK, ${name}`,
    (fault) => generateText({ model: models[name], messages, ...faulty(fault) }),
  ]),
);
const count = async () => (await server.journal()).entries.length;

for (const [name, ask] of Object.entries(OFFICIAL)) {
  describe(name, () => {
    for (const fault of ["split", "split=7", "drip=256/1ms", "stall=20ms"]) {
      test(`${fault}: the same answer`, async () => assert.deepEqual(json(await ask(fault)), json(await ask())));
    }

    for (const fault of ["truncate", "malformed"]) {
      test(`${fault}: no JSON, and it is not asked again`, async () => {
        assert.equal((await settled(ask(fault))).error.constructor, SyntaxError);
        assert.equal(await count(), 1);
      });
    }

    for (const fault of ["close,after=middle", "reset,after=middle", "cut,bytes=100"]) {
      test(`${fault}: half an answer, and it is not asked again`, async () => {
        const { error } = await settled(ask(fault));
        assert.deepEqual([error.constructor, error.message], [TypeError, "terminated"]);
        assert.equal(await count(), 1);
      });
    }
  });
}

describe("another content type", () => {
  for (const name of ["chat", "messages"]) {
    test(`${name}: a text is what the caller gets`, async () => {
      const got = await OFFICIAL[name]("content-type=text/html");
      assert.deepEqual(JSON.parse(got), json(await OFFICIAL[name]()));
    });
  }

  test("responses: the SDK trips over the text", async () => {
    assert.equal((await settled(OFFICIAL.responses("content-type=text/html"))).error.constructor, TypeError);
  });
});

for (const [name, ask] of Object.entries(AI_SDK)) {
  describe(name, () => {
    test("in pieces: the same answer", async () => {
      const { text } = await ask();
      assert.ok(text.length > 20);
      for (const fault of ["split", "drip=256/1ms", "content-type=text/html"]) {
        assert.equal((await ask(fault)).text, text);
      }
    });

    for (const fault of ["truncate", "malformed"]) {
      test(`${fault}: no JSON, and it is not asked again`, async () => {
        const { error } = await settled(ask(fault));
        assert.deepEqual([error.name, error.statusCode], ["AI_APICallError", 200]);
        assert.equal(error.message, "Invalid JSON response");
        assert.equal(await count(), 1);
      });
    }

    test("half an answer is asked for again", async () => {
      const { error, waits } = await hurried(() => ask("close,after=middle"));
      assert.equal(error.lastError.message, "Failed to process successful response");
      assert.deepEqual(waits, [2000, 4000]);
      assert.equal(await count(), 3);
      assert.ok((await hurried(() => ask("close,after=middle,first=4"))).value);
    });
  });
}
