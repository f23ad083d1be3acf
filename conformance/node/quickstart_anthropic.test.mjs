// `standin serve` alone, and the first calls that Anthropic's own documentation shows. Only the environment is changed.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

import { alone } from "./server.mjs";

const request = {
  model: "claude-haiku-4-5",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Hello, Claude" }],
};
const asking = (content) => ({ ...request, messages: [{ role: "user", content }] });
const WEATHER = "What is the weather like in San Francisco?";
const TOOL = {
  name: "get_weather",
  description: "The current weather in a given location.",
  input_schema: {
    type: "object",
    properties: { location: { type: "string" }, unit: { type: "string", enum: ["celsius", "fahrenheit"] } },
    required: ["location"],
  },
};
const Contact = z.object({ name: z.string(), email: z.string(), interested: z.boolean() });

let server, client;
before(async () => {
  server = await alone();
  process.env.ANTHROPIC_BASE_URL = server.url;
  process.env.ANTHROPIC_API_KEY = "sk-ant-none";
  client = new Anthropic();
});
after(() => server?.stop());

const text = ({ content }) =>
  content
    .filter(({ type }) => type === "text")
    .map((block) => block.text)
    .join("");

describe("messages", () => {
  test("a text", async () => {
    const message = await client.messages.create(request);
    assert.deepEqual([message.type, message.role, message.stop_reason], ["message", "assistant", "end_turn"]);
    assert.equal(message.model, request.model);
    assert.ok(text(message).length > 10);
    assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
    assert.match(message._request_id, /^req_/);
  });

  test("turns, a system prompt and a beginning of the answer", async () => {
    const messages = [
      ...request.messages,
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "Can you describe LLMs to me?" },
    ];
    const message = await client.messages.create({ ...request, system: "Be brief.", messages });
    assert.ok(text(message));
    assert.ok(message.usage.input_tokens > (await client.messages.create(request)).usage.input_tokens);
    const begun = [...messages, { role: "assistant", content: "They are" }];
    assert.ok(text(await client.messages.create({ ...asking("x"), messages: begun })));
  });

  test("no more than max_tokens", async () => {
    const message = await client.messages.create({ ...request, max_tokens: 3 });
    assert.deepEqual([message.stop_reason, message.usage.output_tokens], ["max_tokens", 3]);
  });

  test("an image, as bytes and by its address", async () => {
    const ask = (source) =>
      client.messages.create(
        asking([
          { type: "image", source },
          { type: "text", text: "What is it?" },
        ]),
      );
    const pixel = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
    const bytes = { type: "base64", media_type: "image/gif", data: pixel.toString("base64") };
    for (const source of [bytes, { type: "url", url: "https://example.com/ant.jpg" }])
      assert.ok(text(await ask(source)));
  });

  test("events", async () => {
    const types = [];
    let heard = "";
    for await (const event of await client.messages.create({ ...request, stream: true })) {
      types.push(event.type);
      heard += event.delta?.text ?? "";
    }
    assert.equal(types[0], "message_start");
    assert.deepEqual(types.slice(-3), ["content_block_stop", "message_delta", "message_stop"]);
    assert.equal(heard, text(await client.messages.create(request)));
  });

  test("the helper", async () => {
    const heard = [];
    const message = await client.messages
      .stream(request)
      .on("text", (delta) => heard.push(delta))
      .finalMessage();
    assert.ok(heard.length > 1);
    assert.equal(heard.join(""), text(message));
    assert.equal(await client.messages.stream(request).finalText(), text(message));
  });

  test("thinking", async () => {
    const thinking = { type: "enabled", budget_tokens: 1024 };
    const asked = { ...request, max_tokens: 4096, thinking };
    const message = await client.messages.create(asked);
    assert.deepEqual(
      message.content.map(({ type }) => type),
      ["thinking", "text"],
    );
    assert.ok(message.content[0].thinking && message.content[0].signature);
    let heard = "";
    const streamed = await client.messages
      .stream(asked)
      .on("thinking", (delta) => (heard += delta))
      .finalMessage();
    assert.equal(heard, message.content[0].thinking);
    assert.deepEqual(streamed.content, message.content);
  });

  test("the raw response", async () => {
    const { data, response, request_id } = await client.messages.create(request).withResponse();
    assert.equal(response.headers.get("x-standin-source"), "simulator");
    assert.equal(request_id, data._request_id);
  });

  test("the same call has the same answer", async () => {
    const ask = async () => text(await client.messages.create(request));
    assert.equal(await ask(), await ask());
  });
});

describe("tools", () => {
  const asked = { ...asking(WEATHER), tools: [TOOL] };

  test("called and answered", async () => {
    const first = await client.messages.create(asked);
    assert.equal(first.stop_reason, "tool_use");
    const call = first.content.find(({ type }) => type === "tool_use");
    assert.equal(call.name, "get_weather");
    assert.equal(typeof call.input.location, "string");
    const answered = { type: "tool_result", tool_use_id: call.id, content: "15 degrees" };
    const messages = [
      ...asked.messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [answered] },
    ];
    const last = await client.messages.create({ ...asked, messages });
    assert.equal(last.stop_reason, "end_turn");
    assert.ok(text(last));
  });

  test("the input in pieces", async () => {
    let pieces = "";
    const message = await client.messages
      .stream(asked)
      .on("inputJson", (delta) => (pieces += delta))
      .finalMessage();
    const call = message.content.find(({ type }) => type === "tool_use");
    assert.deepEqual(JSON.parse(pieces), call.input);
  });

  test("demanded by name", async () => {
    const demanded = { ...asking("Hello"), tools: [TOOL], tool_choice: { type: "tool", name: "get_weather" } };
    assert.equal((await client.messages.create(demanded)).stop_reason, "tool_use");
  });

  for (const stream of [false, true]) {
    test(`the runner of tools, ${stream ? "streamed" : "whole"}`, async () => {
      const given = [];
      const tool = betaZodTool({
        name: "get_weather",
        description: "The current weather in a given location.",
        inputSchema: z.object({ location: z.string() }),
        run: (input) => (given.push(input), `Sunny in ${input.location}`),
      });
      const runner = client.beta.messages.toolRunner({ ...asking(WEATHER), tools: [tool], stream });
      const final = await runner;
      assert.equal(final.stop_reason, "end_turn");
      assert.equal(given.length, 1);
      assert.equal(typeof given[0].location, "string");
    });
  }
});

test("a structured output, whole and streamed", async () => {
  const asked = {
    ...asking("Extract: John Smith (john@example.com) wants a demo."),
    output_config: { format: zodOutputFormat(Contact) },
  };
  const { parsed_output } = await client.messages.parse(asked);
  assert.deepEqual(Contact.parse(parsed_output), parsed_output);
  const streamed = await client.messages.stream(asked).finalMessage();
  assert.deepEqual(streamed.parsed_output, parsed_output);
});

test("tokens are counted as they are used", async () => {
  const { messages, model } = request;
  const { input_tokens } = await client.messages.countTokens({ model, messages });
  assert.equal(input_tokens, (await client.messages.create(request)).usage.input_tokens);
  const more = await client.messages.countTokens({ model, messages, tools: [TOOL], system: "Be brief." });
  assert.ok(more.input_tokens > input_tokens);
});

test("models, page by page", async () => {
  const all = [];
  for await (const model of client.models.list()) all.push(model);
  assert.ok(all.length > 1);
  assert.ok(all.every(({ type, display_name }) => type === "model" && display_name));
  assert.equal((await client.models.retrieve(all[0].id)).id, all[0].id);
});
