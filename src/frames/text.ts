import { ControlFrame, DataFrame } from "./frame.ts";

type TextKind = "TextFrame" | "LLMTextFrame" | "TTSTextFrame" | "TranscriptionFrame" | "InterimTranscriptionFrame";

/** Text on its way to be spoken or remembered. */
export class TextFrame extends DataFrame {
  readonly kind: TextKind = "TextFrame";
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** A token of the model's answer; tokens bring their own spaces. */
export class LLMTextFrame extends TextFrame {
  override readonly kind = "LLMTextFrame";
}

/** Words that have been spoken; released when they are heard. */
export class TTSTextFrame extends TextFrame {
  override readonly kind = "TTSTextFrame";
}

export interface TranscriptionFields {
  readonly text: string;
  readonly userId: string;
  /** When it was said, milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
  /** BCP 47 tag, such as "en-US". */
  readonly language?: string | undefined;
}

/** What a user said, settled. */
export class TranscriptionFrame extends TextFrame {
  override readonly kind = "TranscriptionFrame";
  readonly userId: string;
  readonly timestampMs: number | undefined;
  readonly language: string | undefined;
  /** The service will send nothing more for this stretch of speech. Default false. */
  readonly finalized: boolean;

  constructor(fields: TranscriptionFields & { readonly finalized?: boolean }) {
    super(fields.text);
    this.userId = fields.userId;
    this.timestampMs = fields.timestampMs;
    this.language = fields.language;
    this.finalized = fields.finalized ?? false;
  }
}

/** What a user seems to be saying; a later one replaces it. */
export class InterimTranscriptionFrame extends TextFrame {
  override readonly kind = "InterimTranscriptionFrame";
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

/** Asks the TTS service to say this, outside any model's answer. */
export class TTSSpeakFrame extends DataFrame {
  readonly kind = "TTSSpeakFrame";
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** An utterance begins. */
export class TTSStartedFrame extends ControlFrame {
  readonly kind = "TTSStartedFrame";
  readonly contextId: string | undefined;

  constructor(contextId?: string) {
    super();
    this.contextId = contextId;
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

export class LLMFullResponseStartFrame extends ControlFrame {
  readonly kind = "LLMFullResponseStartFrame";
}

export class LLMFullResponseEndFrame extends ControlFrame {
  readonly kind = "LLMFullResponseEndFrame";
}
