import { asError } from "../../util/errors.ts";
import { limitBitrates } from "./limit-bitrates.ts";
import { sendLocalCandidates } from "./local-candidates.ts";
import type { Signal, SubscriptionRequest } from "./protocol.ts";

/** The WebRTC classes a participant is built on: the browser's, or those of `@roamhq/wrtc`. */
export interface RtcClasses {
  readonly RTCPeerConnection: typeof RTCPeerConnection;
  readonly MediaStream: typeof MediaStream;
}

export interface LocalTrack {
  readonly track: MediaStreamTrack;
  readonly on: boolean;
}

/** The highest bit rate of a tag, in bit/s; undefined for no limit. */
export type BitrateLimit = (tag: string) => number | undefined;

export type SendSignal = (signal: Signal) => void;

function isSubscribed(subscriptions: SubscriptionRequest, tag: string): boolean {
  const direct = (subscriptions as Readonly<Record<string, unknown>>)[tag];
  if (tag !== "custom" && direct !== undefined) return direct === true;
  return typeof subscriptions.custom === "object" ? subscriptions.custom[tag] === true : subscriptions.custom === true;
}

/**
 * The media one participant sends to one other: a send-only peer connection on which we always make the offer, so that
 * two sides never offer at once. Subscriptions are enforced here, at the sender: media without a subscription is
 * not sent.
 */
export class OutgoingLink {
  readonly #pc: RTCPeerConnection;
  readonly #send: SendSignal;
  readonly #onError: (error: Error) => void;
  readonly #transceivers = new Map<string, RTCRtpTransceiver>();
  readonly #early: RTCIceCandidateInit[] = [];
  #tracks: ReadonlyMap<string, LocalTrack> = new Map();
  #subscriptions: SubscriptionRequest | undefined;
  #limit: BitrateLimit;
  #negotiating = false;
  #dirty = false;
  #closed = false;

  constructor(
    rtc: RtcClasses,
    send: SendSignal,
    onError: (error: Error) => void,
    limit: BitrateLimit = () => undefined,
  ) {
    this.#limit = limit;
    this.#pc = new rtc.RTCPeerConnection({ iceServers: [] });
    this.#send = send;
    this.#onError = onError;
    sendLocalCandidates(this.#pc, "publisher", send);
  }

  get connection(): RTCPeerConnection {
    return this.#pc;
  }

  /** Whether this tag has a receiver; without one, nothing needs to be drawn or spoken. */
  isSending(tag: string): boolean {
    return this.#transceivers.get(tag)?.direction === "sendonly";
  }

  setSubscriptions(subscriptions: SubscriptionRequest): void {
    this.#subscriptions = subscriptions;
    this.#reconcile();
  }

  setTracks(tracks: ReadonlyMap<string, LocalTrack>): void {
    this.#tracks = tracks;
    this.#reconcile();
  }

  /** Limits the bit rates of tracks from now on. */
  limitBitrates(limit: BitrateLimit): void {
    const before = this.#limit;
    this.#limit = limit;
    // The limits are part of the negotiation.
    const isChanged = [...this.#transceivers.keys()].some((tag) => before(tag) !== limit(tag));
    if (isChanged && !this.#closed) this.#negotiateSoon();
  }

  async receive(signal: Signal): Promise<void> {
    if (this.#closed) return;
    if (signal.candidate) {
      if (this.#pc.remoteDescription) await this.#pc.addIceCandidate(signal.candidate);
      else this.#early.push(signal.candidate);
    }
    if (signal.description?.type === "answer") {
      const sdp = limitBitrates(signal.description.sdp, this.#limits());
      await this.#pc.setRemoteDescription({ type: "answer", sdp });
      for (const candidate of this.#early.splice(0)) await this.#pc.addIceCandidate(candidate);
      this.#negotiating = false;
      if (this.#dirty) this.#negotiateSoon();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pc.onicecandidate = null;
    this.#pc.close();
  }

  #reconcile(): void {
    const subscriptions = this.#subscriptions;
    if (!subscriptions || this.#closed) return;
    let changed = false;
    for (const [tag, { track, on }] of this.#tracks) {
      const sending = on && isSubscribed(subscriptions, tag);
      changed = (sending ? this.#start(tag, track) : this.#stop(tag)) || changed;
    }
    for (const tag of this.#transceivers.keys()) if (!this.#tracks.has(tag)) changed = this.#stop(tag) || changed;
    if (changed) this.#negotiateSoon();
  }

  #limits(): Map<string, number> {
    const limits = new Map<string, number>();
    for (const [tag, { mid }] of this.#transceivers) {
      const limit = this.#limit(tag);
      if (mid !== null && limit !== undefined) limits.set(mid, limit);
    }
    return limits;
  }

  /** Returns whether a new offer is needed. */
  #start(tag: string, track: MediaStreamTrack): boolean {
    const transceiver = this.#transceivers.get(tag);
    if (!transceiver) {
      this.#transceivers.set(tag, this.#pc.addTransceiver(track, { direction: "sendonly" }));
      return true;
    }
    if (transceiver.sender.track !== track) void transceiver.sender.replaceTrack(track);
    if (transceiver.direction === "sendonly") return false;
    transceiver.direction = "sendonly";
    return true;
  }

  #stop(tag: string): boolean {
    const transceiver = this.#transceivers.get(tag);
    if (transceiver?.direction !== "sendonly") return false;
    transceiver.direction = "inactive";
    void transceiver.sender.replaceTrack(null);
    return true;
  }

  #negotiateSoon(): void {
    this.#dirty = true;
    if (this.#negotiating) return;
    this.#negotiating = true;
    this.#dirty = false;
    this.#negotiate().catch((thrown: unknown) => {
      if (!this.#closed) this.#onError(asError(thrown));
    });
  }

  async #negotiate(): Promise<void> {
    const offer = await this.#pc.createOffer();
    await this.#pc.setLocalDescription(offer);
    const tags: Record<string, string> = {};
    for (const [tag, { mid, direction }] of this.#transceivers)
      if (mid !== null && direction === "sendonly") tags[mid] = tag;
    this.#send({ role: "publisher", description: { type: "offer", sdp: offer.sdp ?? "", tags } });
  }
}
