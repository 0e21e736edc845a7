import { encodeWav } from "../../../audio/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import { testTone } from "../../test-tone.ts";
import type { VendorAnswer, VendorRequest } from "../vendor-server.ts";

/** A voice says about 15 characters per second. */
const MS_PER_CHARACTER = 65;
const PIECE_MS = 100;
const MAX_CHARACTERS = 2000;
const RATES = new Set(["8000", "16000", "24000", "32000", "48000"]);

/** Answers a request to `/v1/speak`: a tone whose length follows the text, streamed as it is made. */
export async function speak(
  { query, body }: VendorRequest,
  answer: VendorAnswer,
  { clock, pieceMs }: { readonly clock: Clock; readonly pieceMs: number },
): Promise<void> {
  const text = readText(body);
  const rate = query.get("sample_rate") ?? "24000";
  const problem = findProblem(text, query.get("model") ?? "", query.get("encoding"), rate);
  if (text === undefined || problem) {
    const [status, err_code, err_msg] = problem ?? [400, "INVALID_JSON", "The body needs a text."];
    answer.json(status, { err_code, err_msg, request_id: crypto.randomUUID() });
    return;
  }
  const sampleRate = Number(rate);
  const pcm = testTone(220, sampleRate, text.length * MS_PER_CHARACTER);
  answer.begin(`audio/l16;rate=${rate}`);
  // Unless raw audio is asked for, it is in a file: its header would be heard as a click.
  const bytes = query.get("container") === "none" ? Buffer.from(pcm.buffer) : encodeWav(pcm, { sampleRate });
  const size = ((sampleRate * PIECE_MS) / 1000) * 2;
  for (let at = 0; at < bytes.length && !answer.signal.aborted; at += size) {
    if (pieceMs > 0) await sleep(clock, pieceMs, answer.signal).catch(() => undefined);
    await answer.write(bytes.subarray(at, at + size));
  }
  await answer.end();
}

type Problem = readonly [status: number, code: string, message: string];

function findProblem(
  text: string | undefined,
  model: string,
  encoding: string | null,
  rate: string,
): Problem | undefined {
  if (text?.trim() === "") return [400, "INPUT_TEXT_EMPTY", "The text has no characters to speak."];
  if ((text?.length ?? 0) > MAX_CHARACTERS)
    return [413, "INPUT_TEXT_TOO_LONG", `The text has over ${MAX_CHARACTERS} characters.`];
  if (!model.startsWith("aura-")) return [400, "INVALID_QUERY_PARAMETER", "There is no such model."];
  if (encoding !== "linear16") return [400, "INVALID_QUERY_PARAMETER", "This fake only makes linear16."];
  return RATES.has(rate) ? undefined : [400, "UNSUPPORTED_AUDIO_FORMAT", "The sample_rate is not supported."];
}

function readText(body: Buffer): string | undefined {
  try {
    const { text } = JSON.parse(body.toString("utf8")) as { readonly text?: unknown };
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
