import { DataFrame, SystemFrame } from "./frame.ts";

/** Layout of the bytes of an image. "JPEG" and "PNG" are compressed files, the others raw pixels. */
export type ImageFormat = "RGB" | "RGBA" | "I420" | "JPEG" | "PNG";

/** Fields that every image frame is constructed from. */
export interface ImageFields {
  /** Bytes of the image. Frames share them: do not write into them. */
  readonly image: Uint8Array;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Layout of the bytes. Default "RGB". */
  readonly format?: ImageFormat;
}

/** An image captured by an input transport. It is a system frame, like captured audio. */
export class InputImageRawFrame extends SystemFrame {
  readonly kind: "InputImageRawFrame" | "UserImageRawFrame" = "InputImageRawFrame";
  /** Bytes of the image. Frames share them: do not write into them. */
  readonly image: Uint8Array;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Layout of the bytes. */
  readonly format: ImageFormat;

  constructor(fields: ImageFields) {
    super();
    this.image = fields.image;
    this.width = fields.width;
    this.height = fields.height;
    this.format = fields.format ?? "RGB";
  }
}

/** An image captured from one participant. */
export class UserImageRawFrame extends InputImageRawFrame {
  override readonly kind = "UserImageRawFrame";
  /** Session id of the participant. */
  readonly userId: string;
  /** Text of the request that asked for the image. */
  readonly text: string | undefined;
  /** Whether the image belongs in the LLM context. */
  readonly appendToContext: boolean | undefined;
  /** The request that this image answers, if any. */
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

/** Asks the input transport for one image of a participant. Push it upstream. */
export class UserImageRequestFrame extends SystemFrame {
  readonly kind = "UserImageRequestFrame";
  /** Session id of the participant. */
  readonly userId: string;
  /** Text to send to the model with the image. */
  readonly text: string | undefined;
  /** Whether the image belongs in the LLM context. */
  readonly appendToContext: boolean | undefined;
  /** Track to capture from. Default "camera". */
  readonly videoSource: string;
  /** Id of the function call that needs the image. */
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

/** The kinds of frames that show an image. */
export type OutputImageFrameKind = "OutputImageRawFrame" | "URLImageRawFrame" | "AssistantImageRawFrame";

/** An image to show. */
export class OutputImageRawFrame extends DataFrame {
  readonly kind: OutputImageFrameKind = "OutputImageRawFrame";
  /** Bytes of the image. Frames share them: do not write into them. */
  readonly image: Uint8Array;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Layout of the bytes. */
  readonly format: ImageFormat;
  /** Whether the image waits for the audio queued before it. Default false. */
  readonly syncWithAudio: boolean;
  /**
   * When the image was captured, in milliseconds on the pipeline's clock, if it belongs to a live stream: it is shown when
   * the audio captured with it is heard (see `SpeechOutputAudioRawFrame`). Undefined: not live.
   */
  readonly capturedAtMs: number | undefined;

  constructor(fields: ImageFields & { readonly syncWithAudio?: boolean; readonly capturedAtMs?: number | undefined }) {
    super();
    this.image = fields.image;
    this.width = fields.width;
    this.height = fields.height;
    this.format = fields.format ?? "RGB";
    this.syncWithAudio = fields.syncWithAudio ?? false;
    this.capturedAtMs = fields.capturedAtMs;
  }
}

/** An image that was loaded from a URL. */
export class URLImageRawFrame extends OutputImageRawFrame {
  override readonly kind = "URLImageRawFrame";
  /** URL of the image. */
  readonly url: string | undefined;

  constructor(fields: ImageFields & { readonly url?: string; readonly syncWithAudio?: boolean }) {
    super(fields);
    this.url = fields.url;
  }
}

/** An image that the model generated. It is shown and kept in the context. */
export class AssistantImageRawFrame extends OutputImageRawFrame {
  override readonly kind = "AssistantImageRawFrame";
  /** The image file as the model sent it, for the context. */
  readonly originalData: Uint8Array | undefined;
  /** MIME type of `originalData`, such as "image/png". */
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

/** Images to show one after the other, in a loop. */
export class SpriteFrame extends DataFrame {
  readonly kind = "SpriteFrame";
  /** The images, in the order in which they are shown. */
  readonly images: readonly OutputImageRawFrame[];

  constructor(images: readonly OutputImageRawFrame[]) {
    super();
    this.images = images;
  }
}
