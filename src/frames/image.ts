import { DataFrame, SystemFrame } from "./frame.ts";

/** How the bytes of an image are laid out; "JPEG" and "PNG" are compressed files. */
export type ImageFormat = "RGB" | "RGBA" | "I420" | "JPEG" | "PNG";

export interface ImageFields {
  /** Frames share it: do not write into it. */
  readonly image: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Default "RGB". */
  readonly format?: ImageFormat;
}

/** A picture that was captured. A system frame, as captured audio is. */
export class InputImageRawFrame extends SystemFrame {
  readonly kind: "InputImageRawFrame" | "UserImageRawFrame" = "InputImageRawFrame";
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;

  constructor(fields: ImageFields) {
    super();
    this.image = fields.image;
    this.width = fields.width;
    this.height = fields.height;
    this.format = fields.format ?? "RGB";
  }
}

/** A picture of one participant. */
export class UserImageRawFrame extends InputImageRawFrame {
  override readonly kind = "UserImageRawFrame";
  readonly userId: string;
  /** What it was asked for with. */
  readonly text: string | undefined;
  readonly appendToContext: boolean | undefined;
  /** The request it answers, if there was one. */
  readonly request: UserImageRequestFrame | undefined;

  constructor(
    fields: ImageFields & {
      readonly userId: string;
      readonly text?: string | undefined;
      readonly appendToContext?: boolean | undefined;
      readonly request?: UserImageRequestFrame | undefined;
    },
  ) {
    super(fields);
    this.userId = fields.userId;
    this.text = fields.text;
    this.appendToContext = fields.appendToContext;
    this.request = fields.request;
  }
}

/** Goes upstream to ask the input transport for one picture of a participant. */
export class UserImageRequestFrame extends SystemFrame {
  readonly kind = "UserImageRequestFrame";
  readonly userId: string;
  readonly text: string | undefined;
  readonly appendToContext: boolean | undefined;
  /** Default "camera". */
  readonly videoSource: string;
  readonly toolCallId: string | undefined;

  constructor(fields: {
    readonly userId: string;
    readonly text?: string | undefined;
    readonly appendToContext?: boolean | undefined;
    readonly videoSource?: string | undefined;
    readonly toolCallId?: string | undefined;
  }) {
    super();
    this.userId = fields.userId;
    this.text = fields.text;
    this.appendToContext = fields.appendToContext;
    this.videoSource = fields.videoSource ?? "camera";
    this.toolCallId = fields.toolCallId;
  }
}

type OutputImageKind = "OutputImageRawFrame" | "URLImageRawFrame" | "AssistantImageRawFrame";

/** A picture to show. */
export class OutputImageRawFrame extends DataFrame {
  readonly kind: OutputImageKind = "OutputImageRawFrame";
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  /** Whether it waits for the audio queued before it. Default false. */
  readonly syncWithAudio: boolean;

  constructor(fields: ImageFields & { readonly syncWithAudio?: boolean }) {
    super();
    this.image = fields.image;
    this.width = fields.width;
    this.height = fields.height;
    this.format = fields.format ?? "RGB";
    this.syncWithAudio = fields.syncWithAudio ?? false;
  }
}

/** A picture that came from a URL. */
export class URLImageRawFrame extends OutputImageRawFrame {
  override readonly kind = "URLImageRawFrame";
  readonly url: string | undefined;

  constructor(fields: ImageFields & { readonly url?: string; readonly syncWithAudio?: boolean }) {
    super(fields);
    this.url = fields.url;
  }
}

/** A picture the model made; shown, and remembered in the context. */
export class AssistantImageRawFrame extends OutputImageRawFrame {
  override readonly kind = "AssistantImageRawFrame";
  /** The file as the model sent it, for the context. */
  readonly originalData: Uint8Array | undefined;
  readonly originalMimeType: string | undefined;

  constructor(
    fields: ImageFields & {
      readonly originalData?: Uint8Array;
      readonly originalMimeType?: string;
      readonly syncWithAudio?: boolean;
    },
  ) {
    super(fields);
    this.originalData = fields.originalData;
    this.originalMimeType = fields.originalMimeType;
  }
}

/** Pictures to show one after the other, over and over. */
export class SpriteFrame extends DataFrame {
  readonly kind = "SpriteFrame";
  readonly images: readonly OutputImageRawFrame[];

  constructor(images: readonly OutputImageRawFrame[]) {
    super();
    this.images = images;
  }
}
