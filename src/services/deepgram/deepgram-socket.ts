import type { InputAudioRawFrame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import { createVendorError, openVendorSocket, type VendorSocket } from "../vendor/index.ts";

/** The close code of a connection whose audio or messages Deepgram cannot read: the next one would end the same way. */
const POLICY_VIOLATION = 1008;

/** A message of Deepgram; which fields it has depends on its type. */
export type DeepgramMessage = Readonly<Record<string, unknown>>;

/** Values of a query; undefined ones are left out, and lists become repeated parameters. */
export type DeepgramQuery = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | undefined>
>;

/** Options of {@link openDeepgramSocket}. */
export interface DeepgramSocketOptions {
  readonly url: string;
  readonly path: string;
  readonly query: DeepgramQuery;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onMessage: (message: DeepgramMessage) => void;
  /** Called with a message that cannot be read. */
  readonly onUnreadable: (error: Error) => void;
  readonly onLost: (error: Error, closeCode: number | undefined) => void;
}

/** Opens a WebSocket to Deepgram that carries JSON. */
export function openDeepgramSocket(options: DeepgramSocketOptions): Promise<VendorSocket> {
  const { url, path, query, apiKey, clock, signal, onMessage, onUnreadable, onLost } = options;
  const secrets = [apiKey];
  return openVendorSocket({
    service: "Deepgram",
    url: `${url}${path}?${toQuery(query)}`,
    headers: { authorization: `Token ${apiKey}` },
    ...{ secrets, clock, signal },
    onText: (text) => {
      const message = parse(text);
      const what = "sent a message that is not JSON";
      if (message) onMessage(message);
      else onUnreadable(createVendorError({ service: "Deepgram", what, reason: text, secrets }));
    },
    onLost: (error, closeCode) => onLost(closeCode === POLICY_VIOLATION ? toPermanent(error) : error, closeCode),
  });
}

/** The error that a message of type "Error" reports. */
export function toDeepgramError(message: DeepgramMessage, apiKey: string): Error {
  const { code, variant, description, message: text } = message;
  const reason = [code ?? variant, description ?? text].filter((part) => typeof part === "string").join(": ");
  return createVendorError({ service: "Deepgram", what: "reported an error", reason, secrets: [apiKey] });
}

/** The text of a query, such as `model=nova-3&keyterm=pear&keyterm=plum`. Each value is encoded once. */
export function toQuery(query: DeepgramQuery): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly (string | number)[]) : [value])
      if (one !== undefined) parameters.append(name, String(one));
  }
  return parameters.toString();
}

/** The frame's audio as bytes: mono, because one channel is what one person says. Not copied when it is mono already. */
export function toMonoBytes({ audio, numChannels }: InputAudioRawFrame): Uint8Array {
  const mono = numChannels === 1 ? audio : mixDown(audio, numChannels);
  return new Uint8Array(mono.buffer, mono.byteOffset, mono.byteLength);
}

function mixDown(audio: Int16Array, numChannels: number): Int16Array {
  const mono = new Int16Array(audio.length / numChannels);
  for (let at = 0; at < mono.length; at++) {
    let sum = 0;
    for (let channel = 0; channel < numChannels; channel++) sum += audio[at * numChannels + channel] ?? 0;
    mono[at] = sum / numChannels;
  }
  return mono;
}

function toPermanent(cause: Error): Error {
  const what = "rejected what it was sent";
  return createVendorError({ service: "Deepgram", what, category: "invalidRequest", reason: cause.message, cause });
}

function parse(text: string): DeepgramMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null ? (message as DeepgramMessage) : undefined;
  } catch {
    return undefined;
  }
}
