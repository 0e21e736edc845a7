/** An ability that Tavus offers, such as "internet_search", "presentation", "magic_canvas" or "memory". */
export interface TavusSkill {
  /** The id that other calls take, such as "internet_search". */
  readonly skillId: string;
  /** The name for people. */
  readonly name?: string | undefined;
  /** What a pal can do with it. */
  readonly description?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A skill of a PAL, with its configuration. */
export interface PalSkill {
  /** The id of the skill. */
  readonly skillId: string;
  /** The configuration, with the names on the wire. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** When the PAL got the skill, as Tavus sends it. */
  readonly attachedAt?: string | undefined;
  /** When the configuration last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}
