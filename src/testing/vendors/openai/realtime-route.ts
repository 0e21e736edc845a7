import { sleep } from "../../../util/deadline.ts";
import type { ConnectionHandlers, VendorConnection } from "../vendor-server.ts";
import { isLoud, OPENAI_SAMPLE_RATE, splitDeltas, toSamples } from "./fake-speech.ts";
import { findSessionProblem, type RealtimeProblem, type RealtimeSessionUpdate } from "./realtime-session.ts";
import type { TranscriptionRouteOptions } from "./transcription-route.ts";

/** Models that send pieces of the text while they listen; the others begin at the commit. */
const LIVE_MODELS: ReadonlySet<string> = new Set(["gpt-realtime-whisper", "gpt-live-transcribe"]);
/** A live model has understood another word after this much sound. */
const LIVE_WORD_MS = 300;
/** A commit of less audio is refused. */
const MIN_COMMIT_MS = 100;
const MAX_APPEND_BYTES = 15 * 1024 * 1024;

/** Speech that is being transcribed. */
interface Item {
  readonly id: string;
  /** What is understood; known once sound has arrived. */
  heard: ReturnType<TranscriptionRouteOptions["transcribe"]> | undefined;
  /** How many pieces of it were sent. */
  sent: number;
}

/**
 * Serves a transcription session on `/v1/realtime?intent=transcription`. With a model in the URL it is a conversation, as
 * at the vendor, which takes no transcription settings. Speech is committed by the client: the fake has no VAD.
 */
export class FakeRealtimeSession implements ConnectionHandlers {
  readonly #connection: VendorConnection;
  readonly #options: TranscriptionRouteOptions;
  readonly #isTranscription: boolean;
  #settings: RealtimeSessionUpdate = {};
  #audio: Buffer[] = [];
  #loudMs = 0;
  #events = 0;
  #items = 0;
  #item: Item;
  #previousId: string | null = null;

  constructor(connection: VendorConnection, options: TranscriptionRouteOptions) {
    this.#connection = connection;
    this.#options = options;
    const { query } = connection.request;
    this.#isTranscription = query.get("intent") === "transcription" && !query.has("model");
    this.#item = this.#newItem();
    const type = this.#isTranscription ? "transcription" : "realtime";
    this.#send("session.created", { session: { type, id: "sess_fake", object: `realtime.${type}_session` } });
  }

  text(text: string): void {
    let event: Readonly<Record<string, unknown>>;
    try {
      event = JSON.parse(text) as typeof event;
    } catch {
      this.#fail({ code: "invalid_json", message: "The server could not parse the message." });
      return;
    }
    if (event.type === "session.update") this.#update(event.session as RealtimeSessionUpdate | undefined);
    else if (event.type === "input_audio_buffer.append") this.#append(event.audio);
    else if (event.type === "input_audio_buffer.commit") this.#commit();
    else if (event.type === "input_audio_buffer.clear") this.#clear();
    else this.#fail({ code: "invalid_value", message: `Invalid value: '${String(event.type)}'.`, param: "type" });
  }

  #update(session: RealtimeSessionUpdate | undefined): void {
    const problem = findSessionProblem(session, this.#isTranscription);
    if (problem) {
      this.#fail(problem);
      return;
    }
    this.#settings = session ?? {};
    this.#send("session.updated", { session: { ...session, id: "sess_fake" } });
  }

  #append(audio: unknown): void {
    if (typeof audio !== "string" || !/^[\w+/]*=*$/.test(audio) || audio.length > MAX_APPEND_BYTES) {
      this.#fail({ code: "invalid_value", message: "Invalid 'audio'. Expected base64-encoded audio bytes." });
      return;
    }
    const bytes = Buffer.from(audio, "base64");
    this.#audio.push(bytes);
    const pcm = toSamples(bytes);
    if (!isLoud(pcm)) return;
    this.#loudMs += (pcm.length * 1000) / OPENAI_SAMPLE_RATE;
    if (!LIVE_MODELS.has(this.#model)) return;
    const pieces = this.#piecesOf(this.#item);
    // The last word may still change: it is sent behind the commit.
    const known = Math.min(Math.floor(this.#loudMs / LIVE_WORD_MS), pieces.length - 1);
    while (this.#item.sent < known) this.#sendDelta(this.#item, pieces[this.#item.sent] ?? "");
  }

  #commit(): void {
    const durationMs = (this.#bufferedBytes / 2 / OPENAI_SAMPLE_RATE) * 1000;
    if (durationMs < MIN_COMMIT_MS) {
      const problem = `buffer too small. Expected at least 100ms of audio, but buffer only has ${durationMs.toFixed(2)}ms`;
      const message = `Error committing input audio buffer: ${problem} of audio.`;
      this.#fail({ code: "input_audio_buffer_commit_empty", message });
      return;
    }
    const item = this.#item;
    this.#piecesOf(item);
    this.#audio = [];
    this.#loudMs = 0;
    this.#send("input_audio_buffer.committed", { item_id: item.id, previous_item_id: this.#previousId });
    const content = [{ type: "input_audio", transcript: null }];
    const created = { id: item.id, type: "message", role: "user", status: "completed", content };
    this.#send("conversation.item.added", { item: created, previous_item_id: this.#previousId });
    this.#previousId = item.id;
    this.#item = this.#newItem();
    void this.#finish(item, durationMs);
  }

  #clear(): void {
    this.#audio = [];
    this.#loudMs = 0;
    this.#item = this.#newItem();
    this.#send("input_audio_buffer.cleared", {});
  }

  async #finish(item: Item, durationMs: number): Promise<void> {
    const { heard = "" } = item;
    const { clock, latencyMs, pieceDelayMs } = this.#options;
    const fields = { item_id: item.id, content_index: 0 };
    const wait = async (ms: number): Promise<void> => {
      if (ms > 0) await sleep(clock, ms, this.#connection.signal).catch(() => undefined);
    };
    await wait(typeof heard !== "string" && "delayMs" in heard ? heard.delayMs : latencyMs);
    if (typeof heard !== "string" && "error" in heard) {
      this.#send("conversation.item.input_audio_transcription.failed", { ...fields, error: heard.error });
      return;
    }
    const pieces = this.#piecesOf(item);
    // Whisper has no pieces: its only delta is the whole text.
    const rest = this.#model === "whisper-1" ? [pieces.join("")] : pieces.slice(item.sent);
    for (const [at, piece] of rest.entries()) {
      if (at > 0) await wait(pieceDelayMs);
      this.#sendDelta(item, piece);
    }
    const usage = { type: "duration", seconds: Math.ceil(durationMs / 1000) };
    const completed = { ...fields, transcript: pieces.join(""), usage };
    this.#send("conversation.item.input_audio_transcription.completed", completed);
  }

  /** What is understood of an item, in pieces. The first call decides. */
  #piecesOf(item: Item): readonly string[] {
    const { language, prompt } = this.#settings.audio?.input?.transcription ?? {};
    const model = this.#model;
    item.heard ??= this.#options.transcribe({
      ...{ pcm: toSamples(Buffer.concat(this.#audio)), sampleRate: OPENAI_SAMPLE_RATE },
      ...{ model, language, prompt, route: "realtime" },
    });
    if (typeof item.heard === "string") return splitDeltas(item.heard);
    return "text" in item.heard ? splitDeltas(item.heard.text) : [];
  }

  #sendDelta(item: Item, delta: string): void {
    item.sent++;
    this.#send("conversation.item.input_audio_transcription.delta", { item_id: item.id, content_index: 0, delta });
  }

  #fail(problem: RealtimeProblem): void {
    const { type = "invalid_request_error", param = null, ...rest } = problem;
    this.#send("error", { error: { type, param, event_id: null, ...rest } });
  }

  #send(type: string, fields: object): void {
    this.#events++;
    void this.#connection.sendJson({ type, event_id: `event_fake${this.#events}`, ...fields });
  }

  #newItem(): Item {
    this.#items++;
    return { id: `item_fake${this.#items}`, heard: undefined, sent: 0 };
  }

  get #model(): string {
    return this.#settings.audio?.input?.transcription?.model ?? "";
  }

  get #bufferedBytes(): number {
    return this.#audio.reduce((sum, { length }) => sum + length, 0);
  }
}
