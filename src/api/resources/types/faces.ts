/** A face (formerly replica): how a pal looks and sounds. */
export interface Face {
  /** The id that other calls take. */
  readonly faceId: string;
  /** The name in the account. */
  readonly faceName?: string | undefined;
  /** "started", "completed" or "error", as far as documented. */
  readonly status?: string | undefined;
  /** The progress of the training, such as "100/100". */
  readonly trainingProgress?: string | undefined;
  /** A short video of the face. */
  readonly thumbnailVideoUrl?: string | undefined;
  /** "user" or "system" (Tavus' stock). Lists have it only with `verbose`. */
  readonly faceType?: string | undefined;
  /** The model that renders it, such as "phoenix-4". */
  readonly modelName?: string | undefined;
  /** The id of its voice. */
  readonly defaultVoiceId?: string | undefined;
  /** Phoenix-4.5: the status of the tuning that continues after the face can be used. */
  readonly finetuneStatus?: string | undefined;
  /** With status "error": what went wrong, in Tavus' words. */
  readonly errorMessage?: string | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The options of `createFace`. */
export interface CreateFaceOptions {
  /** The video to train from. Give either this or `trainImageUrl`. */
  readonly trainVideoUrl?: string | undefined;
  /** The image to train from. Requires `voiceName`. */
  readonly trainImageUrl?: string | undefined;
  /** The stock voice of a face that is trained from an image; see `voices.list`. */
  readonly voiceName?: string | undefined;
  /** A video in which the person consents. */
  readonly consentVideoUrl?: string | undefined;
  /** The name in the account. */
  readonly faceName?: string | undefined;
  /** The model to train, such as "phoenix-4" (Tavus' default). */
  readonly modelName?: string | undefined;
  /** The URL that receives the result of the training. */
  readonly callbackUrl?: string | undefined;
  /** Whether Tavus may correct the image. */
  readonly autoFixTrainingImage?: boolean | undefined;
  /** More properties, such as `background_green_screen`, with the names on the wire. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
