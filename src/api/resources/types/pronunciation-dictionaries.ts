/** How one text is said. */
export interface PronunciationRule {
  /** The text, as it is written. */
  readonly text: string;
  /** How it is said. */
  readonly pronunciation?: string | undefined;
  /** How `pronunciation` is written: "alias" or "ipa". */
  readonly type?: string | undefined;
  /** Whether case matters. */
  readonly caseSensitive?: boolean | undefined;
  /** Whether only whole words count. */
  readonly wordBoundaries?: boolean | undefined;
}

/** A dictionary of how words are pronounced. */
export interface TavusPronunciationDictionary {
  /** The id that other calls take. */
  readonly pronunciationDictionaryId: string;
  /** The name in the account. */
  readonly name?: string | undefined;
  /** The rules. Lists of dictionaries omit them. */
  readonly rules?: readonly PronunciationRule[] | undefined;
  /** The number of rules. */
  readonly rulesCount?: number | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The options of `pronunciationDictionaries.create`. */
export interface CreatePronunciationDictionaryOptions {
  /** The name in the account, up to 255 characters. */
  readonly name: string;
  /** The rules. No text may occur twice. */
  readonly rules?:
    | readonly {
        /** The text to replace, up to 200 characters. */
        readonly text: string;
        /** How to pronounce it, up to 500 characters. */
        readonly pronunciation: string;
        /** "alias": other words. "ipa": the International Phonetic Alphabet. */
        readonly type: "alias" | "ipa";
        /** Whether upper and lower case matter. Default false. */
        readonly caseSensitive?: boolean | undefined;
        /** Whether only whole words match. Default true. */
        readonly wordBoundaries?: boolean | undefined;
      }[]
    | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
