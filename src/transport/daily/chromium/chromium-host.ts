import type { Clock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
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
import type { CallFrame } from "./call-frame.ts";
import { holdBrowser } from "./shared-browser.ts";

/** From a running browser to both sockets open. */
const DEFAULT_START_TIMEOUT_MS = 30_000;

/** The rate at which Chromium delivers received audio; another rate would be resampled as well. */
const USUAL_RECEIVE_RATE = 48_000;

type Held = Awaited<ReturnType<typeof holdBrowser>>;

export interface ChromiumHostOptions {
  /** From a running browser to both sockets open. Default 30 000 ms. */
  readonly startTimeoutMs?: number | undefined;
  /** Called with the id of the browser's process before a frame is opened in it, which waits for that. */
  readonly onBrowser?: (processId: number | undefined) => Promise<void>;
}

/** daily-js in a frame of a page of headless Chromium; one browser for all calls, and one page for several. */
export class ChromiumHost implements CallHost {
  readonly runtime = "chromium";
  readonly #listener: HostListener;
  readonly #held: Held;
  readonly #frame: CallFrame;
  readonly #requests: RequestTable;
  readonly #media: RemoteMedia;
  readonly #stopListening: () => void;
  /** How many messages of the page could not be parsed. */
  #ignored = 0;
  #over = false;
  #closing: Promise<void> | undefined;

  private constructor(held: Held, frame: CallFrame, listener: HostListener, clock: Clock) {
    this.#held = held;
    this.#frame = frame;
    this.#listener = listener;
    this.#requests = new RequestTable((request) => {
      frame.control.send(JSON.stringify(request));
    });
    this.#media = new RemoteMedia({
      clock,
      send: (message) => {
        frame.audio.send(message);
      },
      receivedRate: USUAL_RECEIVE_RATE,
    });
    this.#stopListening = frame.page.onceGone((why) => {
      this.#die(why);
    });
    this.#listen(frame);
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
    { startTimeoutMs = DEFAULT_START_TIMEOUT_MS, onBrowser }: ChromiumHostOptions = {},
  ): Promise<ChromiumHost> {
    const held = await holdBrowser((message) => {
      listener.onWarning(message);
    });
    await onBrowser?.(held.browser.processId);
    const opening = held.browser.openFrame(roomUrl);
    try {
      const frame = await withDeadline(clock, opening, startTimeoutMs, "Opening the call page");
      return new ChromiumHost(held, frame, listener, clock);
    } catch (thrown) {
      // One that only comes too late belongs to nobody.
      void opening.then((frame) => frame.close()).catch(() => undefined);
      await held.release();
      if (thrown instanceof DailyCallError) throw thrown;
      throw new DailyCallError("runtimeUnavailable", `The call page did not open: ${asError(thrown).message}`, {
        cause: thrown,
      });
    }
  }

  request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]> {
    if (this.#over) return Promise.reject(new DailyCallError("runtimeDied", "The page that hosts daily-js is gone."));
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
    await this.#frame.close();
    await this.#held.release();
  }

  #listen({ control, audio }: CallFrame): void {
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
    this.#media.release();
    this.#frame.control.terminate();
    this.#frame.audio.terminate();
  }
}
