import { RTVIProcessor } from "../../rtvi/index.ts";
import type { Clock } from "../../util/clock.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { BaseTransport } from "../base/base-transport.ts";
import type { PcmResamplerFactory } from "../base/media-sender/output-format.ts";
import type { DailyOptions, RemoteParticipantChange, TelephonyMethod } from "../daily/call-controls.ts";
import type { AudioCapture, DailyCallFactory, Participant, VideoCapture } from "../daily/daily-call.ts";
import { defaultCallFactory } from "../room/default-call-factory.ts";
import { parseSubscriptions, type SubscriptionUpdate } from "../room/subscriptions.ts";
import type { ParticipantAudioOptions } from "../room/user-audio.ts";
import type { ParticipantVideoOptions } from "../room/user-video.ts";
import type { DailyTransportEvents } from "./daily-events.ts";
import { DailyInputTransport } from "./daily-input-transport.ts";
import { createRTVIRoom } from "./rtvi-room.ts";
import { resolveDailyOptions } from "./daily-options.ts";
import type { DailyTransportOptions } from "./daily-options-types.ts";
import { DailyOutputTransport, OUTPUT_NAME } from "./daily-output-transport.ts";
import { DailyTransportClient } from "./daily-transport-client.ts";

/** The parts that a {@link DailyTransport} works with, for tests and special cases. */
export interface DailyTransportDependencies {
  /** Makes the call. Default: daily-js, in the runtime that the options name. */
  readonly createCall?: DailyCallFactory;
  /** Makes the resamplers for the bot's audio. Default: the library's own. */
  readonly createResampler?: PcmResamplerFactory;
  /** The environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
  /** The clock until the pipeline brings its own. Default: the machine's. */
  readonly clock?: Clock;
  /** The logger until the pipeline brings its own; the option `logger` has precedence. Default: the console. */
  readonly logger?: Logger;
}

/** How many participants a room has. */
export interface ParticipantCounts {
  /** The number of participants in the room, the bot included. */
  readonly present: number;
}

const NOBODY: ReadonlyMap<string, Participant> = new Map();

/**
 * A bot in a Daily room, as the two ends of a pipeline: `input()` pushes what the users say and show, and what reaches
 * `output()` is heard and seen by them. The room is joined when the pipeline is set up, and left when the last of the two is
 * done.
 */
export class DailyTransport extends BaseTransport<DailyTransportEvents> implements AsyncDisposable {
  readonly #client: DailyTransportClient;
  readonly #createResampler: PcmResamplerFactory | undefined;
  #input: DailyInputTransport | undefined;
  #output: DailyOutputTransport | undefined;
  readonly #rtvi: RTVIProcessor | undefined;

  /** @throws InvalidOptionError that lists all problems with the options and the environment. */
  constructor(options: DailyTransportOptions = {}, dependencies: DailyTransportDependencies = {}) {
    super((error, event) => this.#client.listenerFailed(error, event));
    const { createCall, createResampler, env = process.env, clock, logger } = dependencies;
    const resolved = resolveDailyOptions(options, env);
    this.#createResampler = createResampler;
    this.#client = new DailyTransportClient(resolved, {
      createCall: createCall ?? defaultCallFactory(resolved),
      events: this.emitter,
      clock,
      logger,
    });
    const { rtvi } = resolved;
    this.#rtvi = rtvi === false ? undefined : new RTVIProcessor(createRTVIRoom(this.#client, OUTPUT_NAME), rtvi, env);
  }

  /**
   * What speaks RTVI with the web clients in the room: its events report what they ask for, and its methods send to them. The
   * task of the pipeline puts it in front; place it in the pipeline yourself to have it elsewhere.
   *
   * @throws InvalidOptionError when the option `rtvi` is false.
   */
  get rtvi(): RTVIProcessor {
    if (!this.#rtvi) throw new InvalidOptionError("rtvi", "is false, so this transport does not speak RTVI.");
    return this.#rtvi;
  }

  /** The URL of the room, without a token. */
  get roomUrl(): string {
    return this.#client.options.roomUrl;
  }

  /** The bot's own session in the room; undefined outside of a call. */
  get sessionId(): string | undefined {
    return this.#client.callIfJoined?.sessionId;
  }

  /** The other participants in the room, by session id; none outside of a call. */
  participants(): ReadonlyMap<string, Participant> {
    return this.#client.callIfJoined?.participants() ?? NOBODY;
  }

  /** How many are in the room; nobody outside of a call. */
  participantCounts(): ParticipantCounts {
    const call = this.#client.callIfJoined;
    return { present: call ? call.participants().size + 1 : 0 };
  }

  /**
   * Sends an app message to everyone else, or to one participant. Before the join it waits, and is sent at the join, in
   * order. Resolves when it has been sent.
   *
   * @throws DailyCallError `messageTooLarge` beyond the room's limit, `notJoined` when 100 messages wait for the join
   * already and after the call, `connectionFailed` while the connection is interrupted; what ended the call or the setup.
   */
  async sendAppMessage(message: unknown, to?: string | Pick<Participant, "sessionId">): Promise<void> {
    await this.#client.messages.send(message, typeof to === "object" ? to.sessionId : to);
  }

  /**
   * Pushes a participant's camera or screen into the pipeline, as `UserImageRawFrame`s, until the capture is closed, the
   * participant leaves or the call ends. `participant` is a session id or a participant. A new capture of a track replaces
   * the one before.
   *
   * @throws InvalidOptionError unless `params.videoInEnabled`, and for wrong options; DailyCallError outside of a call or for
   * a participant that is not in the room.
   */
  async captureParticipantVideo(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantVideoOptions = {},
  ): Promise<VideoCapture> {
    return await this.input().captureParticipantVideo(participant, options);
  }

  /**
   * Pushes an audio track of a participant into the pipeline, as `UserAudioRawFrame`s with the track's name as
   * `transportSource`, until the capture is closed, the participant leaves or the call ends. `params.audioInSources` are
   * captured without it; it is for other tracks, for another sample rate, and for ending a capture. A new capture of a track
   * replaces the one before.
   *
   * @throws InvalidOptionError unless `params.audioInEnabled`, and for a wrong rate; DailyCallError outside of a call or for
   * a participant that is not in the room.
   */
  async captureParticipantAudio(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantAudioOptions = {},
  ): Promise<AudioCapture> {
    return await this.input().captureParticipantAudio(participant, options);
  }

  /**
   * Changes which tracks the bot receives, by session id; what is left out stays as it is. A capture subscribes by itself. A
   * track that is not captured never reaches the pipeline, subscribed or not.
   *
   * @throws InvalidOptionError for a malformed update; DailyCallError outside of a call or for a participant that is not in
   * the room.
   */
  async updateSubscriptions(subscriptions: SubscriptionUpdate): Promise<void> {
    const entries = parseSubscriptions(subscriptions);
    const { call } = this.#client;
    await Promise.all(entries.map(([sessionId, subscription]) => call.subscribe(sessionId, subscription)));
  }

  /**
   * Mutes, ejects or permits others, by session id. Needs a token of an owner, or one that may administer participants.
   * Resolves when the request has left.
   *
   * @throws DailyCallError outside of a call, for a participant that is not in the room, or `requestFailed`.
   */
  async updateRemoteParticipants(changes: Readonly<Record<string, RemoteParticipantChange>>): Promise<void> {
    await this.#client.call.updateRemoteParticipants(changes);
  }

  /**
   * Changes the quality of what the bot sends: daily-js' send settings.
   *
   * @throws DailyCallError outside of a call, or `requestFailed`.
   */
  async updateSendSettings(settings: DailyOptions): Promise<DailyOptions> {
    return await this.#client.call.updateSendSettings(settings);
  }

  /**
   * Changes the quality of what the bot receives: daily-js' receive settings.
   *
   * @throws DailyCallError outside of a call, or `requestFailed`.
   */
  async updateReceiveSettings(settings: DailyOptions): Promise<DailyOptions> {
    return await this.#client.call.updateReceiveSettings(settings);
  }

  /**
   * Starts a recording: `recordingStarted` or `recordingError` follows. Needs an owner's token and a room that allows it.
   *
   * @throws DailyCallError outside of a call, or `requestFailed` for options that daily-js refuses.
   */
  async startRecording(options: DailyOptions = {}): Promise<void> {
    await this.#client.call.startRecording(options);
  }

  /**
   * Stops a recording: `recordingStopped` follows.
   *
   * @throws DailyCallError outside of a call, or `requestFailed`.
   */
  async stopRecording(options: DailyOptions = {}): Promise<void> {
    await this.#client.call.stopRecording(options);
  }

  /**
   * Starts Daily's transcription: `transcriptionStarted` or `transcriptionError` follows. `params.transcriptionEnabled`
   * starts it by itself.
   *
   * @throws DailyCallError outside of a call, or `requestFailed`.
   */
  async startTranscription(options: DailyOptions = this.#client.options.params.transcriptionSettings): Promise<void> {
    await this.#client.call.startTranscription(options);
  }

  /**
   * Stops Daily's transcription: `transcriptionStopped` follows.
   *
   * @throws DailyCallError outside of a call, or `requestFailed`.
   */
  async stopTranscription(options: DailyOptions = {}): Promise<void> {
    await this.#client.call.stopTranscription(options);
  }

  /**
   * Calls one of daily-js' methods for telephones and SIP. Its options name the session. `telephonyEvent` reports what comes
   * of it.
   *
   * @throws DailyCallError outside of a call, or `requestFailed` with what Daily says.
   */
  async telephony(method: TelephonyMethod, options: DailyOptions): Promise<unknown> {
    return await this.#client.call.telephony(method, options);
  }

  /**
   * Leaves the room, as the end of the pipeline does by itself; in mid-call it also cancels the task, with a reason that
   * says so. Takes at most 9 seconds, never rejects, and is idempotent.
   */
  async close(): Promise<void> {
    await this.#client.close();
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The processor for the start of the pipeline; the same one at every call. */
  override input(): DailyInputTransport {
    return (this.#input ??= new DailyInputTransport(this.#client, this.#rtvi));
  }

  /** The processor for the end of the pipeline; the same one at every call. */
  override output(): DailyOutputTransport {
    return (this.#output ??= new DailyOutputTransport(
      this.#client,
      this.#createResampler ? { createResampler: this.#createResampler } : {},
      this.#rtvi,
    ));
  }
}
