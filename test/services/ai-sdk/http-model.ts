import { APICallError, type LanguageModel } from "ai";

type Model = Extract<LanguageModel, { readonly specificationVersion: "v4" }>;
type CallOptions = Parameters<Model["doStream"]>[0];
type StreamPart = Awaited<ReturnType<Model["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;

/** A chunk of the server; only what the model below passes on. */
interface Chunk {
  readonly choices?: readonly {
    readonly delta: {
      readonly content?: string;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

/** A provider's model as the AI SDK knows it, over HTTP: it shares no code with the adapter of this library. */
export function httpModel({ url, apiKey }: { readonly url: string; readonly apiKey: string }): Model {
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "test-model",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not used")),
    doStream: async (options) => {
      const body = { model: "test-model", stream: true, stream_options: { include_usage: true }, ...toBody(options) };
      const response = await fetch(`${url}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: options.abortSignal ?? null,
      });
      if (!response.ok || !response.body) {
        throw new APICallError({
          message: "The request failed.",
          url,
          requestBodyValues: body,
          statusCode: response.status,
          responseHeaders: Object.fromEntries(response.headers),
          responseBody: await response.text(),
        });
      }
      return { stream: response.body.pipeThrough(new TextDecoderStream()).pipeThrough(toParts()) };
    },
  };
}

function toBody({ prompt, tools = [], toolChoice }: CallOptions): object {
  const messages = prompt.flatMap((message): object[] => {
    if (message.role === "system") return [message];
    if (message.role === "tool") {
      return message.content.flatMap((part) =>
        part.type === "tool-result" && part.output.type === "text"
          ? [{ role: "tool", tool_call_id: part.toolCallId, content: part.output.value }]
          : [],
      );
    }
    const content = message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    const calls = message.content.flatMap((part) => (part.type === "tool-call" ? [part] : []));
    const toolCalls = calls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId,
      type: "function",
      function: { name: toolName, arguments: JSON.stringify(input) },
    }));
    return [{ role: message.role, content, ...(toolCalls.length > 0 && { tool_calls: toolCalls }) }];
  });
  if (tools.length === 0) return { messages };
  const functions = tools.flatMap((tool) =>
    tool.type === "function" ? [{ type: "function", function: { name: tool.name, parameters: tool.inputSchema } }] : [],
  );
  return { messages, tools: functions, tool_choice: toolChoice?.type };
}

function toParts(): TransformStream<string, StreamPart> {
  const calls = new Map<number, { id: string; name: string; text: string }>();
  let rest = "";
  let usage: Chunk["usage"];
  let reason: string | undefined;
  let inText = false;
  const read = (line: string, controller: TransformStreamDefaultController<StreamPart>): void => {
    if (!line.startsWith("data: {")) return;
    const chunk = JSON.parse(line.slice("data: ".length)) as Chunk;
    usage = chunk.usage ?? usage;
    for (const { delta, finish_reason: finish } of chunk.choices ?? []) {
      reason = finish ?? reason;
      if (delta.content) {
        if (!inText) controller.enqueue({ type: "text-start", id: "0" });
        inText = true;
        controller.enqueue({ type: "text-delta", id: "0", delta: delta.content });
      }
      for (const { index, id, function: fn } of delta.tool_calls ?? []) {
        const call = calls.get(index) ?? { id: id ?? "", name: fn.name ?? "", text: "" };
        if (!calls.has(index)) controller.enqueue({ type: "tool-input-start", id: call.id, toolName: call.name });
        calls.set(index, { ...call, text: call.text + fn.arguments });
      }
    }
  };
  return new TransformStream({
    transform: (text, controller) => {
      const lines = (rest + text).split("\n\n");
      rest = lines.pop() ?? "";
      for (const line of lines) read(line, controller);
    },
    flush: (controller) => {
      if (inText) controller.enqueue({ type: "text-end", id: "0" });
      for (const { id, name, text } of calls.values())
        controller.enqueue({ type: "tool-call", toolCallId: id, toolName: name, input: text });
      const { prompt_tokens: input, completion_tokens: output } = usage ?? {};
      controller.enqueue({
        type: "finish",
        finishReason: { unified: reason === "tool_calls" ? "tool-calls" : "stop", raw: reason },
        usage: {
          inputTokens: { total: input, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: output, text: undefined, reasoning: undefined },
        },
      });
    },
  });
}
