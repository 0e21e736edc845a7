import type { BotOutputData, MetricsLists, ServerMessage, ServerMessages } from "./messages.ts";

/** What marks a text that was cut. */
const CUT = "…";

type Fits = (message: ServerMessage) => boolean;
/** Makes a message smaller. An empty list: it is left out. Undefined: it cannot be made to fit. */
type Shortener = (message: ServerMessage, fits: Fits) => readonly ServerMessage[] | undefined;

/** The size of a message in bytes of its JSON; a room that counts characters counts fewer. */
export function measureBytes(message: unknown): number {
  return Buffer.byteLength(JSON.stringify(message));
}

/**
 * Makes a message fit into `maxBytes`, by the rule for its type (docs/rtvi.md). Returns what to send in its place: the
 * message itself where it fits, several, or none where the rule leaves it out. Undefined when no rule makes it fit.
 */
export function fitMessage(message: ServerMessage, maxBytes: number): readonly ServerMessage[] | undefined {
  const fits: Fits = (candidate) => measureBytes(candidate) <= maxBytes;
  return fits(message) ? [message] : SHORTENERS[message.type]?.(message, fits);
}

/** Cuts a text to the longest beginning for which `fits` holds, with a mark at its end. Undefined when not even the mark fits. */
export function cutText(text: string, fits: (cut: string) => boolean): string | undefined {
  if (!fits(CUT)) return undefined;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cutAt(text, middle))) low = middle;
    else high = middle - 1;
  }
  return cutAt(text, low);
}

function cutAt(text: string, length: number): string {
  // Not between the two halves of a character.
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length) + CUT;
}

/** Cuts the text in one field of the data. */
function cutField(field: string): Shortener {
  return (message, fits) => {
    const data = message.data as Readonly<Record<string, unknown>>;
    const text = String(data[field]);
    const withText = (cut: string): ServerMessage => withData(message, { ...data, [field]: cut });
    const cut = cutText(text, (candidate) => fits(withText(candidate)));
    return cut === undefined ? undefined : [withText(cut)];
  };
}

const cutDataText = cutField("text");
const cutError = cutField("error");

/** First what is left to say, then all of the progress, then the end of the text. */
const shortenOutput: Shortener = (message, fits) => {
  const data = message.data as BotOutputData;
  if (data.spoken_progress === undefined) return cutDataText(message, fits);
  const { spoken_progress, ...rest } = data;
  const { accumulated_text } = spoken_progress;
  const withoutRemaining = withData(message, { ...rest, spoken_progress: { accumulated_text } });
  if (fits(withoutRemaining)) return [withoutRemaining];
  // Progress without the progress says nothing.
  if (data.spoken_status === "in-progress") return [];
  const withoutProgress = withData(message, rest);
  return fits(withoutProgress) ? [withoutProgress] : cutDataText(withoutProgress, fits);
};

/** As many messages as are needed. A single measurement that does not fit is left out. */
const splitMetrics: Shortener = (message, fits) => {
  const messages: ServerMessage[] = [];
  let lists: MetricsLists = {};
  for (const [kind, entries] of Object.entries(message.data as MetricsLists)) {
    for (const entry of entries) {
      const more = { ...lists, [kind]: [...(lists[kind] ?? []), entry] };
      if (fits(withData(message, more))) {
        lists = more;
        continue;
      }
      if (Object.keys(lists).length > 0) messages.push(withData(message, lists));
      const alone = { [kind]: [entry] };
      lists = fits(withData(message, alone)) ? alone : {};
    }
  }
  if (Object.keys(lists).length > 0) messages.push(withData(message, lists));
  return messages;
};

/** The result as JSON, cut: no longer JSON, but people see what it begins with. */
const cutResult: Shortener = (message, fits) => {
  const data = message.data as ServerMessages["llm-function-call-stopped"];
  const withResult = (result: string): ServerMessage => withData(message, { ...data, result });
  const { result } = data;
  const text = typeof result === "string" ? result : ((JSON.stringify(result) as string | undefined) ?? "");
  const cut = cutText(text, (candidate) => fits(withResult(candidate)));
  return cut === undefined ? undefined : [withResult(cut)];
};

/** Half of the arguments would be worse than none. */
const dropArguments: Shortener = (message, fits) => {
  const { arguments: _dropped, ...rest } = message.data as ServerMessages["llm-function-call-in-progress"];
  const without = withData(message, rest);
  return fits(without) ? [without] : undefined;
};

const dropAbout: Shortener = (message, fits) => {
  const without = withData(message, { ...(message.data as ServerMessages["bot-ready"]), about: {} });
  return fits(without) ? [without] : undefined;
};

/** The types that are not here carry what the application gave: it gets an error, and decides. */
const SHORTENERS: Readonly<Partial<Record<ServerMessage["type"], Shortener>>> = {
  "bot-ready": dropAbout,
  error: cutError,
  "error-response": cutError,
  "user-input": cutDataText,
  "user-transcription": cutDataText,
  "user-llm-text": cutDataText,
  "bot-output": shortenOutput,
  "bot-llm-text": cutDataText,
  "bot-tts-text": cutDataText,
  "bot-transcription": cutDataText,
  "stt-raw-text": cutDataText,
  "llm-raw-text": cutDataText,
  "tts-raw-text": cutDataText,
  "llm-function-call-in-progress": dropArguments,
  "llm-function-call-stopped": cutResult,
  metrics: splitMetrics,
};

function withData(message: ServerMessage, data: unknown): ServerMessage {
  // The caller keeps the shape of the data of that type.
  return { ...message, data };
}
