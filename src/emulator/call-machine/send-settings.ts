import type { BitrateLimit } from "../room/outgoing-link.ts";

type Settings = Readonly<Record<string, unknown>>;

/** The media tags of the room → daily-js' keys of send settings. Custom tracks have their own name. */
const KEY_BY_TAG: Readonly<Record<string, string>> = { "cam-video": "video", "screen-video": "screenVideo" };

interface VideoSettings {
  readonly maxQuality?: string;
  readonly encodings?: Readonly<Record<string, { readonly maxBitrate?: unknown } | undefined>>;
}

/**
 * daily-js' send settings. A local room sends one layer of each track: the best one that the settings allow. What the presets
 * mean is not public; they limit nothing here.
 */
export class SendSettings {
  #settings: Settings = {};

  get current(): Settings {
    return this.#settings;
  }

  update(changes: unknown): void {
    if (typeof changes === "object" && changes !== null) this.#settings = { ...this.#settings, ...changes };
  }

  clear(): void {
    this.#settings = {};
  }

  /** The limits of the present settings, which later changes leave alone. */
  limit(): BitrateLimit {
    const settings = this.#settings;
    return (tag) => maxBitrate(settings, tag);
  }
}

function maxBitrate(settings: Settings, tag: string): number | undefined {
  const key = KEY_BY_TAG[tag];
  const found = settings[key ?? tag] ?? (key === undefined ? settings.customVideoDefaults : undefined);
  if (typeof found !== "object" || found === null) return undefined;
  const { encodings = {}, maxQuality = "high" } = found as VideoSettings;
  const { low, medium = low, high = medium } = encodings;
  const best = { low, medium, high }[maxQuality]?.maxBitrate;
  return typeof best === "number" && best > 0 ? best : undefined;
}
