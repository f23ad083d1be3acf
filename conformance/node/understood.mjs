// What a stored object says, in the AI SDK's words. Written from the objects, not from the SDK.

const FINISHES = {
  chat: {
    stop: "stop",
    length: "length",
    content_filter: "content-filter",
    tool_calls: "tool-calls",
    function_call: "tool-calls",
  },
  completions: { stop: "stop", length: "length", content_filter: "content-filter" },
  responses: { max_output_tokens: "length", content_filter: "content-filter" },
  messages: {
    end_turn: "stop",
    stop_sequence: "stop",
    pause_turn: "stop",
    refusal: "content-filter",
    tool_use: "tool-calls",
    max_tokens: "length",
  },
};

/** Text, reasoning, calls of functions, the reason of its end, sources and usage. `counted` is for objects without. */
export function understood(endpoint, stored, counted) {
  const said = { chat, completions, responses, messages }[endpoint](stored);
  const theirs = [counted.inputTokens, counted.outputTokens, counted.reasoningTokens, counted.cachedInputTokens];
  return { reasoning: undefined, calls: [], sources: [], ...said, usage: stored.usage ? said.usage : theirs };
}

function chat({ choices: [choice], usage }) {
  const { content, refusal, audio, tool_calls, annotations } = choice.message;
  return {
    text: (content || audio?.transcript || "") + (refusal ?? ""),
    calls: (tool_calls ?? []).flatMap((call) =>
      call.function ? [[call.function.name, JSON.parse(call.function.arguments)]] : [],
    ),
    finish: refusal ? "content-filter" : FINISHES.chat[choice.finish_reason],
    sources: (annotations ?? []).map(({ url_citation }) => url_citation.url),
    usage: [
      usage?.prompt_tokens,
      usage?.completion_tokens,
      usage?.completion_tokens_details?.reasoning_tokens ?? 0,
      usage?.prompt_tokens_details?.cached_tokens ?? 0,
    ],
  };
}

function completions({ choices: [choice], usage }) {
  return {
    text: choice.text,
    finish: FINISHES.completions[choice.finish_reason],
    usage: [usage?.prompt_tokens, usage?.completion_tokens, undefined, undefined],
  };
}

function responses({ output, usage, incomplete_details }) {
  const of = (...types) => output.filter(({ type }) => types.includes(type));
  const parts = of("message").flatMap(({ content }) => content);
  const annotations = parts.flatMap((part) => part.annotations ?? []);
  const summaries = of("reasoning").flatMap(({ summary }) => summary);
  const calls = of("function_call", "custom_tool_call");
  const refused = parts.some(({ type }) => type === "refusal");
  const done =
    calls.length > 0 || of("apply_patch_call").length > 0 ? "tool-calls" : refused ? "content-filter" : "stop";
  return {
    text: parts.map((part) => part.text ?? part.refusal).join(""),
    reasoning: of("reasoning").length > 0 ? summaries.map(({ text }) => text).join("") : undefined,
    calls: output.flatMap(own),
    finish: incomplete_details ? FINISHES.responses[incomplete_details.reason] : done,
    sources: annotations.map((annotation) => annotation.url ?? annotation.filename ?? annotation.file_id),
    usage: [
      usage?.input_tokens,
      usage?.output_tokens,
      usage?.output_tokens_details?.reasoning_tokens ?? 0,
      usage?.input_tokens_details?.cached_tokens ?? 0,
    ],
  };
}

/** Calls that the client has to make. */
function own(item) {
  switch (item.type) {
    case "function_call":
      return [[item.name, JSON.parse(item.arguments)]];
    case "custom_tool_call":
      return [[item.name, item.input]];
    case "shell_call":
      return [["shell", { action: { commands: item.action.commands } }]];
    case "apply_patch_call":
      return [["apply_patch", { callId: item.call_id, operation: item.operation }]];
    default:
      return [];
  }
}

function messages({ content, stop_reason, usage }) {
  const of = (...types) => content.filter(({ type }) => types.includes(type));
  const thoughts = of("thinking", "redacted_thinking");
  return {
    // A summary of what went before is a text to it.
    text: of("text", "compaction")
      .map((block) => block.text ?? block.content)
      .join(""),
    reasoning: thoughts.length > 0 ? thoughts.map(({ thinking }) => thinking ?? "").join("") : undefined,
    calls: of("tool_use").map(({ name, input }) => [name, input]),
    finish: FINISHES.messages[stop_reason],
    sources: content.flatMap(cited),
    usage: [
      usage?.input_tokens + (usage?.cache_creation_input_tokens ?? 0) + (usage?.cache_read_input_tokens ?? 0),
      usage?.output_tokens,
      usage?.output_tokens_details?.thinking_tokens,
      usage?.cache_read_input_tokens ?? 0,
    ],
  };
}

function cited(block) {
  if (block.type === "web_search_tool_result" && Array.isArray(block.content))
    return block.content.map(({ url }) => url);
  return (block.citations ?? []).flatMap(({ url }) => url ?? []);
}
