import type { Clock } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import type { VendorAnswer, VendorRequest } from "../vendor-server.ts";
import { type FakeHeardSpeech, type FakeTranscript, splitDeltas, toSamples } from "./fake-speech.ts";
import { type FakeOpenAIError, invalidRequest } from "./openai-errors.ts";

/** How the transcription routes answer. */
export interface TranscriptionRouteOptions {
  readonly clock: Clock;
  readonly transcribe: (speech: FakeHeardSpeech) => FakeTranscript;
  /** Time from the request to the first piece, in milliseconds. */
  readonly latencyMs: number;
  /** Time before each further piece, in milliseconds. */
  readonly pieceDelayMs: number;
}

/** Audio that is shorter is refused. */
const MIN_AUDIO_MS = 100;

/** Serves `POST /v1/audio/transcriptions` for WAV files: as JSON, or as server-sent events with `stream`. */
export async function answerTranscription(
  request: VendorRequest,
  answer: VendorAnswer,
  { clock, transcribe, latencyMs, pieceDelayMs }: TranscriptionRouteOptions,
): Promise<void> {
  const asked = await readTranscriptionRequest(request);
  const heard = "status" in asked ? asked : transcribe(asked.speech);
  const isText = typeof heard === "string" || "text" in heard;
  await pause(clock, isText && typeof heard !== "string" ? heard.delayMs : latencyMs, answer.signal);
  if (!isText) {
    answer.json(heard.status, { error: heard.error }, heard.headers);
    return;
  }
  const text = typeof heard === "string" ? heard : heard.text;
  const usage = { type: "tokens", input_tokens: 14, output_tokens: text.length, total_tokens: 14 + text.length };
  if ("status" in asked || !asked.stream) {
    answer.json(200, { text, usage });
    return;
  }
  answer.begin("text/event-stream");
  for (const [at, delta] of splitDeltas(text).entries()) {
    if (at > 0) await pause(clock, pieceDelayMs, answer.signal);
    await answer.write(toEvent({ type: "transcript.text.delta", delta }));
  }
  await answer.write(toEvent({ type: "transcript.text.done", text, usage }));
  await answer.write("data: [DONE]\n\n");
  await answer.end();
}

async function readTranscriptionRequest(
  request: VendorRequest,
): Promise<{ readonly speech: FakeHeardSpeech; readonly stream: boolean } | FakeOpenAIError> {
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(request.body), { headers }).formData();
  } catch {
    return invalidRequest("Could not parse multipart form");
  }
  const [model, language, prompt] = ["model", "language", "prompt"].map((name) => form.get(name) ?? undefined);
  const file = form.get("file");
  if (typeof model !== "string") return invalidRequest("you must provide a model parameter", "model");
  if (!(file instanceof File)) return invalidRequest("Missing required parameter: 'file'.", "file");
  if (!/\.(?:wav|mp3|flac|m4a|ogg|webm|mp4|mpeg|mpga)$/.test(file.name)) return badFile("Unrecognized file format.");
  const wav = readWav(Buffer.from(await file.arrayBuffer()));
  if (!wav) return badFile("Audio file might be corrupted or unsupported");
  if ((wav.pcm.length * 1000) / wav.sampleRate < MIN_AUDIO_MS)
    return badFile("Audio file is too short. Minimum audio length is 0.1 seconds.", "audio_too_short");
  const texts = { language: language as string | undefined, prompt: prompt as string | undefined };
  return { speech: { ...wav, model, ...texts, route: "file" }, stream: form.get("stream") === "true" };
}

/** Reads a WAV file of mono 16-bit PCM whose header has 44 bytes; the fake takes no other. */
function readWav(bytes: Buffer): { readonly pcm: Int16Array; readonly sampleRate: number } | undefined {
  const tag = (at: number): string => bytes.toString("latin1", at, at + 4);
  if (bytes.length < 44 || tag(0) !== "RIFF" || tag(8) !== "WAVE" || tag(36) !== "data") return undefined;
  const [format, channels, bits] = [20, 22, 34].map((at) => bytes.readUInt16LE(at));
  const sizeBytes = bytes.readUInt32LE(40);
  if (format !== 1 || channels !== 1 || bits !== 16 || sizeBytes !== bytes.length - 44) return undefined;
  return { pcm: toSamples(bytes.subarray(44)), sampleRate: bytes.readUInt32LE(24) };
}

function badFile(message: string, code: string | null = null): FakeOpenAIError {
  return { status: 400, error: { message, type: "invalid_request_error", param: "file", code } };
}

function toEvent(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(clock, ms, signal).catch(() => undefined);
}
