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
import { toLogText } from "../../util/url-text.ts";
import { BaseInputTransport } from "../base/base-input-transport.ts";
import type { AudioCapture, Participant, VideoCapture } from "../daily/daily-call.ts";
import { pushBudgetEnd } from "./cost/budget-end.ts";
import { AvatarFrames } from "./avatar/avatar-frames.ts";
import { TavusEventFrame } from "./events/tavus-event-frame.ts";
import type { TavusTransportClient } from "./tavus-transport-client.ts";
import { IgnoredImageRequests } from "../room/ignored-image-requests.ts";
import { type ParticipantAudioOptions, UserAudio } from "../room/user-audio.ts";
import { type ParticipantVideoOptions, UserVideo } from "../room/user-video.ts";

/** The receiving end of a {@link TavusTransport}: pushes the audio of the users, and on demand video, into the pipeline. */
export class TavusInputTransport extends BaseInputTransport {
  readonly #client: TavusTransportClient;
  readonly #rtvi: RTVIProcessor | undefined;
  readonly #audio: UserAudio;
  readonly #video: UserVideo;
  readonly #avatar: AvatarFrames;
  readonly #ignoredImageRequests = new IgnoredImageRequests();

  /** @internal Made by `TavusTransport.input()`. */
  constructor(client: TavusTransportClient, rtvi?: RTVIProcessor) {
    super(client.options.params, { name: "TavusInputTransport" });
    this.#client = client;
    this.#rtvi = rtvi;
    this.#audio = new UserAudio({
      call: () => client.call,
      logger: () => client.logger,
      sampleRate: () => this.sampleRate,
      isClient: (sessionId) => client.isClient(sessionId),
      push: (frame) => this.pushAudio(frame),
    });
    this.#video = new UserVideo({
      call: () => client.call,
      clock: () => this.clock,
      logger: () => client.logger,
      isClient: (sessionId) => client.isClient(sessionId),
      push: (frame) => this.pushVideo(frame),
      failed: (error) => this.pushError(error),
    });
    this.#avatar = new AvatarFrames(client, {
      pushesRoomFrames: () => client.holds("input"),
      broadcast: (make) => this.broadcast(make),
      measured: (measurement) => this.metrics.avatar(measurement),
    });
    client.events
      .on("connected", () => this.push(new BotConnectedFrame()))
      .on("clientConnected", (participant) => this.#clientConnected(participant))
      .on("clientDisconnected", ({ sessionId }) => {
        this.#audio.end(sessionId);
        this.#video.end(sessionId, "client");
      })
      .on("roomLeft", () => this.#endCaptures())
      .on("palJoined", (participant) => this.#silencePal(participant))
      .on("palLeft", ({ sessionId }) => this.#video.end(sessionId, "pal"))
      .on("inCall", (event) => this.push(new TavusEventFrame(event)))
      .on("appMessage", (message, from) => this.push(new InputTransportMessageFrame(message, from)))
      .on("lost", (error) => {
        if (client.holds("input")) this.pushError(error, { fatal: true });
      })
      .on("budgetSpent", (spent) => {
        if (client.holds("input")) pushBudgetEnd(spent, client.options.cost.goodbye, (...args) => this.push(...args));
      })
      .on("closedInCall", (reason) => {
        if (client.holds("input")) this.push(new CancelTaskFrame(reason), "upstream");
      });
  }

  /** How many requests for pictures were ignored because `videoInEnabled` is false. */
  get ignoredImageRequests(): number {
    return this.#ignoredImageRequests.count;
  }

  /**
   * See `TavusTransport.captureParticipantAudio`.
   *
   * @throws InvalidOptionError unless `params.audioInEnabled`, and for the pal; DailyCallError outside of a call or for a
   * participant that is not in the room.
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
   * See `TavusTransport.captureParticipantVideo`.
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

  protected override canGenerateMetrics(): boolean {
    return true;
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
    this.#avatar.start();
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

  /** Leaving and ending take their time; `cleanup` waits for them, frames do not. */
  #release(): void {
    this.#endCaptures();
    void this.#client.release("input");
  }

  #clientConnected(participant: Participant): void {
    this.push(new ClientConnectedFrame());
    if (!this.params.audioInEnabled || !this.#client.holds("input")) return;
    this.#capture(participant).catch((thrown: unknown) => this.pushError(asError(thrown)));
  }

  async #capture({ sessionId }: Participant): Promise<void> {
    if (this.#audio.isCaptured(sessionId)) return;
    try {
      await this.#audio.capture(sessionId);
    } catch (thrown) {
      // A user that left in the meantime cannot be captured, and need not be.
      if (this.#client.isClient(sessionId)) throw thrown;
    }
  }

  #silencePal({ sessionId }: Participant): void {
    this.#audio.end(sessionId);
    this.#video.end(sessionId, "client");
    this.#client.call.subscribe(sessionId, { microphone: false }).catch((thrown: unknown) => {
      // Not fatal: its microphone is received, but never captured.
      this.logger.warn("The pal's microphone could not be unsubscribed.", { error: toLogText(thrown) });
    });
  }

  #endCaptures(): void {
    this.#video.close();
    this.#audio.close();
  }
}
