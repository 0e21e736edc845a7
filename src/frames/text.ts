import { ControlFrame, DataFrame, SystemFrame } from "./frame.ts";

/** The kinds of frames that carry text. */
export type TextFrameKind =
  | "TextFrame"
  | "LLMTextFrame"
  | "AggregatedTextFrame"
  | "TTSTextFrame"
  | "TranscriptionFrame"
  | "InterimTranscriptionFrame"
  | "EagerTranscriptionFrame"
  | "TranslationFrame";

/** Options of a {@link TextFrame}. */
export interface TextOptions {
  /** Whether the text is not spoken. Default: as for the answer it belongs to. */
  readonly skipTTS?: boolean | undefined;
  /**
   * Whether the text contains its own spaces, so that parts are joined without any. Default false; true for LLM tokens.
   */
  readonly includesInterFrameSpaces?: boolean | undefined;
  /** Whether the text belongs in the context. Default true. */
  readonly appendToContext?: boolean | undefined;
}

/** Text to speak or to keep in the context. */
export class TextFrame extends DataFrame {
  readonly kind: TextFrameKind = "TextFrame";
  /** The text itself. */
  readonly text: string;
  /** Whether the text is not spoken. Undefined: as for the answer it belongs to. */
  readonly skipTTS: boolean | undefined;
  /** Whether the text contains its own spaces, so that parts are joined without any. */
  readonly includesInterFrameSpaces: boolean;
  /** Whether the text belongs in the context. */
  readonly appendToContext: boolean;

  constructor(text: string, options: TextOptions = {}) {
    super();
    this.text = text;
    this.skipTTS = options.skipTTS;
    this.includesInterFrameSpaces = options.includesInterFrameSpaces ?? false;
    this.appendToContext = options.appendToContext ?? true;
  }
}

/** A token of the model's answer. Tokens contain their own spaces. */
export class LLMTextFrame extends TextFrame {
  override readonly kind = "LLMTextFrame";

  constructor(text: string, options: TextOptions = {}) {
    super(text, { includesInterFrameSpaces: true, ...options });
  }
}

/** Options of an {@link AggregatedTextFrame}. */
export interface AggregatedTextOptions extends TextOptions {
  /** Kind of unit that the text is. Default "sentence". */
  readonly aggregatedBy?: "sentence" | "word" | "token" | (string & {});
  /** Id of the utterance that the text belongs to. */
  readonly contextId?: string | undefined;
  /** The text as the model wrote it, if markup was removed for speech. */
  readonly rawText?: string | undefined;
  /** Whether the text is going to be spoken. Default false. */
  readonly willBeSpoken?: boolean;
}

/** Tokens joined into a unit, such as a sentence. */
export class AggregatedTextFrame extends TextFrame {
  override readonly kind: "AggregatedTextFrame" | "TTSTextFrame" = "AggregatedTextFrame";
  /** Kind of unit that the text is: "sentence", "word", "token" or a custom one. */
  readonly aggregatedBy: string;
  /** Id of the utterance that the text belongs to. */
  readonly contextId: string | undefined;
  /** The text as the model wrote it, if markup was removed for speech. */
  readonly rawText: string | undefined;
  /** Whether the text is going to be spoken. */
  readonly willBeSpoken: boolean;

  constructor(text: string, options: AggregatedTextOptions = {}) {
    super(text, options);
    this.aggregatedBy = options.aggregatedBy ?? "sentence";
    this.contextId = options.contextId;
    this.rawText = options.rawText;
    this.willBeSpoken = options.willBeSpoken ?? false;
  }
}

/** Words that the bot speaks. The output transport releases them when they are heard. */
export class TTSTextFrame extends AggregatedTextFrame {
  override readonly kind = "TTSTextFrame";
  /**
   * Position of the words in the audio of their utterance, in milliseconds from its beginning. If set, the output
   * releases the words by how much has been played, however late or unevenly the audio arrived. Otherwise it releases
   * them by `ptsMs` alone.
   */
  audioOffsetMs: number | undefined = undefined;
  /**
   * Whether the position is an estimate, because the service does not report when it says which word. Default false.
   */
  estimated = false;
}

/** Fields of an {@link AggregatedTextProgressFrame}. */
export interface TextProgressFields {
  /** Id of the AggregatedTextFrame that is being spoken. */
  readonly segmentId: number;
  /** Id of the utterance that the text belongs to. */
  readonly contextId: string | undefined;
  /** The whole text of that frame. */
  readonly text: string;
  /** Kind of unit that the text is: "sentence", "word", "token" or a custom one. */
  readonly aggregatedBy: string;
  /** The part of the text that has been heard, including the current word. */
  readonly accumulatedText: string;
  /** The part of the text that has not been heard yet, with the space before it. */
  readonly remainingText: string;
}

/** Progress of speech through a text, sent with each word that is heard: for captions that follow the voice. */
export class AggregatedTextProgressFrame extends DataFrame implements TextProgressFields {
  readonly kind = "AggregatedTextProgressFrame";
  /** Id of the AggregatedTextFrame that is being spoken. */
  readonly segmentId: number;
  /** Id of the utterance that the text belongs to. */
  readonly contextId: string | undefined;
  /** The whole text of that frame. */
  readonly text: string;
  /** Kind of unit that the text is: "sentence", "word", "token" or a custom one. */
  readonly aggregatedBy: string;
  /** The part of the text that has been heard, including the current word. */
  readonly accumulatedText: string;
  /** The part of the text that has not been heard yet, with the space before it. */
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

/** Fields of transcription frames. */
export interface TranscriptionFields {
  /** The transcribed text. */
  readonly text: string;
  /** Session id of the participant who spoke. */
  readonly userId: string;
  /** When it was said, in milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
  /** Language as a BCP 47 tag, such as "en-US". */
  readonly language?: string | undefined;
  /** The provider's raw result. */
  readonly result?: unknown;
}

/** A final transcript of what a user said. Survives interruptions: its words are usually what interrupts the bot. */
export class TranscriptionFrame extends TextFrame {
  override readonly kind = "TranscriptionFrame";
  override readonly uninterruptible = true;
  /** Session id of the participant who spoke. */
  readonly userId: string;
  /** When it was said, in milliseconds since 1970. */
  readonly timestampMs: number | undefined;
  /** Language as a BCP 47 tag, such as "en-US". */
  readonly language: string | undefined;
  /** The provider's raw result. */
  readonly result: unknown;
  /** Whether the service sends nothing more for this stretch of speech. Default false. */
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

/** A preliminary transcript of what a user is saying; the next transcript replaces it. */
export class InterimTranscriptionFrame extends TextFrame {
  override readonly kind: "InterimTranscriptionFrame" | "EagerTranscriptionFrame" = "InterimTranscriptionFrame";
  /** Session id of the participant who spoke. */
  readonly userId: string;
  /** When it was said, in milliseconds since 1970. */
  readonly timestampMs: number | undefined;
  /** Language as a BCP 47 tag, such as "en-US". */
  readonly language: string | undefined;
  /** The provider's raw result. */
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
 * What the user has said in a turn that the speech-to-text service expects to end soon: the model may start to answer
 * (see EagerStopStrategy). A final transcript or an EagerEndOfTurnCancelFrame follows.
 */
export class EagerTranscriptionFrame extends InterimTranscriptionFrame {
  override readonly kind = "EagerTranscriptionFrame";
}

/** What a user said, translated to another language. */
export class TranslationFrame extends TextFrame {
  override readonly kind = "TranslationFrame";
  /** Session id of the participant who spoke. */
  readonly userId: string;
  /** When it was said, in milliseconds since 1970. */
  readonly timestampMs: number | undefined;
  /** Language of the translation as a BCP 47 tag, such as "en-US". */
  readonly language: string | undefined;

  constructor(fields: TranscriptionFields) {
    super(fields.text);
    this.userId = fields.userId;
    this.timestampMs = fields.timestampMs;
    this.language = fields.language;
  }
}

/** Text that a user typed. */
export class InputTextRawFrame extends SystemFrame {
  readonly kind = "InputTextRawFrame";
  /** The typed text. */
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** Options of a {@link TTSSpeakFrame}. */
export interface TTSSpeakOptions {
  /** Whether the text becomes an assistant turn in the context. Default true. */
  readonly appendToContext?: boolean;
  /**
   * Whether an interruption cuts the text. False for text that must be said to its end, such as a legal notice: an
   * interruption then drops everything else the bot was going to say, and the user's words are answered afterwards.
   * Default true.
   */
  readonly interruptible?: boolean;
}

/** Asks the TTS service to say a text that is not part of a model's answer. */
export class TTSSpeakFrame extends DataFrame {
  readonly kind = "TTSSpeakFrame";
  override readonly uninterruptible: boolean;
  /** The text to say. */
  readonly text: string;
  /** Whether the text becomes an assistant turn in the context. Default true. */
  readonly appendToContext: boolean;

  constructor(text: string, options: TTSSpeakOptions = {}) {
    super();
    this.text = text;
    this.appendToContext = options.appendToContext ?? true;
    this.uninterruptible = options.interruptible === false;
  }
}

/** Options of a {@link TTSStartedFrame}. */
export interface TTSStartedOptions {
  /** Whether the utterance opens an assistant turn if none is open. Default false. */
  readonly appendToContext?: boolean;
  /**
   * Whether an interruption cuts the utterance. False: it is said to its end, and all its frames survive. Default true.
   */
  readonly interruptible?: boolean;
}

/** An utterance begins: its audio follows. */
export class TTSStartedFrame extends ControlFrame {
  readonly kind = "TTSStartedFrame";
  override readonly uninterruptible: boolean;
  /** Whether an interruption cuts the utterance. */
  readonly interruptible: boolean;
  /** Id of the utterance. */
  readonly contextId: string | undefined;
  /** Whether the utterance opens an assistant turn if none is open. Default false. */
  readonly appendToContext: boolean;

  constructor(contextId?: string, options: TTSStartedOptions = {}) {
    super();
    this.contextId = contextId;
    this.appendToContext = options.appendToContext ?? false;
    this.interruptible = options.interruptible ?? true;
    this.uninterruptible = !this.interruptible;
  }
}

/** An utterance is complete: no more audio or text follows for it. */
export class TTSStoppedFrame extends ControlFrame {
  readonly kind = "TTSStoppedFrame";
  /** Id of the utterance. */
  readonly contextId: string | undefined;

  constructor(contextId?: string) {
    super();
    this.contextId = contextId;
  }
}
