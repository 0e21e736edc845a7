import type { WebSocket } from "ws";

import { createResampler, type StreamResampler } from "../../../audio/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { type Deferred, deferred, withDeadline } from "../../../util/deadline.ts";
import { asError } from "../../../util/errors.ts";
import type { CallHost, HostedSink, HostListener } from "../call-host.ts";
import { DailyCallError } from "../daily-errors.ts";
import type { DriverMethod, DriverRequests } from "../driver-messages.ts";
import type { HostedVideoSink, HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import type { Picture } from "../picture.ts";
import {
  AUDIO_HEAD_BYTES,
  AUDIO_MESSAGE,
  BRIDGE_PATHS,
  type ControlAnswer,
  type ControlRequest,
  type PageConfig,
  writeAudioHead,
} from "./bridge-messages.ts";
import { PageAudioSink } from "./page-audio-sink.ts";
import { PageVideoSink } from "./page-video-sink.ts";
import { type PageMedia, parseControlAnswer, parsePageMedia } from "./page-messages.ts";
import { holdBrowser, type SharedBrowser } from "./shared-browser.ts";

/** From an empty page to both sockets open. */
const DEFAULT_START_TIMEOUT_MS = 30_000;

/** The rate at which Chromium delivers received audio; another rate would be resampled as well. */
const USUAL_RECEIVE_RATE = 48_000;

interface Capture {
  readonly sampleRate: number;
  readonly onPcm: (pcm: Int16Array) => void;
  readonly resampler: StreamResampler | undefined;
}

interface PageVideoCapture {
  readonly maxWidth: number;
  readonly onPicture: (picture: Picture) => void;
}

type Held = Awaited<ReturnType<typeof holdBrowser>>;
type CallPage = Awaited<ReturnType<SharedBrowser["newPage"]>>;

/** daily-js in a page of headless Chromium; one page per call, and one browser for all of them. */
export class ChromiumHost implements CallHost {
  readonly runtime = "chromium";
  readonly #listener: HostListener;
  readonly #clock: Clock;
  readonly #held: Held;
  readonly #callPage: CallPage;
  readonly #requests = new Map<number, Deferred<unknown>>();
  readonly #sinks = new Map<number, PageAudioSink>();
  readonly #videoSinks = new Map<number, PageVideoSink>();
  readonly #captures = new Map<number, Capture>();
  readonly #videoCaptures = new Map<number, PageVideoCapture>();
  readonly #control = deferred<WebSocket>();
  readonly #audio = deferred<WebSocket>();
  readonly #stopListening: () => void;
  #controlSocket: WebSocket | undefined;
  #audioSocket: WebSocket | undefined;
  #nextRequestId = 1;
  /** How many messages of the page could not be parsed. */
  #ignored = 0;
  #over = false;
  #closing: Promise<void> | undefined;

  private constructor(held: Held, callPage: CallPage, listener: HostListener, clock: Clock) {
    this.#clock = clock;
    this.#held = held;
    this.#callPage = callPage;
    this.#listener = listener;
    callPage.page.on("crash", () => {
      this.#die("The page that hosts daily-js crashed.");
    });
    callPage.page.on("close", () => {
      this.#die("The page that hosts daily-js was closed.");
    });
    this.#stopListening = held.browser.onceDisconnected(() => {
      this.#die("The browser that hosts daily-js is gone.");
    });
  }

  /**
   * Starts a page for a call in the room at that URL.
   *
   * @throws DailyCallError `runtimeUnavailable`, with what to install.
   */
  static async start(
    listener: HostListener,
    clock: Clock,
    roomUrl: string,
    startTimeoutMs = DEFAULT_START_TIMEOUT_MS,
  ): Promise<ChromiumHost> {
    const held = await holdBrowser((message) => {
      listener.onWarning(message);
    });
    try {
      const host = new ChromiumHost(held, await held.browser.newPage(), listener, clock);
      try {
        await withDeadline(clock, host.#open(roomUrl), startTimeoutMs, "Opening the call page");
        return host;
      } catch (thrown) {
        await host.close();
        throw thrown;
      }
    } catch (thrown) {
      await held.release();
      if (thrown instanceof DailyCallError) throw thrown;
      throw new DailyCallError("runtimeUnavailable", `The call page did not open: ${asError(thrown).message}`, {
        cause: thrown,
      });
    }
  }

  request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]> {
    if (this.#over || !this.#controlSocket)
      return Promise.reject(new DailyCallError("runtimeDied", "The page that hosts daily-js is gone."));
    const id = this.#nextRequestId++;
    const answer = deferred<unknown>();
    this.#requests.set(id, answer);
    this.#controlSocket.send(JSON.stringify({ id, method, argument } satisfies ControlRequest));
    return answer.promise;
  }

  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink {
    const sink = new PageAudioSink(sinkId, sampleRate, this.#clock, this.#sendMedia, async () => {
      this.#sinks.delete(sinkId);
      await onClose();
    });
    this.#sinks.set(sinkId, sink);
    return sink;
  }

  createVideoSink(sinkId: number, options: HostedVideoSinkOptions): HostedVideoSink {
    const sink = new PageVideoSink({
      ...options,
      id: sinkId,
      clock: this.#clock,
      send: this.#sendMedia,
      onRelease: () => this.#videoSinks.delete(sinkId),
    });
    this.#videoSinks.set(sinkId, sink);
    return sink;
  }

  async addCapture(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void> {
    const resampler =
      sampleRate === USUAL_RECEIVE_RATE ? undefined : await createResampler(USUAL_RECEIVE_RATE, sampleRate, 1);
    this.#captures.set(captureId, { sampleRate, onPcm, resampler });
  }

  addVideoCapture(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void {
    this.#videoCaptures.set(captureId, { maxWidth, onPicture });
  }

  wantPicture(captureId: number): void {
    this.#want(captureId, this.#videoCaptures.get(captureId)?.maxWidth ?? 0);
  }

  removeCapture(captureId: number): void {
    if (this.#videoCaptures.delete(captureId)) this.#want(captureId, 0);
    this.#captures.get(captureId)?.resampler?.close();
    this.#captures.delete(captureId);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#end(new DailyCallError("closed", "The call was closed."));
    await this.#callPage.context.close().catch(() => undefined);
    await this.#held.release();
  }

  async #open(roomUrl: string): Promise<void> {
    const { bridge } = this.#held.browser;
    const controlToken = bridge.expect(BRIDGE_PATHS.control, (socket) => {
      this.#control.resolve(socket);
    });
    const audioToken = bridge.expect(BRIDGE_PATHS.audio, (socket) => {
      this.#audio.resolve(socket);
    });
    try {
      const { page } = this.#callPage;
      await page.goto(bridge.pageUrl(roomUrl));
      const config: PageConfig = { controlToken, audioToken };
      // Passed by the browser driver, so that the tokens are in no URL.
      const started = page.evaluate(async (given) => {
        await window.startCall?.(given);
      }, config);
      started.catch(() => undefined);
      const [control, audio] = await Promise.all([this.#control.promise, this.#audio.promise, started]);
      this.#listen(control, audio);
    } finally {
      bridge.forget(controlToken);
      bridge.forget(audioToken);
    }
  }

  #listen(control: WebSocket, audio: WebSocket): void {
    this.#controlSocket = control;
    this.#audioSocket = audio;
    for (const socket of [control, audio]) {
      socket.on("close", () => {
        this.#die("The connection to the page that hosts daily-js was lost.");
      });
    }
    control.on("message", (raw: Buffer) => {
      const answer = parseControlAnswer(raw);
      if (answer) this.#receive(answer);
      else this.#ignore("control");
    });
    audio.on("message", (raw: Buffer) => {
      const media = parsePageMedia(raw);
      if (media) this.#receiveMedia(media);
      else this.#ignore("media");
    });
  }

  #ignore(kind: "control" | "media"): void {
    this.#ignored++;
    if (this.#ignored > 1) return;
    this.#listener.onWarning(
      `The page that hosts daily-js sent a ${kind} message that cannot be read; it is ignored. Later ones are only counted.`,
    );
  }

  #receive(message: ControlAnswer): void {
    if ("event" in message) {
      if (!this.#over) this.#listener.onEvent(message.event);
      return;
    }
    const answer = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    if (!answer) return;
    if ("failure" in message) answer.reject(new DailyCallError(message.failure.code, message.failure.message));
    else answer.resolve(message.result);
  }

  #receiveMedia(media: PageMedia): void {
    if (media.type === "played") {
      this.#sinks.get(media.sinkId)?.played(media.generation, media.report);
      return;
    }
    if (media.type === "taken") {
      this.#videoSinks.get(media.sinkId)?.taken(media.wasShown);
      return;
    }
    if (media.type === "picture") {
      this.#videoCaptures.get(media.captureId)?.onPicture(media.picture);
      return;
    }
    const capture = this.#captures.get(media.captureId);
    if (!capture) return;
    const wanted = capture.resampler ? capture.resampler.process(media.pcm) : media.pcm;
    if (wanted.length > 0) capture.onPcm(wanted);
  }

  readonly #sendMedia = (message: Buffer): void => {
    this.#audioSocket?.send(message);
  };

  #want(captureId: number, maxWidth: number): void {
    const message = new DataView(new ArrayBuffer(AUDIO_HEAD_BYTES));
    writeAudioHead(message, { type: AUDIO_MESSAGE.want, id: captureId, third: maxWidth });
    this.#audioSocket?.send(message.buffer);
  }

  #die(message: string): void {
    if (this.#over) return;
    const error = new DailyCallError("runtimeDied", message);
    this.#end(error);
    this.#listener.onDeath(error);
    // The remains would only keep the process alive.
    void this.close();
  }

  #end(error: DailyCallError): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    for (const request of this.#requests.values()) request.reject(error);
    this.#requests.clear();
    this.#control.reject(error);
    this.#audio.reject(error);
    for (const sink of this.#sinks.values()) sink.release();
    this.#sinks.clear();
    for (const sink of this.#videoSinks.values()) sink.release();
    this.#videoSinks.clear();
    for (const captureId of [...this.#captures.keys()]) this.removeCapture(captureId);
    this.#videoCaptures.clear();
    this.#controlSocket?.terminate();
    this.#audioSocket?.terminate();
  }
}
