import type { DailyCall } from "@daily-co/daily-js";

// The room's page in an iframe that daily-js made with `createFrame` or `wrap`. The daily-js outside talks to the page as
// to a call machine, by messages; the page has a daily-js and a call machine of its own and passes messages on between
// them. What changes the state of a call goes through our own daily-js, so that the page shows the same as the one outside.

const WHAT = "iframe-call-message";

interface FrameMessage {
  readonly what?: string;
  readonly from?: string;
  readonly action?: string;
  readonly callClientId?: string;
  readonly callbackStamp?: number | string | undefined;
  readonly [field: string]: unknown;
}

/** How daily-js identifies itself to the page in an iframe: in the query of its URL. */
interface Embedder {
  readonly callClientId: string;
  readonly origin: string;
}

/** The options of `join-meeting` that our own call uses; the rest styles Daily's own page. */
const JOIN_OPTIONS = ["token", "userName", "userData", "startAudioOff", "startVideoOff"] as const;

/** The page that embeds this one; undefined when none does. */
export function embedder(): Embedder | undefined {
  const query = new URLSearchParams(location.search);
  const callClientId = query.get("emb");
  const href = query.get("embHref") ?? "";
  if (callClientId === null || window.parent === window || !URL.canParse(href)) return undefined;
  return { callClientId, origin: new URL(href).origin };
}

/** Joins and leaves as the outer daily-js requests, and forwards all events of the call to it. */
export class EmbeddedRoom {
  readonly #embedder: Embedder;
  readonly #call: DailyCall;
  readonly #join: (options: object) => void;

  constructor(outside: Embedder, createCall: () => DailyCall, join: (options: object) => void) {
    this.#embedder = outside;
    this.#join = join;
    const receive = ({ data: message, source, origin }: MessageEvent<FrameMessage | null>): void => {
      if (message?.what !== WHAT) return;
      if (source === window.parent && origin === outside.origin) this.#fromOutside(message);
      else if (source === window) this.#fromMachine(message);
    };
    // Listens before our own daily-js does: that puts MediaStreamTracks into the message, and they cannot be passed on.
    window.addEventListener("message", receive);
    this.#call = createCall();
    this.#tellOutside({ action: "loaded" });
  }

  /** The call of the page. */
  get call(): DailyCall {
    return this.#call;
  }

  #fromOutside(message: FrameMessage): void {
    if (message.from !== "module" || message.callClientId !== this.#embedder.callClientId) return;
    switch (message.action) {
      case "join-meeting": {
        const given = (message.properties ?? {}) as Readonly<Record<string, unknown>>;
        const options = JOIN_OPTIONS.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]);
        this.#join(Object.fromEntries(options) as object);
        break;
      }
      case "leave-meeting":
        // Before a join our daily-js leaves without an event, and the outer one would wait for it.
        if (this.#call.meetingState().startsWith("join")) void this.#call.leave();
        else this.#tellOutside({ action: "left-meeting" });
        break;
      // Requested only from an iframe: elsewhere daily-js knows them itself.
      case "enumerate-devices":
        void this.#call.enumerateDevices().then(({ devices }) => {
          this.#tellOutside({ action: "enumerate-devices", callbackStamp: message.callbackStamp, devices });
        });
        break;
      default:
        window.postMessage({ ...message, callClientId: this.#call.callClientId }, location.origin);
    }
  }

  #fromMachine(message: FrameMessage): void {
    if (message.from === "module" || message.callClientId !== this.#call.callClientId) return;
    // A reload of our own machine does not concern the outer page, which loads this one.
    if (message.action !== "loaded") this.#tellOutside(message);
  }

  #tellOutside(message: FrameMessage): void {
    const { callClientId, origin } = this.#embedder;
    window.parent.postMessage({ ...message, what: WHAT, from: "embedded", callClientId }, origin);
  }
}
