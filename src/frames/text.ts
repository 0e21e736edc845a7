import { ControlFrame, DataFrame, SystemFrame } from "./frame.ts";

type TextKind =
  | "TextFrame"
  | "LLMTextFrame"
  | "AggregatedTextFrame"
  | "TTSTextFrame"
  | "TranscriptionFrame"
  | "InterimTranscriptionFrame"
  | "EagerTranscriptionFrame"
  | "TranslationFrame";

export interface TextOptions {
  /** Not to be spoken. Default: as the answer it belongs to. */
  readonly skipTTS?: boolean | undefined;
  /** The text brings its own spaces, so that parts are joined without any. Default false; LLM tokens do. */
  readonly includesInterFrameSpaces?: boolean | undefined;
  /** Whether it belongs in the context. Default true. */
  readonly appendToContext?: boolean | undefined;
}

/** Text on its way to be spoken or remembered. */
export class TextFrame extends DataFrame {
  readonly kind: TextKind = "TextFrame";
  readonly text: string;
  readonly skipTTS: boolean | undefined;
  readonly includesInterFrameSpaces: boolean;
  readonly appendToContext: boolean;

  constructor(text: string, options: TextOptions = {}) {
    super();
    this.text = text;
    this.skipTTS = options.skipTTS;
    this.includesInterFrameSpaces = options.includesInterFrameSpaces ?? false;
    this.appendToContext = options.appendToContext ?? true;
  }
}

/** A token of the model's answer; tokens bring their own spaces. */
export class LLMTextFrame extends TextFrame {
  override readonly kind = "LLMTextFrame";

  constructor(text: string, options: TextOptions = {}) {
    super(text, { includesInterFrameSpaces: true, ...options });
  }
}

export interface AggregatedTextOptions extends TextOptions {
  /** What a unit is. Default "sentence". */
  readonly aggregatedBy?: "sentence" | "word" | "token" | (string & {});
  /** Which utterance it belongs to. */
  readonly contextId?: string | undefined;
  /** As the model wrote it, where markup was taken out for speech. */
  readonly rawText?: string | undefined;
  /** Whether speech of it follows. Default false. */
  readonly willBeSpoken?: boolean;
}

/** Tokens put together to a unit. */
export class AggregatedTextFrame extends TextFrame {
  override readonly kind: "AggregatedTextFrame" | "TTSTextFrame" = "AggregatedTextFrame";
  readonly aggregatedBy: string;
  readonly contextId: string | undefined;
  readonly rawText: string | undefined;
  readonly willBeSpoken: boolean;

  constructor(text: string, options: AggregatedTextOptions = {}) {
    super(text, options);
    this.aggregatedBy = options.aggregatedBy ?? "sentence";
    this.contextId = options.contextId;
    this.rawText = options.rawText;
    this.willBeSpoken = options.willBeSpoken ?? false;
  }
}

/** Words that have been spoken; released when they are heard. */
export class TTSTextFrame extends AggregatedTextFrame {
  override readonly kind = "TTSTextFrame";
  /**
   * Where it is said in the audio of its context, in milliseconds from the beginning of that. With it the output releases
   * the words by what has been played, however late or unevenly the audio came; without it, by `ptsMs` alone.
   */
  audioOffsetMs: number | undefined = undefined;
}

export interface TextProgressFields {
  /** Id of the AggregatedTextFrame that is being spoken. */
  readonly segmentId: number;
  readonly contextId: string | undefined;
  /** All of that frame's text. */
  readonly text: string;
  readonly aggregatedBy: string;
  /** What of it has been heard, up to the word that is being heard now. */
  readonly accumulatedText: string;
  /** What is still to come, with the space before it. */
  readonly remainingText: string;
}

/** How far a piece of text has been spoken, with each word that is heard: for captions that follow the voice. */
export class AggregatedTextProgressFrame extends DataFrame implements TextProgressFields {
  readonly kind = "AggregatedTextProgressFrame";
  readonly segmentId: number;
  readonly contextId: string | undefined;
  readonly text: string;
  readonly aggregatedBy: string;
  readonly accumulatedText: string;
  readonly remainingText: string;

  constructor(fields: TextProgressFields) {
    super();
    this.segmentId = fields.segmentId;
    this.contextId = fields.contextId;
    this.text = fields.text;
    this.aggregatedBy = fields.aggregatedBy;
    this.accumulatedText = fields.accumulatedText;
    this.remainingText = fields.remainingText;
  }
}

export interface TranscriptionFields {
  readonly text: string;
  readonly userId: string;
  /** When it was said, milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
  /** BCP 47 tag, such as "en-US". */
  readonly language?: string | undefined;
  /** The provider's own answer. */
  readonly result?: unknown;
}

/** What a user said, settled. Survives interruptions: it is mostly these words that interrupt. */
export class TranscriptionFrame extends TextFrame {
  override readonly kind = "TranscriptionFrame";
  override readonly uninterruptible = true;
  readonly userId: string;
  readonly timestampMs: number | undefined;
  readonly language: string | undefined;
  readonly result: unknown;
  /** The service will send nothing more for this stretch of speech. Default false. */
  readonly finalized: boolean;

  constructor(fields: TranscriptionFields & { readonly finalized?: boolean }) {
    super(fields.text);
    this.userId = fields.userId;
    this.timestampMs = fields.timestampMs;
    this.language = fields.language;
    this.result = fields.result;
    this.finalized = fields.finalized ?? false;
  }
}

/** What a user seems to be saying; a later one replaces it. */
export class InterimTranscriptionFrame extends TextFrame {
  override readonly kind: "InterimTranscriptionFrame" | "EagerTranscriptionFrame" = "InterimTranscriptionFrame";
  readonly userId: string;
  readonly timestampMs: number | undefined;
  readonly language: string | undefined;
  readonly result: unknown;

  constructor(fields: TranscriptionFields) {
    super(fields.text);
    this.userId = fields.userId;
    this.timestampMs = fields.timestampMs;
    this.language = fields.language;
    this.result = fields.result;
  }
}

/**
 * What the user has said in a turn that the speech-to-text service thinks is about to end: the model may begin to answer
 * (see EagerStopStrategy). A settled transcript follows, or an EagerEndOfTurnCancelFrame.
 */
export class EagerTranscriptionFrame extends InterimTranscriptionFrame {
  override readonly kind = "EagerTranscriptionFrame";
}

/** What a user said, in another language. */
export class TranslationFrame extends TextFrame {
  override readonly kind = "TranslationFrame";
  readonly userId: string;
  readonly timestampMs: number | undefined;
  readonly language: string | undefined;

  constructor(fields: TranscriptionFields) {
    super(fields.text);
    this.userId = fields.userId;
    this.timestampMs = fields.timestampMs;
    this.language = fields.language;
  }
}

/** Text a user typed. */
export class InputTextRawFrame extends SystemFrame {
  readonly kind = "InputTextRawFrame";
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

export interface TTSSpeakOptions {
  /** Whether it becomes a turn of the assistant in the context. Default true. */
  readonly appendToContext?: boolean;
  /**
   * False for what must be said to its end, such as a legal notice: an interruption drops what else the bot was going to
   * say, but not this, and the user's words are answered after it. Default true.
   */
  readonly interruptible?: boolean;
}

/** Asks the TTS service to say this, outside any model's answer. */
export class TTSSpeakFrame extends DataFrame {
  readonly kind = "TTSSpeakFrame";
  override readonly uninterruptible: boolean;
  readonly text: string;
  /** Whether it becomes a turn of the assistant in the context. Default true. */
  readonly appendToContext: boolean;

  constructor(text: string, options: TTSSpeakOptions = {}) {
    super();
    this.text = text;
    this.appendToContext = options.appendToContext ?? true;
    this.uninterruptible = options.interruptible === false;
  }
}

export interface TTSStartedOptions {
  /** Whether what is said opens a turn of the assistant where none is open. Default false. */
  readonly appendToContext?: boolean;
  /** False for an utterance that is said to its end through interruptions; all its frames survive them. Default true. */
  readonly interruptible?: boolean;
}

/** An utterance begins. */
export class TTSStartedFrame extends ControlFrame {
  readonly kind = "TTSStartedFrame";
  override readonly uninterruptible: boolean;
  /** Of the utterance: whether an interruption cuts it. */
  readonly interruptible: boolean;
  readonly contextId: string | undefined;
  /** Whether what is said opens a turn of the assistant where none is open. Default false. */
  readonly appendToContext: boolean;

  constructor(contextId?: string, options: TTSStartedOptions = {}) {
    super();
    this.contextId = contextId;
    this.appendToContext = options.appendToContext ?? false;
    this.interruptible = options.interruptible ?? true;
    this.uninterruptible = !this.interruptible;
  }
}

/** An utterance is complete: nothing more will come for it. */
export class TTSStoppedFrame extends ControlFrame {
  readonly kind = "TTSStoppedFrame";
  readonly contextId: string | undefined;

  constructor(contextId?: string) {
    super();
    this.contextId = contextId;
  }
}
