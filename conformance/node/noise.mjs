// What the SDKs themselves add to, or lose of, an object that they put together from a stream. It is all that may
// differ; each entry says why.

import assert from "node:assert/strict";

/** An object as JSON has it: without members that are `undefined`. */
export const json = (value) => JSON.parse(JSON.stringify(value));

/** Equal, in the order of members too. */
export function identical(got, expected) {
  assert.deepEqual(json(got), json(expected));
  assert.equal(JSON.stringify(got), JSON.stringify(expected));
}

/** Equal in any order of members. */
export const equal = (got, expected) => assert.deepEqual(json(got), json(expected));

// A usage that an object lacks is counted, because the vendor always sends one.
export function withCountedUsage(stored, got, [input, output]) {
  if (stored.usage !== undefined) return stored;
  assert.ok(got.usage[input] > 0 && got.usage[output] > 0, "a usage is counted");
  return { ...stored, usage: got.usage };
}

/** What openai's `chat.completions.stream()` makes of a stored object. */
export function openaiChat(stored) {
  const expected = structuredClone(stored);
  // Dropped when it is null, empty or not there.
  if (!expected.system_fingerprint) delete expected.system_fingerprint;
  for (const choice of expected.choices) {
    // Added where it is not there.
    choice.logprobs ??= null;
    const { message } = choice;
    // Added where it is not there.
    message.refusal ??= null;
    // Empty deltas are dropped, and null is what is left.
    if (message.content === "") message.content = null;
    // A message with the deprecated call is built anew, of four members.
    if (message.function_call) {
      const { content, function_call, role, refusal } = message;
      choice.message = { content, function_call, role, refusal };
    }
    // Added to each message: what a schema class made of it.
    choice.message.parsed = null;
  }
  return expected;
}

/** What openai's `responses.stream()` makes of a stored object. */
export function openaiResponse(stored) {
  const expected = structuredClone(stored);
  // Added: what a schema class made of it, and all its text.
  expected.output_parsed = null;
  expected.output_text = openaiOutputText(stored);
  for (const item of expected.output) {
    if (item.type === "function_call") item.parsed_arguments = null;
    if (item.type === "message") for (const part of item.content) part.parsed = null;
  }
  return expected;
}

/** All text of a response, which openai adds to whole objects too. */
export const openaiOutputText = (stored) =>
  stored.output
    .flatMap((item) => (item.type === "message" ? item.content : []))
    .map((part) => (part.type === "output_text" ? part.text : ""))
    .join("");

/** What Anthropic's `messages.stream()` makes of a stored object. */
export function anthropicMessage(stored) {
  // Added: what a schema class made of it. The stop sequence is taken from an event that always has it.
  return { stop_sequence: null, ...stored, parsed_output: null };
}
