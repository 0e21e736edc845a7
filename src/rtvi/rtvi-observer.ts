import { measureRms } from "../audio/index.ts";
import {
  AggregatedTextFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EagerEndOfTurnConfirmFrame,
  type Frame,
  FunctionCallCancelFrame,
  FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  InputAudioRawFrame,
  InterimTranscriptionFrame,
  InterruptionFrame,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  type LLMMessage,
  LLMTextFrame,
  MetricsFrame,
  OutputAudioRawFrame,
  TranscriptionFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
} from "../frames/index.ts";
import { FirstSight } from "../observers/first-sight.ts";
import type { Observer, PushEvent } from "../pipeline/index.ts";
import type { Clock } from "../util/clock.ts";
import { GatheredText, Sentences } from "./answer-text.ts";
import { BotOutput } from "./bot-output.ts";
import { FunctionCallMessages } from "./function-call-messages.ts";
import type { BotOutputData, LegacyBotOutputData, ServerMessages } from "./messages.ts";
import { toMetricsLists } from "./metrics-lists.ts";
import { PresentState, type PresentStateSink } from "./present-state.ts";
import type { ResolvedRTVIOptions, RTVIReport } from "./rtvi-options.ts";

/** How many frames are remembered, to recognise them at the next processor. */
const REMEMBERED_FRAMES = 20_000;
/** Pipecat's period. */
const LEVEL_PERIOD_MS = 150;
/** Of signed 16-bit PCM. */
const FULL_SCALE = 32_768;

/** What an {@link RTVIObserver} works with. */
export interface RTVIObserverHost {
  readonly options: ResolvedRTVIOptions;
  /** The name of the output processor: what it pushes has been heard. */
  readonly outputName: string;
  /** Whether the bot has a voice that texts wait for. */
  readonly hasVoice: boolean;
  clock(): Clock;
  /** Whether a client is ready. */
  hasClients(): boolean;
  /** Sends a message to every client that is ready. */
  send<T extends RTVIReport>(type: T, data: ServerMessages[T]): void;
  /** The same for `bot-output`, which clients of 1.x receive in another shape. */
  sendOutput(current: BotOutputData | undefined, legacy: LegacyBotOutputData | undefined): void;
}

/** Frames of one kind that become a message without data. */
const SIGNALS: Readonly<Record<string, RTVIReport>> = {
  UserStartedSpeakingFrame: "user-started-speaking",
  UserStoppedSpeakingFrame: "user-stopped-speaking",
  VADUserStartedSpeakingFrame: "vad-user-started-speaking",
  VADUserStoppedSpeakingFrame: "vad-user-stopped-speaking",
  UserMuteStartedFrame: "user-mute-started",
  UserMuteStoppedFrame: "user-mute-stopped",
  InterruptionFrame: "bot-interrupted",
  BotStartedSpeakingFrame: "bot-started-speaking",
  BotStoppedSpeakingFrame: "bot-stopped-speaking",
  LLMFullResponseStartFrame: "bot-llm-started",
  TTSStartedFrame: "bot-tts-started",
  TTSStoppedFrame: "bot-tts-stopped",
};

/**
 * Turns what happens in a pipeline into RTVI messages, as Pipecat's observer of that name does. A frame counts when it is
 * pushed first; text that is spoken counts when the output transport pushes it, since then it is heard.
 */
export class RTVIObserver implements Observer {
  readonly #host: RTVIObserverHost;
  readonly #seen = new FirstSight(REMEMBERED_FRAMES);
  readonly #present = new PresentState();
  readonly #output: BotOutput;
  readonly #functions: FunctionCallMessages;
  readonly #tokens: GatheredText;
  /** The answer as the model writes it. */
  readonly #sentences = new Sentences();
  /** The part of an answer that is not spoken, as it leaves the output. */
  readonly #unspoken = new Sentences();
  /** Of the user's turn that may be about to end. */
  #speculation: { readonly id: number; readonly text: string } | undefined;
  readonly #levelSentMs = { user: -Infinity, bot: -Infinity };

  /** Watches from the start, for clients that become ready in the middle of something. */
  constructor(host: RTVIObserverHost) {
    this.#host = host;
    this.#functions = new FunctionCallMessages(host);
    this.#tokens = new GatheredText(
      () => host.clock(),
      (text) => host.send("bot-llm-text", { text }),
    );
    this.#output = new BotOutput(
      {
        output: (current, legacy) => {
          if (!host.options.isSent("bot-output")) return;
          if (current) this.#present.output(current);
          host.sendOutput(current, legacy);
        },
        ttsText: (text) => this.#send("bot-tts-text", { text }),
      },
      host,
    );
  }

  /** Watches a frame on its way. */
  onPush({ frame, source }: PushEvent): void {
    if (source === this.#host.outputName) this.#left(frame);
    if (frame instanceof AggregatedTextFrame) this.#spoken(frame);
    else this.#pushed(frame);
  }

  /** Tells what is going on, for a client that has become ready. What follows is reported to it like to all others. */
  tellPresent(sink: PresentStateSink): void {
    this.#tokens.flush();
    this.#present.tell({
      began: (type) => {
        if (this.#host.options.isSent(type)) sink.began(type);
      },
      output: (current, legacy) => sink.output(current, legacy),
    });
  }

  /** Sends nothing more. */
  close(): void {
    this.#tokens.clear();
  }

  /** A frame has left the output: it has been heard, or its time has come. */
  #left(frame: Frame): void {
    if (frame instanceof AggregatedTextFrame) {
      if (frame.kind === "TTSTextFrame") this.#output.word(frame);
      else this.#output.text(frame);
    } else if (frame instanceof OutputAudioRawFrame) {
      this.#level("bot", frame.audio);
    } else if (frame instanceof LLMTextFrame) {
      // What is spoken does not get this far as text of the model.
      for (const sentence of this.#unspoken.add(frame.text)) this.#output.written(frame.id, sentence);
    } else if (frame instanceof LLMFullResponseEndFrame) {
      for (const sentence of this.#unspoken.end()) this.#output.written(frame.id, sentence);
      this.#output.answerEnded();
    } else if (frame instanceof TTSStoppedFrame) {
      this.#output.utteranceEnded(frame.contextId);
    } else if (frame instanceof InterruptionFrame) {
      this.#unspoken.clear();
      this.#output.interrupted();
    }
  }

  #spoken(frame: AggregatedTextFrame): void {
    if (!this.#host.options.isSent("tts-raw-text") || frame.kind === "TTSTextFrame" || !frame.willBeSpoken) return;
    if (this.#seen.checkFirst(frame)) this.#send("tts-raw-text", { text: frame.rawText ?? frame.text });
  }

  #pushed(frame: Frame): void {
    // Most frames are audio.
    if (frame instanceof InputAudioRawFrame) this.#level("user", frame.audio);
    if (frame instanceof InputAudioRawFrame || frame instanceof OutputAudioRawFrame) return;
    if (!this.#seen.checkFirst(frame)) return;
    this.#present.pushed(frame);
    const signal = SIGNALS[frame.kind];
    if (signal !== undefined) this.#send(signal, undefined);
    if (frame instanceof LLMTextFrame) this.#token(frame.text);
    else if (frame instanceof TranscriptionFrame) this.#transcript(frame, true);
    else if (frame instanceof InterimTranscriptionFrame) this.#transcript(frame, false);
    else if (frame instanceof BotStartedSpeakingFrame) this.#output.started();
    else if (frame instanceof BotStoppedSpeakingFrame) this.#output.stopped();
    else if (frame instanceof InterruptionFrame) this.#sentences.clear();
    else if (frame instanceof LLMContextFrame) this.#context(frame);
    else if (frame instanceof EagerEndOfTurnConfirmFrame) this.#confirm(frame.speculationId);
    else if (frame instanceof LLMFullResponseEndFrame) this.#answerEnded();
    else if (frame instanceof TTSStartedFrame && !frame.interruptible) this.#output.uncut(frame.contextId);
    else if (frame instanceof FunctionCallsStartedFrame) this.#functions.started(frame.functionCalls);
    else if (frame instanceof FunctionCallInProgressFrame) this.#functions.inProgress(frame.call);
    else if (frame instanceof FunctionCallCancelFrame) this.#functions.cancelled(frame.call);
    else if (frame instanceof FunctionCallResultFrame) this.#functions.ended(frame);
    else if (frame instanceof MetricsFrame) this.#metrics(frame);
  }

  #token(text: string): void {
    this.#send("llm-raw-text", { text });
    if (this.#host.options.isSent("bot-llm-text") && this.#host.hasClients()) this.#tokens.add(text);
    this.#transcribe(this.#sentences.add(text));
  }

  #answerEnded(): void {
    this.#transcribe(this.#sentences.end());
    this.#send("bot-llm-stopped", undefined);
  }

  #metrics({ data }: MetricsFrame): void {
    if (!this.#host.hasClients()) return;
    const lists = toMetricsLists(data);
    if (Object.keys(lists).length > 0) this.#send("metrics", lists);
  }

  /** The turn has ended as predicted: now the model's input is the user's. */
  #confirm(speculationId: number): void {
    if (speculationId !== this.#speculation?.id) return;
    this.#send("user-llm-text", { text: this.#speculation.text });
    this.#speculation = undefined;
  }

  #transcript({ text, userId, timestampMs }: TranscriptionFrame | InterimTranscriptionFrame, isFinal: boolean): void {
    const timestamp = new Date(timestampMs ?? this.#host.clock().wallMs()).toISOString();
    const said = { text, timestamp, final: isFinal, user_id: userId };
    if (isFinal) this.#send("stt-raw-text", { text });
    this.#send("user-input", { ...said, input_type: "transcription" });
    this.#send("user-transcription", said);
  }

  #context({ context, speculation }: LLMContextFrame): void {
    if (speculation) {
      this.#speculation = speculation;
      return;
    }
    const last = context.messages.at(-1);
    const text = last?.role === "user" ? readText(last) : "";
    if (text !== "") this.#send("user-llm-text", { text });
  }

  /** The model's answer by sentences: deprecated, and still read by older clients. */
  #transcribe(sentences: readonly string[]): void {
    for (const text of sentences) this.#send("bot-transcription", { text });
  }

  #level(who: "user" | "bot", audio: Int16Array): void {
    const type = `${who}-audio-level` as const;
    if (!this.#host.options.isSent(type) || !this.#host.hasClients()) return;
    const nowMs = this.#host.clock().nowMs();
    if (nowMs - this.#levelSentMs[who] < LEVEL_PERIOD_MS) return;
    this.#levelSentMs[who] = nowMs;
    this.#send(type, { value: Math.round((measureRms(audio) / FULL_SCALE) * 1000) / 1000 });
  }

  #send<T extends RTVIReport>(type: T, data: ServerMessages[T]): void {
    if (!this.#host.options.isSent(type)) return;
    // In the order in which it happened.
    this.#tokens.flush();
    this.#host.send(type, data);
  }
}

function readText({ content }: LLMMessage): string {
  if (typeof content === "string") return content;
  return content
    .map((part) => (part.type === "text" ? part.text : ""))
    .join(" ")
    .trim();
}
