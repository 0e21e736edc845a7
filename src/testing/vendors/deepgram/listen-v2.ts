import type { ConnectionHandlers, VendorConnection } from "../vendor-server.ts";
import { ListenChannel, type ListenChannelOptions, parseMessage } from "./listen-channel.ts";
import { type HeardWindow, SpeechDetector } from "./speech-detector.ts";
import { firstWords, placeWords, type ScriptReader, toSeconds, type Utterance } from "./script.ts";

/** An Update is sent for about this much audio, whether the text has changed or not. */
const UPDATE_MS = 250;

/** How the fake Flux behaves, besides its script. */
export interface FluxBehaviour extends ListenChannelOptions {
  readonly eagerAfterMs: number;
  readonly endOfTurnAfterMs: number;
  readonly connects: boolean;
  readonly answersConfigure: boolean;
}

interface Turn {
  readonly utterance: Utterance;
  readonly fromMs: number;
  /** Number of parts that have been heard. */
  heard: number;
  lastSoundMs: number;
  /** Whether an EagerEndOfTurn was the last event. */
  eager: boolean;
}

interface Thresholds {
  eot_threshold: number;
  eager_eot_threshold?: number;
  eot_timeout_ms: number;
}

/** One connection to `/v2/listen`. */
export class ListenV2 implements ConnectionHandlers {
  readonly #channel: ListenChannel;
  readonly #behaviour: FluxBehaviour;
  readonly #script: ScriptReader;
  readonly #detector: SpeechDetector;
  readonly #requestId = crypto.randomUUID();
  readonly #thresholds: Thresholds;
  readonly #multilingual: boolean;
  #keyterms: readonly string[];
  #hints: readonly string[];
  #sequence = 0;
  #turnIndex = 0;
  #turn: Turn | undefined;
  #updateAtMs = 0;
  #windowFromMs = 0;
  #configuring = 0;
  /** Parts of an utterance that a turn ended without. */
  #left: Utterance | undefined;

  constructor(connection: VendorConnection, script: ScriptReader, behaviour: FluxBehaviour) {
    this.#channel = new ListenChannel(connection, behaviour);
    this.#script = script;
    this.#behaviour = behaviour;
    const { query } = connection.request;
    const eager = query.get("eager_eot_threshold");
    this.#thresholds = {
      eot_threshold: Number(query.get("eot_threshold") ?? 0.7),
      ...(eager !== null && { eager_eot_threshold: Number(eager) }),
      eot_timeout_ms: Number(query.get("eot_timeout_ms") ?? 5000),
    };
    this.#multilingual = query.get("model") === "flux-general-multi";
    this.#keyterms = query.getAll("keyterm");
    this.#hints = query.getAll("language_hint");
    this.#detector = new SpeechDetector(Number(query.get("sample_rate")), (window) => this.#hear(window));
    if (behaviour.connects) this.#send("Connected");
  }

  bytes(bytes: Buffer): void {
    if (!this.#channel.open) return;
    this.#channel.noteActivity();
    this.#detector.hear(bytes);
  }

  text(text: string): void {
    if (!this.#channel.open) return;
    const message = parseMessage(text);
    if (message?.type === "Configure") this.#configure(message);
    else if (message?.type === "ForceEndTurn") this.#forceEndTurn();
    else if (message?.type === "CloseStream") this.#closeStream();
    else this.#fail("UNPARSABLE_CLIENT_MESSAGE", "The message is not one that this endpoint knows.");
  }

  closed(): void {
    this.#channel.end();
  }

  #hear({ atMs, speech, quietMs }: HeardWindow): void {
    const turn = this.#turn;
    if (!turn) {
      if (speech) this.#begin(atMs);
      else if (atMs - this.#updateAtMs >= UPDATE_MS) this.#turnInfo("Update", atMs);
      return;
    }
    if (speech && turn.eager) {
      turn.eager = false;
      turn.heard = Math.min(turn.heard + 1, turn.utterance.parts.length);
      this.#turnInfo("TurnResumed", atMs);
    }
    if (speech) turn.lastSoundMs = atMs;
    const { eot_threshold, eager_eot_threshold, eot_timeout_ms } = this.#thresholds;
    const { eagerAfterMs, endOfTurnAfterMs } = this.#behaviour;
    const hasText = getText(turn) !== "";
    if (eot_threshold < 1 && hasText && quietMs >= endOfTurnAfterMs) {
      this.#end("model", atMs);
    } else if (quietMs >= eot_timeout_ms) {
      this.#end("timeout", atMs);
    } else if (eager_eot_threshold !== undefined && !turn.eager && hasText && quietMs >= eagerAfterMs) {
      turn.eager = true;
      this.#turnInfo("EagerEndOfTurn", atMs);
    } else if (atMs - this.#updateAtMs >= UPDATE_MS) {
      this.#turnInfo("Update", atMs);
    }
  }

  #begin(atMs: number): void {
    const utterance = this.#left ?? this.#script.next() ?? { parts: [], language: undefined, speaker: 0 };
    this.#left = undefined;
    this.#turn = { utterance, fromMs: atMs, heard: 1, lastSoundMs: atMs, eager: false };
    this.#turnInfo("StartOfTurn", atMs);
  }

  #end(trigger: "model" | "manual" | "timeout", atMs: number): void {
    const turn = this.#turn;
    if (!turn) return;
    this.#turnInfo("EndOfTurn", atMs, trigger);
    this.#turn = undefined;
    this.#turnIndex++;
    const parts = turn.utterance.parts.slice(turn.heard);
    this.#left = parts.length > 0 ? { ...turn.utterance, parts } : undefined;
  }

  /** The text of an open turn grows with its audio; once the user pauses, it is whole. */
  #textAt(turn: Turn, event: string, atMs: number): string {
    const whole = getText(turn);
    const speaking = atMs - turn.lastSoundMs < UPDATE_MS && (event === "StartOfTurn" || event === "Update");
    return speaking ? firstWords(whole, atMs - turn.fromMs) : whole;
  }

  #turnInfo(event: string, atMs: number, trigger?: string): void {
    const turn = this.#turn;
    const transcript = turn ? this.#textAt(turn, event, atMs) : "";
    const language = turn?.utterance.language;
    this.#send("TurnInfo", {
      event,
      turn_index: this.#turnIndex,
      audio_window_start: toSeconds(this.#windowFromMs),
      audio_window_end: toSeconds(atMs),
      transcript,
      words: placeWords(transcript, turn?.fromMs ?? atMs, turn?.lastSoundMs ?? atMs).map(({ text, startS, endS }) => {
        return { word: text, confidence: 0.98, start: startS, end: endS };
      }),
      end_of_turn_confidence: event === "EndOfTurn" ? 0.9 : event === "EagerEndOfTurn" ? 0.6 : 0.1,
      ...(trigger !== undefined && { trigger }),
      ...(this.#multilingual && language !== undefined && { languages: [language] }),
      ...(this.#hints.length > 0 && { languages_hinted: this.#hints }),
    });
    this.#updateAtMs = atMs;
    this.#windowFromMs = event === "EndOfTurn" ? atMs : this.#windowFromMs;
  }

  /** Has no effect between turns. */
  #forceEndTurn(): void {
    if (this.#turn) this.#end("manual", this.#detector.audioMs);
  }

  #configure(message: Readonly<Record<string, unknown>>): void {
    const {
      thresholds = {},
      keyterms,
      language_hints,
    } = message as {
      readonly thresholds?: Readonly<Record<string, number>>;
      readonly keyterms?: readonly string[];
      readonly language_hints?: readonly string[];
    };
    this.#configuring++;
    if (!this.#behaviour.answersConfigure) return;
    // The answer follows what is being recognised: a second message in the meantime is one too many.
    const answer = (): void => {
      const refused = this.#configuring > 1 || findInvalidThreshold(new Map(Object.entries(thresholds))) !== undefined;
      this.#configuring--;
      if (refused) {
        this.#send("ConfigureFailure");
        return;
      }
      Object.assign(this.#thresholds, thresholds);
      this.#keyterms = keyterms ?? this.#keyterms;
      this.#hints = language_hints ?? this.#hints;
      this.#send("ConfigureSuccess", { thresholds: this.#thresholds, keyterms: this.#keyterms });
    };
    this.#behaviour.clock.setTimeout(answer, 1);
  }

  #closeStream(): void {
    if (this.#turn) this.#turnInfo("Update", this.#detector.audioMs + UPDATE_MS);
    this.#channel.close(1000, "");
  }

  #fail(code: string, description: string): void {
    this.#send("Error", { code, description });
    this.#channel.close(1008, code);
  }

  #send(type: string, fields: object = {}): void {
    this.#channel.send({ type, request_id: this.#requestId, sequence_id: this.#sequence, ...fields });
    this.#sequence++;
  }
}

/** The first threshold that is outside its documented range. */
export function findInvalidThreshold(query: ReadonlyMap<string, unknown>): string | undefined {
  const ranges = { eot_threshold: [0.5, 1], eager_eot_threshold: [0.3, 0.9], eot_timeout_ms: [500, 60_000] } as const;
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = query.get(name);
    if (value !== undefined && value !== null && !(Number(value) >= least && Number(value) <= most)) return name;
  }
  const eager = query.get("eager_eot_threshold");
  if (eager !== undefined && Number(eager) > Number(query.get("eot_threshold") ?? 1)) return "eager_eot_threshold";
  return undefined;
}

function getText({ utterance, heard }: Turn): string {
  return utterance.parts.slice(0, heard).join(" ");
}
