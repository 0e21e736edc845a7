import type { WebSocket } from "ws";

import type { Clock } from "../../../util/clock.ts";
import { deferred, withDeadline } from "../../../util/deadline.ts";
import { asError } from "../../../util/errors.ts";
import type { CallHost, HostedSink, HostListener } from "../call-host.ts";
import { DailyCallError } from "../daily-errors.ts";
import type { DriverMethod, DriverRequests } from "../driver-messages.ts";
import type { HostedVideoSink, HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import type { Picture } from "../picture.ts";
import { type ControlAnswer, parseControlAnswer } from "../remote/control-messages.ts";
import { parseReceivedMedia } from "../remote/received-media.ts";
import { RemoteMedia } from "../remote/remote-media.ts";
import { RequestTable } from "../remote/request-table.ts";
import { BRIDGE_PATHS, type PageConfig } from "./bridge-messages.ts";
import { holdBrowser, type SharedBrowser } from "./shared-browser.ts";

/** From an empty page to both sockets open. */
const DEFAULT_START_TIMEOUT_MS = 30_000;

/** The rate at which Chromium delivers received audio; another rate would be resampled as well. */
const USUAL_RECEIVE_RATE = 48_000;

type Held = Awaited<ReturnType<typeof holdBrowser>>;
type CallPage = Awaited<ReturnType<SharedBrowser["newPage"]>>;

/** daily-js in a page of headless Chromium; one page per call, and one browser for all of them. */
export class ChromiumHost implements CallHost {
  readonly runtime = "chromium";
  readonly #listener: HostListener;
  readonly #held: Held;
  readonly #callPage: CallPage;
  readonly #requests: RequestTable;
  readonly #media: RemoteMedia;
  readonly #control = deferred<WebSocket>();
  readonly #audio = deferred<WebSocket>();
  readonly #stopListening: () => void;
  #controlSocket: WebSocket | undefined;
  #audioSocket: WebSocket | undefined;
  /** How many messages of the page could not be parsed. */
  #ignored = 0;
  #over = false;
  #closing: Promise<void> | undefined;

  private constructor(held: Held, callPage: CallPage, listener: HostListener, clock: Clock) {
    this.#held = held;
    this.#callPage = callPage;
    this.#listener = listener;
    this.#requests = new RequestTable((request) => this.#controlSocket?.send(JSON.stringify(request)));
    this.#media = new RemoteMedia({
      clock,
      send: (message) => this.#audioSocket?.send(message),
      receivedRate: USUAL_RECEIVE_RATE,
    });
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
    return this.#requests.request(method, argument);
  }

  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink {
    return this.#media.createSink(sinkId, sampleRate, onClose);
  }

  createVideoSink(sinkId: number, options: HostedVideoSinkOptions): HostedVideoSink {
    return this.#media.createVideoSink(sinkId, options);
  }

  addCapture(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void> {
    return this.#media.captures.addAudio(captureId, sampleRate, onPcm);
  }

  addVideoCapture(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void {
    this.#media.captures.addVideo(captureId, maxWidth, onPicture);
  }

  wantPicture(captureId: number): void {
    this.#media.captures.wantPicture(captureId);
  }

  removeCapture(captureId: number): void {
    this.#media.captures.remove(captureId);
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
      const media = parseReceivedMedia(raw);
      if (media) this.#media.receive(media);
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
    this.#requests.answered(message);
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
    this.#requests.failAll(error);
    this.#control.reject(error);
    this.#audio.reject(error);
    this.#media.release();
    this.#controlSocket?.terminate();
    this.#audioSocket?.terminate();
  }
}
