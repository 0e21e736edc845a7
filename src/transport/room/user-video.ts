import { UserImageRawFrame, type UserImageRequestFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { asError, TavusTransportError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import {
  CAMERA,
  type CapturedVideo,
  type DailyCall,
  type Participant,
  SCREEN_VIDEO,
  type VideoCapture,
  type VideoCaptureOptions,
} from "../daily/daily-call.ts";

/** For one picture: the subscription, the first key frame of the track, and time to spare. */
const REQUEST_TIMEOUT_MS = 5000;
/** Converting a larger picture to RGB would delay the voice. */
const DEFAULT_MAX_WIDTH = 1280;
/** Requests that may wait at the same time; more are refused. */
const MAX_REQUESTS = 32;

/** Which video track of a participant to capture, and how. */
export interface ParticipantVideoOptions {
  /** At most this many pictures per second, up to 30; 0: only those that a UserImageRequestFrame asks for. Default 30. */
  readonly fps?: number;
  /** "camera", "screenVideo" or the name of a custom track. Default "camera". */
  readonly source?: string;
  /** The format of the pictures. "I420" saves a conversion. Default "RGB". */
  readonly format?: "RGB" | "I420";
  /** Wider pictures are scaled down to this width, in pixels, from 16 to 1920. Default 1280. */
  readonly maxWidth?: number;
}

/** A UserImageRequestFrame that was not answered. The same request may succeed later. */
export class UserImageError extends TavusTransportError {
  /** Always "noUserImage". */
  readonly code = "noUserImage";
  /** The user that the request names. */
  readonly userId: string;
  /** The track that the request names: "camera", "screenVideo" or the name of a custom track. */
  readonly videoSource: string;

  /** Made by the transport; `why` completes the message. */
  constructor({ userId, videoSource }: UserImageRequestFrame, why: string, cause?: unknown) {
    super(`There is no picture of "${userId}" (${videoSource}): ${why}`, { retryable: true, cause });
    this.userId = userId;
    this.videoSource = videoSource;
  }
}

export interface UserVideoHost {
  /** Throws a DailyCallError outside of a call. */
  call(): DailyCall;
  clock(): Clock;
  logger(): Logger;
  isClient(sessionId: string): boolean;
  push(frame: UserImageRawFrame): void;
  failed(error: Error): void;
}

interface PendingRequest {
  readonly request: UserImageRequestFrame;
  readonly timer: TimerHandle;
}

/** One watched track. */
interface Watch {
  readonly sessionId: string;
  readonly userId: string;
  readonly source: string;
  readonly call: DailyCall;
  /** Whether it is watched only while a request waits. */
  readonly onDemand: boolean;
  /** Whether it was a user's when the watch began; pictures from after it turned out to be the pal's are not pushed. */
  readonly asClient: boolean;
  readonly pending: Set<PendingRequest>;
  /** Undefined while it is being opened. */
  capture: VideoCapture | undefined;
}

/** The video tracks of participants that are watched, and the requests for single pictures. */
export class UserVideo {
  readonly #host: UserVideoHost;
  /** By session id and source. */
  readonly #watches = new Map<string, Watch>();

  constructor(host: UserVideoHost) {
    this.#host = host;
  }

  /**
   * Watches a track; an earlier watch of the same track ends.
   *
   * @throws DailyCallError outside of a call, or for a participant that is not in the room.
   */
  async watch(sessionId: string, { source = CAMERA, ...options }: ParticipantVideoOptions): Promise<VideoCapture> {
    const call = this.#host.call();
    // The call rejects unknown session ids.
    const userId = call.participants().get(sessionId)?.userId ?? sessionId;
    return await this.#open({ sessionId, userId, source, call, onDemand: false }, options);
  }

  /** Answers a request with one picture, or reports why there is none. */
  request(request: UserImageRequestFrame): void {
    const participant = this.#find(request.userId);
    if (!participant) {
      this.#host.failed(new UserImageError(request, "nobody with that id is in the room."));
      return;
    }
    if ([...this.#watches.values()].reduce((sum, { pending }) => sum + pending.size, 0) >= MAX_REQUESTS) {
      this.#host.failed(new UserImageError(request, `${MAX_REQUESTS} requests are waiting already.`));
      return;
    }
    const source = request.videoSource;
    const { sessionId, userId } = participant;
    const watched = this.#watches.get(toKey(sessionId, source));
    const watch = watched && watched.capture?.closed !== true ? watched : undefined;
    if (watch) {
      this.#expect(watch, request);
      watch.capture?.requestFrame();
      return;
    }
    const target = { sessionId, userId, source, call: this.#host.call(), onDemand: true };
    this.#open(target, { fps: 0 }, request).catch(() => undefined);
  }

  /** Ends the watches of a session that is no longer a user's, or the pal's: it left, or its role has changed. */
  end(sessionId: string, role: "client" | "pal"): void {
    for (const watch of [...this.#watches.values()]) {
      if (watch.sessionId === sessionId && watch.asClient === (role === "client"))
        this.#drop(watch, "they are not in the room any more.");
    }
  }

  /** Ends all watches without an error for the requests that wait. Idempotent. */
  close(): void {
    for (const watch of [...this.#watches.values()]) this.#drop(watch);
  }

  async #open(
    target: Pick<Watch, "sessionId" | "userId" | "source" | "call" | "onDemand">,
    { fps, format = "RGB", maxWidth = DEFAULT_MAX_WIDTH }: VideoCaptureOptions,
    request?: UserImageRequestFrame,
  ): Promise<VideoCapture> {
    const { sessionId, source, call } = target;
    const asClient = this.#host.isClient(sessionId);
    const watch: Watch = { ...target, asClient, pending: new Set(), capture: undefined };
    const key = toKey(sessionId, source);
    const before = this.#watches.get(key);
    for (const waiting of before?.pending ?? []) watch.pending.add(waiting);
    before?.pending.clear();
    this.#watches.set(key, watch);
    if (request) this.#expect(watch, request);
    let capture: VideoCapture;
    try {
      const options = { format, maxWidth, ...(fps !== undefined && { fps }) };
      const onImage = (video: CapturedVideo): void => this.#received(watch, video);
      capture = await call.captureVideo(sessionId, source, options, onImage);
    } catch (thrown) {
      this.#drop(watch, asError(thrown).message, thrown);
      throw thrown;
    } finally {
      // After the new one is open, so that the track stays subscribed.
      this.#close(before);
    }
    watch.capture = capture;
    this.#host.logger().debug("Video capture opened.", { sessionId, track: source, fps, onDemand: target.onDemand });
    if (this.#watches.get(key) !== watch) this.#close(watch);
    else if (watch.pending.size > 0) capture.requestFrame();
    return capture;
  }

  #received(watch: Watch, { image, width, height, format, sessionId, trackName }: CapturedVideo): void {
    if (this.#watches.get(toKey(sessionId, trackName)) !== watch) return;
    // The last check that the pal's picture stays out: a track watched as a user's must still be one.
    if (watch.asClient && !this.#host.isClient(sessionId)) return;
    const picture = { image, width, height, format, userId: watch.userId };
    const answered = [...watch.pending];
    watch.pending.clear();
    for (const { request, timer } of answered) {
      this.#host.clock().clearTimeout(timer);
      const { text, appendToContext } = request;
      this.#push(new UserImageRawFrame({ ...picture, text, appendToContext, request }), trackName);
    }
    if (watch.onDemand) this.#drop(watch);
    else if (answered.length === 0) this.#push(new UserImageRawFrame(picture), trackName);
  }

  #push(frame: UserImageRawFrame, trackName: string): void {
    frame.transportSource = trackName;
    this.#host.push(frame);
  }

  #expect(watch: Watch, request: UserImageRequestFrame): void {
    const timer = this.#host.clock().setTimeout(() => this.#expired(request), REQUEST_TIMEOUT_MS);
    watch.pending.add({ request, timer });
  }

  #expired(request: UserImageRequestFrame): void {
    for (const watch of [...this.#watches.values()]) {
      const waiting = [...watch.pending].find((pending) => pending.request === request);
      if (!waiting) continue;
      watch.pending.delete(waiting);
      this.#host.failed(new UserImageError(request, this.#whyNot(watch)));
      if (watch.onDemand && watch.pending.size === 0) this.#drop(watch);
    }
  }

  #whyNot({ call, sessionId, source }: Watch): string {
    const track = findTrack(call.participants().get(sessionId), source);
    if (track === undefined || track.state === "off" || track.state === "blocked") return "it is switched off.";
    return `none came within ${REQUEST_TIMEOUT_MS} ms.`;
  }

  #drop(watch: Watch, why?: string, cause?: unknown): void {
    const key = toKey(watch.sessionId, watch.source);
    if (this.#watches.get(key) === watch) this.#watches.delete(key);
    this.#close(watch);
    for (const { request, timer } of watch.pending) {
      this.#host.clock().clearTimeout(timer);
      if (why !== undefined) this.#host.failed(new UserImageError(request, why, cause));
    }
    watch.pending.clear();
  }

  #close(watch: Watch | undefined): void {
    if (!watch?.capture) return;
    const { sessionId, source, capture } = watch;
    watch.capture = undefined;
    capture.close();
    this.#host.logger().debug("Video capture closed.", { sessionId, track: source });
  }

  /** A user by its id, the latest of several sessions; or any participant by its session id, the pal too. */
  #find(id: string): Participant | undefined {
    const participants = this.#host.call().participants();
    const sessions = [...participants.values()].filter(
      ({ sessionId, userId }) => userId === id && this.#host.isClient(sessionId),
    );
    return sessions.at(-1) ?? participants.get(id);
  }
}

function toKey(sessionId: string, source: string): string {
  return `${sessionId}/${source}`;
}

function findTrack(participant: Participant | undefined, source: string): Participant["camera"] | undefined {
  if (source === CAMERA) return participant?.camera;
  if (source === SCREEN_VIDEO) return participant?.screenVideo;
  return participant?.custom[source];
}
