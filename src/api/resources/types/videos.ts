/** A video of a face that speaks a script or a recording. */
export interface TavusVideo {
  /** The id that other calls take. */
  readonly videoId: string;
  /** The name in the account. */
  readonly videoName?: string | undefined;
  /** The face that speaks. */
  readonly faceId?: string | undefined;
  /** "queued", "generating", "ready", "deleted" or "error", as far as documented. */
  readonly status?: string | undefined;
  /** More about the status, in Tavus' words. */
  readonly statusDetails?: string | undefined;
  /** With status "error": what went wrong, in Tavus' words. */
  readonly errorDetails?: string | undefined;
  /** A page that plays it. */
  readonly hostedUrl?: string | undefined;
  /** Its file. Set once it is ready. */
  readonly downloadUrl?: string | undefined;
  /** Its stream. Set once it is ready. */
  readonly streamUrl?: string | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The options of `videos.create`. */
export interface CreateVideoOptions {
  /** The face that speaks. */
  readonly faceId: string;
  /** The text that it speaks. Give either this or `audioUrl`. */
  readonly script?: string | undefined;
  /** A recording that it speaks. */
  readonly audioUrl?: string | undefined;
  /** The name in the account. */
  readonly videoName?: string | undefined;
  /** The URL that receives the finished video. */
  readonly callbackUrl?: string | undefined;
  /** The URL of the background (`background_url`). */
  readonly backgroundUrl?: string | undefined;
  /** The URL of the background's source (`background_source_url`). */
  readonly backgroundSourceUrl?: string | undefined;
  /** Uses Tavus' faster rendering. */
  readonly fast?: boolean | undefined;
  /** Makes the background transparent. Requires `fast`. */
  readonly transparentBackground?: boolean | undefined;
  /** An image to show as a watermark. */
  readonly watermarkImageUrl?: string | undefined;
  /** More properties, such as `background_scroll`, with the names on the wire. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
