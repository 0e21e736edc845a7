import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { DailyCallFactory } from "@daily-co/daily-js";

import { isLoopbackHost } from "../../../../util/loopback.ts";
import { DAILY_DOMAINS } from "../../daily-domains.ts";
import { withWantedPacketTime } from "../../packet-time.ts";
import type { Wrtc } from "../../../../util/wrtc.ts";

type MessageListener = (event: { readonly data: unknown }) => void;

/** Whether daily-js may fetch from that host in Node. Its error tracker is not allowed. */
function mayFetch(url: URL): boolean {
  const { hostname } = url;
  return isLoopbackHost(hostname) || DAILY_DOMAINS.some((domain) => hostname.endsWith(`.${domain}`));
}

function guardedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input);
  if (mayFetch(url)) return fetch(input, init);
  return Promise.reject(new TypeError(`daily-js may not reach ${url.hostname} from here.`));
}

/**
 * The browser globals that daily-js needs, for daily-js alone: it gets them as parameters that shadow the real globals. If
 * they were set on the process, other libraries would take it for a browser (the OpenAI SDK refuses to start).
 */
function browserGlobals(wrtc: Wrtc): Record<string, unknown> {
  const listeners = new Set<MessageListener>();
  const nothing = (): void => undefined;
  const notFound = (): Promise<never> =>
    Promise.reject(Object.assign(new Error("There are no devices in Node."), { name: "NotFoundError" }));
  const window: Record<string, unknown> = {
    RTCPeerConnection: withWantedPacketTime(wrtc.RTCPeerConnection),
    RTCSessionDescription: wrtc.RTCSessionDescription,
    RTCIceCandidate: wrtc.RTCIceCandidate,
    MediaStream: wrtc.MediaStream,
    MediaStreamTrack: wrtc.MediaStreamTrack,
    WebSocket,
    fetch: guardedFetch,
    crypto,
    console: { ...console, log: nothing, info: nothing, debug: nothing },
    location: {
      protocol: "http:",
      host: "localhost",
      hostname: "localhost",
      origin: "http://localhost",
      href: "http://localhost/",
    },
    navigator: {
      userAgent: "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
      mediaDevices: {
        getUserMedia: notFound,
        enumerateDevices: () => Promise.resolve([]),
        addEventListener: nothing,
        removeEventListener: nothing,
        ondevicechange: null,
      },
    },
    document: {
      createElement: () => ({ getContext: () => null, remove: nothing }),
      addEventListener: nothing,
      removeEventListener: nothing,
    },
    addEventListener: (type: string, listener: MessageListener) => {
      if (type === "message") listeners.add(listener);
    },
    removeEventListener: (_type: string, listener: MessageListener) => {
      listeners.delete(listener);
    },
    // As in a browser, messages arrive later, and as copies.
    postMessage: (data: unknown) => {
      const copy: unknown = structuredClone(data);
      setImmediate(() => {
        for (const listener of [...listeners]) listener({ data: copy });
      });
    },
  };
  for (const name of ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "queueMicrotask"] as const)
    window[name] = globalThis[name];
  return Object.assign(window, { window, self: window, globalThis: window, global: window });
}

/** Runs code with these names in place of the real globals. */
function runShadowed(code: string, shadow: Readonly<Record<string, unknown>>): unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the point of this file
  return new Function(...Object.keys(shadow), code)(...Object.values(shadow)) as unknown;
}

let loaded: DailyCallFactory | undefined;

/** Loads unmodified daily-js once in this process, where only it sees browser globals. */
export function loadDailyInNode(wrtc: Wrtc): DailyCallFactory {
  if (loaded) return loaded;
  const window = browserGlobals(wrtc);
  const module = { exports: {} as { default?: DailyCallFactory } };
  const shadow: Record<string, unknown> = {
    ...window,
    module: undefined,
    exports: undefined,
    define: undefined,
    require: undefined,
  };
  // daily-js evaluates the call machine bundle with `Function(code)()`; the bundle must see the same globals.
  shadow.Function = new Proxy(Function, {
    apply: (_target, _this, args: string[]) => {
      const [code = ""] = args.slice(-1);
      if (args.length !== 1)
        throw new TypeError("Only a call machine bundle can be evaluated here: code without parameters.");
      return () => runShadowed(code, shadow);
    },
  });
  window.Function = shadow.Function;
  const path = createRequire(import.meta.url).resolve("@daily-co/daily-js");
  runShadowed(readFileSync(path, "utf8"), { ...shadow, module, exports: module.exports });
  const daily = module.exports.default ?? (module.exports as unknown as DailyCallFactory);
  loaded = daily;
  return daily;
}
