// What the vendors look at before they look at a body: credentials and versions; and what comes beside answers:
// models, counts of tokens, limits.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import Anthropic from "@anthropic-ai/sdk";
import { generateText } from "ai";
import OpenAI from "openai";

import { serve } from "./server.mjs";

let server, openai, anthropic;
before(async () => {
  server = await serve([
    { match: { model: "gpt-mine" }, answer: { text: "Hello.", model: "gpt-mine" } },
    { match: { model: "claude-mine" }, answer: { text: "Hello.", model: "claude-mine" } },
  ]);
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: "none" });
});
after(() => server?.stop());

const messages = [{ role: "user", content: "Hi" }];
const chat = { model: "gpt-mine", messages };
const message = { model: "claude-mine", max_tokens: 9, messages };

test("a call without a key", async () => {
  const headers = { authorization: null, "x-api-key": null };
  await assert.rejects(openai.chat.completions.create(chat, { headers }), OpenAI.AuthenticationError);
  const answer = await fetch(`${server.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify(message),
  });
  assert.equal(answer.status, 401);
  assert.equal((await answer.json()).error.type, "authentication_error");
});

test("both ways in which Anthropic's clients send a key", async () => {
  for (const headers of [
    { authorization: "Bearer none", "x-api-key": null },
    { authorization: null, "x-api-key": "none" },
  ]) {
    assert.equal((await anthropic.messages.create(message, { headers })).content[0].text, "Hello.");
  }
});

test("a version that nobody knows", async () => {
  const headers = { "anthropic-version": "1999-01-01" };
  await assert.rejects(anthropic.messages.create(message, { headers }), Anthropic.BadRequestError);
});

test("a temperature, which the newest version has no more", async () => {
  await assert.rejects(anthropic.messages.create({ ...message, temperature: 1 }), Anthropic.BadRequestError);
  // The AI SDK sends the version before.
  const model = createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" })("claude-mine");
  assert.equal((await generateText({ model, prompt: "Hi", temperature: 0.5 })).text, "Hello.");
});

test("the models that answers name", async () => {
  const named = ["claude-mine", "gpt-mine"];
  const listed = [];
  for await (const model of openai.models.list()) listed.push(model);
  assert.deepEqual(
    listed.map(({ id }) => id),
    named,
  );
  for (const model of listed) {
    assert.equal(model.object, "model");
    assert.deepEqual(await openai.models.retrieve(model.id), model);
  }
  await assert.rejects(openai.models.retrieve("nobody-knows"), OpenAI.NotFoundError);
  const deleted = await openai.models.delete(listed[0].id);
  assert.deepEqual(deleted, { id: listed[0].id, object: "model", deleted: true });

  const claudes = [];
  for await (const model of anthropic.models.list()) claudes.push(model);
  assert.deepEqual(
    claudes.map(({ id }) => id),
    named,
  );
  for (const model of claudes) {
    assert.equal(model.type, "model");
    assert.deepEqual(await anthropic.models.retrieve(model.id), model);
  }
  await assert.rejects(anthropic.models.retrieve("nobody-knows"), Anthropic.NotFoundError);
});

test("tokens are counted", async () => {
  const { input_tokens } = await anthropic.messages.countTokens({ model: "claude-mine", messages });
  assert.ok(input_tokens > 0);
  const counted = await openai.responses.inputTokens.count({ model: "gpt-mine", input: "Hello there" });
  assert.equal(counted.object, "response.input_tokens");
  assert.ok(counted.input_tokens > 1);
});

test("limits are in the header", async () => {
  const { response, request_id } = await openai.chat.completions.create(chat).withResponse();
  assert.match(request_id, /^req_[0-9a-f]{32}$/);
  for (const of of ["requests", "tokens"]) {
    for (const what of ["limit", "remaining"]) assert.match(response.headers.get(`x-ratelimit-${what}-${of}`), /^\d+$/);
    assert.match(response.headers.get(`x-ratelimit-reset-${of}`), /^[\d.]+(ms|s|m)/);
  }
  const theirs = await anthropic.messages.create(message).withResponse();
  assert.match(theirs.request_id, /^req_011/);
  for (const of of ["requests", "tokens", "input-tokens", "output-tokens"]) {
    for (const what of ["limit", "remaining"]) {
      assert.match(theirs.response.headers.get(`anthropic-ratelimit-${of}-${what}`), /^\d+$/);
    }
    assert.ok(Date.parse(theirs.response.headers.get(`anthropic-ratelimit-${of}-reset`)) > 0);
  }
});
