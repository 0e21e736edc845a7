import type { Clock } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import type { VendorAnswer, VendorRequest } from "../vendor-server.ts";
import type { FakeSpeechReply, FakeSpeechRequest } from "./fake-speech.ts";
import { type FakeOpenAIError, invalidRequest } from "./openai-errors.ts";

/** How the speech route answers. */
export interface SpeechRouteOptions {
  readonly clock: Clock;
  readonly speak: (request: FakeSpeechRequest) => FakeSpeechReply;
  /** Time from the request to the first piece, in milliseconds. */
  readonly latencyMs: number;
  /** Time before each further piece, in milliseconds. */
  readonly pieceDelayMs: number;
}

/** Odd, so that most samples are cut somewhere; about 100 ms. */
const PIECE_BYTES = 4801;
const MAX_INPUT_CHARS = 4096;
const VOICES: ReadonlySet<string> = new Set(
  "alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar".split(" "),
);

/** Serves `POST /v1/audio/speech`: raw PCM, in pieces of odd size. Of the formats it has only `pcm`. */
export async function answerSpeech(
  request: VendorRequest,
  answer: VendorAnswer,
  { clock, speak, latencyMs, pieceDelayMs }: SpeechRouteOptions,
): Promise<void> {
  const asked = readSpeechRequest(request);
  const reply = "status" in asked ? asked : speak(asked);
  await pause(clock, latencyMs, answer.signal);
  if (!(reply instanceof Int16Array)) {
    answer.json(reply.status, { error: reply.error }, reply.headers);
    return;
  }
  answer.begin("audio/pcm");
  const bytes = Buffer.alloc(reply.length * 2);
  for (const [at, sample] of reply.entries()) bytes.writeInt16LE(sample, at * 2);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at > 0) await pause(clock, pieceDelayMs, answer.signal);
    if (answer.signal.aborted) return;
    await answer.write(bytes.subarray(at, at + PIECE_BYTES));
  }
  await answer.end();
}

function readSpeechRequest(request: VendorRequest): FakeSpeechRequest | FakeOpenAIError {
  let body: Readonly<Record<string, unknown>>;
  try {
    body = JSON.parse(request.body.toString("utf8")) as typeof body;
  } catch {
    return invalidRequest("We could not parse the JSON body of your request.");
  }
  const { input, model, voice, speed = 1, response_format: format = "mp3" } = body;
  if (typeof model !== "string" || model === "") return invalidRequest("you must provide a model parameter", "model");
  if (typeof input !== "string" || input === "") return invalidRequest("Missing required parameter: 'input'.", "input");
  if (input.length > MAX_INPUT_CHARS)
    return invalidRequest(`Invalid 'input': string too long. Expected at most ${MAX_INPUT_CHARS} characters.`, "input");
  const voiceName = typeof voice === "string" ? voice : (voice as { readonly id?: string } | null | undefined)?.id;
  if (voiceName === undefined || (typeof voice === "string" && !VOICES.has(voice)))
    return invalidRequest(`Input should be one of: ${[...VOICES].join(", ")}.`, "voice");
  if (typeof speed !== "number" || speed < 0.25 || speed > 4)
    return invalidRequest("Invalid 'speed': must be between 0.25 and 4.", "speed");
  if (format !== "pcm") return invalidRequest("This fake speaks only 'pcm'.", "response_format");
  return { input, model, voice: voiceName, speed, body, request };
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(clock, ms, signal).catch(() => undefined);
}
