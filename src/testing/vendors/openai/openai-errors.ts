/** An error as OpenAI answers it. */
export interface FakeOpenAIError {
  /** The HTTP status. */
  readonly status: number;
  /** What is in `error` of the body. */
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
  /** Further headers, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that OpenAI does not accept. */
export function invalidRequest(message: string, param: string | null = null, status = 400): FakeOpenAIError {
  return { status, error: { message, type: "invalid_request_error", param, code: null } };
}

/** The body for a wrong key, which quotes the ends of the key. */
export const WRONG_KEY_BODY = {
  error: {
    message:
      "Incorrect API key provided: sk-wrong**********************cret. " +
      "You can find your API key at https://platform.openai.com/account/api-keys.",
    type: "invalid_request_error",
    param: null,
    code: "invalid_api_key",
  },
};

/**
 * The errors that OpenAI answers most often, for the fake's `reply`. Their texts and headers follow the vendor's public
 * documentation.
 */
export const fakeOpenAIErrors = {
  /** Too many requests: the same request may succeed after `retryAfterMs`. */
  rateLimit: (retryAfterMs: number): FakeOpenAIError => ({
    status: 429,
    error: {
      message: `Rate limit reached for requests. Please try again in ${retryAfterMs}ms.`,
      type: "requests",
      param: null,
      code: "rate_limit_exceeded",
    },
    headers: { "retry-after-ms": String(retryAfterMs), "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
  }),
  /** The account has no credits: a 429 that no retry repairs. */
  quota: (): FakeOpenAIError => ({
    status: 429,
    error: {
      message: "You exceeded your current quota, please check your plan and billing details.",
      type: "insufficient_quota",
      param: null,
      code: "insufficient_quota",
    },
  }),
  /** There is no such model. */
  modelNotFound: (model: string): FakeOpenAIError => ({
    status: 404,
    error: {
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
      type: "invalid_request_error",
      param: null,
      code: "model_not_found",
    },
  }),
  /** The context is longer than the model takes. */
  contextLength: (): FakeOpenAIError => ({
    status: 400,
    error: {
      message: "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    },
  }),
  /** The server has failed. */
  server: (): FakeOpenAIError => ({
    status: 500,
    error: {
      message: "The server had an error while processing your request. Sorry about that!",
      type: "server_error",
      param: null,
      code: null,
    },
  }),
} as const;
