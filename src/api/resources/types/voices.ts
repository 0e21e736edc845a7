/** A stock voice, for faces that are trained from an image. */
export interface TavusVoice {
  /** The name that `createFace` takes. */
  readonly voiceName: string;
  /** The id, if Tavus sends one. */
  readonly voiceId?: string | undefined;
  /** The face that belongs to the voice. */
  readonly faceId?: string | undefined;
  /** A sample of the voice. */
  readonly audioUrl?: string | undefined;
  /** The tags. Documented as objects with one `tag_name` each; plain texts are read too. */
  readonly tags?: readonly string[] | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}
