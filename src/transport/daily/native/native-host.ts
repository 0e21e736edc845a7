import type { Clock } from "../../../util/clock.ts";
import type { CallHost, HostedSink, HostListener } from "../call-host.ts";
import { DailyCallError } from "../daily-errors.ts";
import type { DriverMethod, DriverRequests } from "../driver-messages.ts";
import type { HostedVideoSink, HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import type { Picture } from "../picture.ts";
import { parseControlAnswer } from "../remote/control-messages.ts";
import { parseReceivedMedia } from "../remote/received-media.ts";
import { RemoteMedia } from "../remote/remote-media.ts";
import { RequestTable } from "../remote/request-table.ts";
import type { HeldMediaProcess } from "./held-media-process.ts";
import type { LifeOrder } from "./life-messages.ts";
import { FRAME_KIND } from "./pipe-frames.ts";

/** daily-js in a media process, on `@roamhq/wrtc`. */
export class NativeHost implements CallHost {
  readonly runtime = "native";
  readonly #held: HeldMediaProcess;
  readonly #listener: HostListener;
  readonly #requests: RequestTable;
  readonly #media: RemoteMedia;
  #callId = 0;
  #hasIgnored = false;
  #isOver = false;
  #closing: Promise<void> | undefined;

  private constructor(held: HeldMediaProcess, listener: HostListener, clock: Clock) {
    this.#held = held;
    this.#listener = listener;
    this.#requests = new RequestTable((request) => {
      held.process.sendJson(this.#callId, FRAME_KIND.control, request);
    });
    this.#media = new RemoteMedia({
      clock,
      send: (message) => {
        if (!this.#isOver) held.process.send(this.#callId, FRAME_KIND.media, message);
      },
    });
  }

  /**
   * Opens a call in a media process that is the host's to release.
   *
   * @throws NativeModuleError, DailyCallError `runtimeUnavailable`.
   */
  static async start(held: HeldMediaProcess, listener: HostListener, clock: Clock): Promise<NativeHost> {
    const host = new NativeHost(held, listener, clock);
    try {
      host.#callId = await held.process.openCall({
        onControl: (json) => host.#receive(json),
        onMedia: (message) => host.#receiveMedia(message),
        onDeath: (error) => host.#die(error),
      });
      return host;
    } catch (thrown) {
      await held.release();
      throw thrown;
    }
  }

  request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]> {
    if (this.#isOver) return Promise.reject(new DailyCallError("runtimeDied", "The media process is gone."));
    return this.#requests.request(method, argument);
  }

  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink {
    return this.#media.createSink(sinkId, sampleRate, onClose);
  }

  createVideoSink(sinkId: number, options: HostedVideoSinkOptions): HostedVideoSink {
    return this.#media.createVideoSink(sinkId, options);
  }

  async addCapture(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void> {
    await this.#media.captures.addAudio(captureId, sampleRate, onPcm);
    this.#order({ do: "addCapture", captureId, sampleRate });
  }

  addVideoCapture(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void {
    this.#media.captures.addVideo(captureId, maxWidth, onPicture);
  }

  wantPicture(captureId: number): void {
    this.#media.captures.wantPicture(captureId);
  }

  removeCapture(captureId: number): void {
    this.#media.captures.remove(captureId);
    this.#order({ do: "removeCapture", captureId });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#end(new DailyCallError("closed", "The call was closed."));
    await this.#held.process.closeCall(this.#callId);
    await this.#held.release();
  }

  #order(order: LifeOrder): void {
    if (!this.#isOver) this.#held.process.sendJson(this.#callId, FRAME_KIND.life, order);
  }

  #receive(json: Buffer): void {
    const message = parseControlAnswer(json);
    if (!message) this.#ignore();
    else if (!("event" in message)) this.#requests.answered(message);
    else if (!this.#isOver) this.#listener.onEvent(message.event);
  }

  #receiveMedia(message: Buffer): void {
    if (this.#isOver) return;
    const media = parseReceivedMedia(message);
    if (media) this.#media.receive(media);
    else this.#ignore();
  }

  #ignore(): void {
    if (this.#hasIgnored) return;
    this.#hasIgnored = true;
    this.#listener.onWarning(
      "The media process sent a message that cannot be read; it is ignored, and so are later ones.",
    );
  }

  #die(error: DailyCallError): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#listener.onDeath(error);
    void this.close();
  }

  #end(error: DailyCallError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#requests.failAll(error);
    this.#media.release();
  }
}
