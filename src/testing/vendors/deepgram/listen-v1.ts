import type { ConnectionHandlers, VendorConnection } from "../vendor-server.ts";
import { ListenChannel, type ListenChannelOptions, parseMessage } from "./listen-channel.ts";
import { type HeardWindow, SpeechDetector } from "./speech-detector.ts";
import {
  estimateMs,
  firstWords,
  placeWords,
  type ScriptReader,
  toPlainWord,
  toSeconds,
  type Utterance,
} from "./script.ts";

/** Interim results are sent this often. */
const INTERIM_MS = 250;
/** Speech after a longer pause is a new utterance. */
const UTTERANCE_GAP_MS = 300;
/** Without endpointing, words are settled after this much quiet. */
const SETTLE_MS = 1000;
const DEFAULT_ENDPOINTING_MS = 10;

/** How the fake behaves, besides its script. */
export interface ListenBehaviour extends ListenChannelOptions {
  readonly finalizeBufferMs: number;
}

/** The utterance that is being recognised. */
interface Speech {
  readonly utterance: Utterance;
  /** Parts that are settled. */
  settled: number;
  /** Where the unsettled part begins. */
  fromMs: number;
  lastSoundMs: number;
  speechFinal: boolean;
  utteranceEnded: boolean;
}

/** One connection to `/v1/listen`. */
export class ListenV1 implements ConnectionHandlers {
  readonly #channel: ListenChannel;
  readonly #behaviour: ListenBehaviour;
  readonly #script: ScriptReader;
  readonly #detector: SpeechDetector;
  readonly #query: URLSearchParams;
  readonly #requestId = crypto.randomUUID();
  readonly #endpointingMs: number;
  readonly #utteranceEndMs: number;
  #speech: Speech | undefined;
  /** End of the audio that results have covered. */
  #coveredMs = 0;
  #interimAtMs = 0;

  constructor(connection: VendorConnection, script: ScriptReader, behaviour: ListenBehaviour) {
    this.#channel = new ListenChannel(connection, behaviour);
    this.#script = script;
    this.#behaviour = behaviour;
    this.#query = connection.request.query;
    const endpointing = this.#query.get("endpointing");
    this.#endpointingMs =
      endpointing === "false"
        ? Infinity
        : Number(endpointing === "true" ? null : (endpointing ?? DEFAULT_ENDPOINTING_MS));
    this.#utteranceEndMs = Number(this.#query.get("utterance_end_ms") ?? Infinity);
    this.#detector = new SpeechDetector(Number(this.#query.get("sample_rate")), (window) => this.#hear(window));
  }

  bytes(bytes: Buffer): void {
    if (!this.#channel.open) return;
    this.#channel.noteActivity();
    // An empty message ends the stream, as an older protocol had it.
    if (bytes.length === 0) this.#closeStream();
    else this.#detector.hear(bytes);
  }

  text(text: string): void {
    if (!this.#channel.open) return;
    this.#channel.noteActivity();
    const type = parseMessage(text)?.type;
    if (type === "KeepAlive") return;
    if (type === "Finalize") this.#finalize();
    else if (type === "CloseStream") this.#closeStream();
    else this.#channel.close(1008, "DATA-0000");
  }

  closed(): void {
    this.#channel.end();
  }

  #hear({ atMs, speech, quietMs }: HeardWindow): void {
    if (speech && (!this.#speech || (this.#speech.speechFinal && this.#gap(atMs) >= UTTERANCE_GAP_MS)))
      this.#begin(atMs);
    const current = this.#speech;
    if (!current) return;
    if (speech) current.lastSoundMs = atMs;
    const { parts } = current.utterance;
    const isLast = current.settled >= parts.length - 1;
    const part = parts[current.settled];
    if (part !== undefined && !isLast && atMs - current.fromMs >= estimateMs(part)) this.#settle(current, {});
    else if (part !== undefined && speech) this.#interim(current, part, atMs);
    if (quietMs >= Math.min(this.#endpointingMs, SETTLE_MS) && !current.speechFinal) this.#endpoint(current);
    if (quietMs >= this.#utteranceEndMs && !current.utteranceEnded) {
      current.utteranceEnded = true;
      this.#channel.send({ type: "UtteranceEnd", channel: [0, 1], last_word_end: toSeconds(current.lastSoundMs) });
    }
  }

  #gap(atMs: number): number {
    return atMs - (this.#speech?.lastSoundMs ?? 0);
  }

  #begin(atMs: number): void {
    const utterance = this.#script.next();
    if (this.#query.get("vad_events") === "true")
      this.#channel.send({ type: "SpeechStarted", channel: [0, 1], timestamp: toSeconds(atMs) });
    this.#interimAtMs = atMs;
    const nothing: Utterance = { parts: [], language: undefined, speaker: 0 };
    const begun = { settled: 0, fromMs: atMs, lastSoundMs: atMs, speechFinal: false, utteranceEnded: false };
    this.#speech = { utterance: utterance ?? nothing, ...begun };
  }

  #interim(speech: Speech, part: string, atMs: number): void {
    if (this.#query.get("interim_results") !== "true" || atMs - this.#interimAtMs < INTERIM_MS) return;
    this.#interimAtMs = atMs;
    this.#results({ speech, text: firstWords(part, atMs - speech.fromMs), isFinal: false, untilMs: atMs });
  }

  /** Settles the next part. */
  #settle(speech: Speech, how: { readonly speechFinal?: boolean; readonly fromFinalize?: boolean }): void {
    const text = speech.utterance.parts[speech.settled] ?? "";
    this.#results({ speech, text, isFinal: true, untilMs: this.#detector.audioMs, ...how });
    speech.settled++;
    speech.fromMs = this.#detector.audioMs;
  }

  /** Settles all parts that are left; the last one with the marks. */
  #settleRest(speech: Speech, how: { readonly speechFinal?: boolean; readonly fromFinalize?: boolean }): void {
    const { length } = speech.utterance.parts;
    while (speech.settled < length - 1) this.#settle(speech, {});
    this.#settle(speech, how);
  }

  #endpoint(speech: Speech): void {
    speech.speechFinal = true;
    if (speech.settled < speech.utterance.parts.length || this.#endpointingMs <= SETTLE_MS)
      this.#settleRest(speech, { speechFinal: this.#endpointingMs <= SETTLE_MS });
  }

  #finalize(): void {
    const speech = this.#speech;
    if (speech && speech.settled < speech.utterance.parts.length) {
      speech.speechFinal = true;
      this.#settleRest(speech, { speechFinal: true, fromFinalize: true });
    } else if (this.#detector.audioMs - this.#coveredMs >= this.#behaviour.finalizeBufferMs) {
      const text = "";
      this.#results({
        speech,
        text,
        isFinal: true,
        untilMs: this.#detector.audioMs,
        speechFinal: true,
        fromFinalize: true,
      });
    }
    // With little audio buffered there is no answer at all.
  }

  #closeStream(): void {
    const speech = this.#speech;
    if (speech && speech.settled < speech.utterance.parts.length) this.#settleRest(speech, { speechFinal: true });
    this.#channel.send({
      type: "Metadata",
      transaction_key: "deprecated",
      request_id: this.#requestId,
      sha256: "0".repeat(64),
      created: new Date(this.#behaviour.clock.wallMs()).toISOString(),
      duration: toSeconds(this.#detector.audioMs),
      channels: 1,
    });
    this.#channel.close(1000, "");
  }

  #results(result: {
    readonly speech: Speech | undefined;
    readonly text: string;
    readonly isFinal: boolean;
    readonly untilMs: number;
    readonly speechFinal?: boolean;
    readonly fromFinalize?: boolean;
  }): void {
    const { speech, text, isFinal, untilMs, speechFinal = false, fromFinalize } = result;
    const fromMs = this.#coveredMs;
    if (isFinal) this.#coveredMs = untilMs;
    const { language, speaker = 0 } = speech?.utterance ?? {};
    const words = placeWords(text, speech?.fromMs ?? fromMs, Math.min(untilMs, speech?.lastSoundMs ?? untilMs));
    this.#channel.send({
      type: "Results",
      channel_index: [0, 1],
      duration: toSeconds(untilMs - fromMs),
      start: toSeconds(fromMs),
      is_final: isFinal,
      speech_final: speechFinal,
      channel: {
        alternatives: [
          {
            transcript: this.#format(text),
            confidence: text === "" ? 0 : 0.98,
            ...(language !== undefined && { languages: [language] }),
            words: words.map((word) => ({
              word: toPlainWord(word.text),
              start: word.startS,
              end: word.endS,
              confidence: 0.97,
              ...(this.#isFormatted && { punctuated_word: word.text }),
              ...(language !== undefined && { language }),
              ...(this.#query.get("diarize") === "true" && { speaker }),
            })),
          },
        ],
      },
      metadata: { request_id: this.#requestId, model_info: { name: this.#query.get("model") } },
      ...(fromFinalize !== undefined && { from_finalize: fromFinalize }),
    });
  }

  get #isFormatted(): boolean {
    return this.#query.get("punctuate") === "true" || this.#query.get("smart_format") === "true";
  }

  #format(text: string): string {
    return this.#isFormatted ? text : text.split(/\s+/).map(toPlainWord).join(" ");
  }
}
