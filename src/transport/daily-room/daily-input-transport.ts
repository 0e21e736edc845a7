import {
  BotConnectedFrame,
  CancelTaskFrame,
  ClientConnectedFrame,
  InputTransportMessageFrame,
  type UserImageRequestFrame,
} from "../../frames/index.ts";
import type { ProcessorSetup, TaskExtension } from "../../pipeline/index.ts";
import type { RTVIProcessor } from "../../rtvi/index.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { BaseInputTransport } from "../base/base-input-transport.ts";
import type { AudioCapture, Participant, VideoCapture } from "../daily/daily-call.ts";
import { IgnoredImageRequests } from "../room/ignored-image-requests.ts";
import { type ParticipantAudioOptions, UserAudio } from "../room/user-audio.ts";
import { type ParticipantVideoOptions, UserVideo } from "../room/user-video.ts";
import { CLOSED_IN_CALL, type DailyTransportClient } from "./daily-transport-client.ts";
import { toTranscriptionFrame } from "./transcription-frames.ts";

/** The receiving end of a {@link DailyTransport}: pushes what users say and, on demand, what their cameras show. */
export class DailyInputTransport extends BaseInputTransport {
  readonly #client: DailyTransportClient;
  readonly #rtvi: RTVIProcessor | undefined;
  readonly #audio: UserAudio;
  readonly #video: UserVideo;
  readonly #ignoredImageRequests = new IgnoredImageRequests();

  /** @internal Made by `DailyTransport.input()`. */
  constructor(client: DailyTransportClient, rtvi?: RTVIProcessor) {
    super(client.options.params, { name: "DailyInputTransport" });
    this.#client = client;
    this.#rtvi = rtvi;
    const room = {
      call: () => client.call,
      logger: () => client.logger,
      isClient: (sessionId: string) => client.isPresent(sessionId),
    };
    this.#audio = new UserAudio({
      ...room,
      sampleRate: () => this.sampleRate,
      push: (frame) => this.pushAudio(frame),
    });
    this.#video = new UserVideo({
      ...room,
      clock: () => this.clock,
      push: (frame) => this.pushVideo(frame),
      failed: (error) => this.pushError(error),
    });
    client.signals
      .on("connected", () => this.push(new BotConnectedFrame()))
      .on("present", (participant) => this.#captureSources(participant))
      .on("clientConnected", () => this.push(new ClientConnectedFrame()))
      .on("gone", (sessionId) => {
        this.#audio.end(sessionId);
        this.#video.end(sessionId, "client");
      })
      .on("transcribed", (message, userId) =>
        this.push(toTranscriptionFrame(message, userId, client.options.params.transcriptionSettings)),
      )
      .on("appMessage", (message, from) => this.push(new InputTransportMessageFrame(message, from)))
      .on("lost", (error) => {
        if (client.holds("input")) this.pushError(error, { fatal: true });
      })
      .on("closedInCall", () => {
        if (client.holds("input")) this.push(new CancelTaskFrame(CLOSED_IN_CALL), "upstream");
      });
  }

  /** How many requests for pictures were ignored because `videoInEnabled` is false. */
  get ignoredImageRequests(): number {
    return this.#ignoredImageRequests.count;
  }

  /**
   * See `DailyTransport.captureParticipantAudio`.
   *
   * @throws InvalidOptionError unless `params.audioInEnabled`, and for a wrong rate; DailyCallError outside of a call or for
   * a participant that is not in the room.
   */
  async captureParticipantAudio(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantAudioOptions = {},
  ): Promise<AudioCapture> {
    if (!this.params.audioInEnabled)
      throw new InvalidOptionError("params.audioInEnabled", "must be true for users to be heard.");
    return await this.#audio.capture(typeof participant === "string" ? participant : participant.sessionId, options);
  }

  /**
   * See `DailyTransport.captureParticipantVideo`.
   *
   * @throws InvalidOptionError unless `params.videoInEnabled`; DailyCallError outside of a call or for a participant that is
   * not in the room.
   */
  async captureParticipantVideo(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantVideoOptions = {},
  ): Promise<VideoCapture> {
    if (!this.params.videoInEnabled)
      throw new InvalidOptionError("params.videoInEnabled", "must be true for users to be seen.");
    return await this.#video.watch(typeof participant === "string" ? participant : participant.sessionId, options);
  }

  /** Puts RTVI in front of the pipeline, unless it is off. */
  override extendTask(): TaskExtension {
    return this.#rtvi ? { front: [this.#rtvi] } : {};
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    setup.allowSetupMs?.(this.#client.openTimeoutMs);
    await this.#client.acquire("input", setup.clock, setup.logger);
  }

  override async cleanup(): Promise<void> {
    this.#endCaptures();
    await super.cleanup();
    await this.#client.release("input");
  }

  protected override start(): Promise<void> {
    this.#client.begin();
    return Promise.resolve();
  }

  protected override stop(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  protected override cancel(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  protected override requestImage(request: UserImageRequestFrame): void {
    if (this.params.videoInEnabled) this.#video.request(request);
    else this.#ignoredImageRequests.ignore(request, this.logger);
  }

  /** Leaving takes its time; `cleanup` waits for it, frames do not. */
  #release(): void {
    this.#endCaptures();
    void this.#client.release("input");
  }

  #captureSources({ sessionId }: Participant): void {
    if (!this.#client.holds("input")) return;
    const { audioInEnabled, audioInSources, videoInSources } = this.#client.options.params;
    const failed = (thrown: unknown): void => {
      // A user that left in the meantime cannot be captured, and need not be.
      if (this.#client.isPresent(sessionId)) this.pushError(asError(thrown));
    };
    for (const source of audioInEnabled ? audioInSources : [])
      if (!this.#audio.isCaptured(sessionId, source)) this.#audio.capture(sessionId, { source }).catch(failed);
    for (const [source, options] of Object.entries(videoInSources))
      this.#video.watch(sessionId, { source, ...withoutUndefined(options) }).catch(failed);
  }

  #endCaptures(): void {
    this.#video.close();
    this.#audio.close();
  }
}
