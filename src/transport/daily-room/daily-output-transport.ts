import {
  BotConnectedFrame,
  CancelTaskFrame,
  ClientConnectedFrame,
  InputTransportMessageFrame,
  type Frame,
} from "../../frames/index.ts";
import type { ProcessorSetup, TaskExtension } from "../../pipeline/index.ts";
import type { RTVIProcessor } from "../../rtvi/index.ts";
import { BaseOutputTransport, type OutputTransportOptions } from "../base/base-output-transport.ts";
import type { VideoFormat, VideoSink } from "../base/video-sink.ts";
import { CAMERA, MICROPHONE } from "../daily/daily-call.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import { CameraSink } from "./camera-sink.ts";
import { CLOSED_IN_CALL, type DailyTransportClient } from "./daily-transport-client.ts";

/** The name of the processor: there is one in a transport. */
export const OUTPUT_NAME = "DailyOutputTransport";

/**
 * The sending end of a {@link DailyTransport}: the bot's microphone, camera and custom tracks. It is ready as soon as the
 * pipeline has started: whoever is in the room then hears it, as with any participant.
 */
export class DailyOutputTransport extends BaseOutputTransport {
  readonly #client: DailyTransportClient;
  readonly #rtvi: RTVIProcessor | undefined;

  /** @internal Made by `DailyTransport.output()`. */
  constructor(
    client: DailyTransportClient,
    options: Pick<OutputTransportOptions, "createResampler"> = {},
    rtvi?: RTVIProcessor,
  ) {
    const { params } = client.options;
    const voice = params.microphoneOutEnabled ? MICROPHONE : params.audioOutDestinations[0];
    super(params, {
      ...options,
      name: OUTPUT_NAME,
      ...(voice !== undefined && { defaultDestination: voice }),
      defaultVideoDestination: CAMERA,
    });
    this.#client = client;
    this.#rtvi = rtvi;
    // Without an input in the pipeline the output pushes the room's frames.
    const pushAlone = (make: () => Frame): void => {
      if (!client.hasBeenOwnedBy("input")) this.push(make());
    };
    client.signals
      .on("connected", () => pushAlone(() => new BotConnectedFrame()))
      .on("clientConnected", () => pushAlone(() => new ClientConnectedFrame()))
      .on("appMessage", (message, from) => pushAlone(() => new InputTransportMessageFrame(message, from)))
      .on("lost", (error) => {
        if (client.holds("output") && !client.holds("input")) this.pushError(error, { fatal: true });
      })
      .on("closedInCall", () => {
        if (client.holds("output")) this.push(new CancelTaskFrame(CLOSED_IN_CALL), "upstream");
      });
  }

  /** Puts RTVI in front of a pipeline that has no input, too. */
  override extendTask(): TaskExtension {
    return this.#rtvi ? { front: [this.#rtvi] } : {};
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    setup.allowSetupMs?.(this.#client.openTimeoutMs);
    await this.#client.acquire("output", setup.clock, setup.logger);
    await this.openSenders();
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    await this.#client.release("output");
  }

  protected override start(): Promise<void> {
    this.#client.begin();
    this.setTransportReady();
    return Promise.resolve();
  }

  /** Leaving takes its time; `cleanup` waits for it, frames do not. */
  protected override stop(): Promise<void> {
    void this.#client.release("output");
    return Promise.resolve();
  }

  protected override cancel(): Promise<void> {
    void this.#client.release("output");
    return Promise.resolve();
  }

  protected override sendMessage(message: unknown, to: string | undefined): Promise<void> {
    return this.#client.messages.sendFrame(message, to);
  }

  protected override openSink(destination: string | undefined, sampleRate: number): Promise<AudioSink> {
    const trackName = destination ?? MICROPHONE;
    this.#client.logger.debug("Opening an audio output.", { destination: trackName, sampleRate });
    return this.#client.call.publishAudio(trackName, { sampleRate });
  }

  protected override async openVideoSink(
    destination: string | undefined,
    format: VideoFormat,
  ): Promise<VideoSink | undefined> {
    const { cameraOutEnabled, videoOutBitrate: maxBitrate } = this.#client.options.params;
    const trackName = destination ?? CAMERA;
    if (trackName === CAMERA && !cameraOutEnabled) return undefined;
    this.#client.logger.debug("Opening a video output.", { destination: trackName, ...format });
    const track = await this.#client.call.publishVideo(trackName, {
      ...format,
      ...(maxBitrate !== undefined && { maxBitrate }),
    });
    return new CameraSink(track);
  }
}
