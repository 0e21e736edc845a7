/** A tool that the model of a pal can call. */
export interface TavusTool {
  /** The id that other calls take. */
  readonly toolId: string;
  /** The name that the model calls it by. */
  readonly name?: string | undefined;
  /** When and how the model should use it. */
  readonly description?: string | undefined;
  /** The JSON Schema of its arguments. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** How its calls reach you, with the names on the wire. */
  readonly delivery?: Readonly<Record<string, unknown>> | undefined;
  /** What calls it: "llm", "vision" or "audio". */
  readonly origin?: string | undefined;
  /** "in_call" or "post_call". */
  readonly triggerType?: string | undefined;
  /** What the pal says when the tool is called; see `CreateToolOptions`. */
  readonly onCall?: string | undefined;
  /** What happens with the result; see `CreateToolOptions`. */
  readonly onResolve?: string | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Where the calls of a tool go: either into the room as an app message, or to a URL. */
export interface ToolDelivery {
  /** True for app messages into the room. */
  readonly appMessage?: boolean | undefined;
  /** A request to `url`. Other fields are sent unchanged. */
  readonly api?: { readonly url: string; readonly [field: string]: unknown } | undefined;
  readonly [field: string]: unknown;
}

/** The options of `tools.create`. */
export interface CreateToolOptions {
  /** The name that the model calls it by: 1 to 64 letters, digits and underscores. */
  readonly name: string;
  /** When and how the model should use it. */
  readonly description: string;
  /** The JSON Schema of the arguments. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** How calls reach you: either as an app message in the room, or as a request to `api.url`. */
  readonly delivery?: ToolDelivery | undefined;
  /** What calls the tool: the language model, or perception. */
  readonly origin?: "audio" | "llm" | "vision" | undefined;
  /** Whether the tool is called during or after the call. */
  readonly triggerType?: "in_call" | "post_call" | undefined;
  /** What the pal says when the tool is called. */
  readonly onCall?: "generate_filler" | "static_filler" | "silent" | "passthrough" | undefined;
  /** What happens with the result. */
  readonly onResolve?: "generate_response" | "response_in_result" | "add_to_context" | "fire_and_forget" | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** The changes of `tools.update`. */
export type UpdateToolOptions = { readonly [K in keyof CreateToolOptions]?: CreateToolOptions[K] | undefined };
