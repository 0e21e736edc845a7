import { sendLocalCandidates } from "./local-candidates.ts";
import type { RtcClasses, SendSignal } from "./outgoing-link.ts";
import type { Signal } from "./protocol.ts";

/** Called when a tag's track arrives (`track`) or stops being sent (`undefined`). */
export type OnTrack = (tag: string, track: MediaStreamTrack | undefined) => void;

/**
 * Parameters that we request from senders of audio, who read them from the remote description.
 *
 * 10 ms packets instead of Opus' usual 20: some 15 ms less delay, and on loopback the doubled packet rate costs next to
 * nothing. And no packets for silence (DTX): after a stall of the sender what it makes up for arrives at once, and what
 * of that is silence does not accumulate in our jitter buffer, which drains a surplus only slowly.
 */
function askForLowDelay(sdp: string): string {
  return sdp
    .replace(/(a=rtpmap:\d+ opus\/48000\/2\r\n)/g, "$1a=ptime:10\r\n")
    .replace(/(a=fmtp:\d+ [^\r\n]*useinbandfec=1)/g, "$1;usedtx=1");
}

/** The receiving end of an {@link OutgoingLink}: media from one participant. */
export class IncomingLink {
  readonly #pc: RTCPeerConnection;
  readonly #send: SendSignal;
  readonly #onTrack: OnTrack;
  readonly #trackByMid = new Map<string, MediaStreamTrack>();
  readonly #early: RTCIceCandidateInit[] = [];
  /** When the last packet read by {@link level} arrived, by mid. */
  readonly #lastPacket = new Map<string, number>();
  #tags: Readonly<Record<string, string>> = {};
  #closed = false;

  constructor(rtc: RtcClasses, send: SendSignal, onTrack: OnTrack) {
    this.#pc = new rtc.RTCPeerConnection({ iceServers: [] });
    this.#send = send;
    this.#onTrack = onTrack;
    sendLocalCandidates(this.#pc, "subscriber", send);
    this.#pc.ontrack = ({ track, transceiver }) => {
      if (transceiver.mid !== null) this.#trackByMid.set(transceiver.mid, track);
    };
  }

  get connection(): RTCPeerConnection {
    return this.#pc;
  }

  /**
   * Level of a tag's audio, 0 to 1, from the level in its packets; 0 when none arrived since the last call. It
   * needs no WebAudio, which a page may use only after a click, and works whether or not the track is played.
   */
  level(tag: string): number {
    const mid = Object.keys(this.#tags).find((key) => this.#tags[key] === tag);
    if (mid === undefined) return 0;
    const receiver = this.#pc.getTransceivers().find((transceiver) => transceiver.mid === mid)?.receiver;
    const source = receiver?.getSynchronizationSources()[0];
    if (!source || this.#lastPacket.get(mid) === source.timestamp) return 0;
    this.#lastPacket.set(mid, source.timestamp);
    return source.audioLevel ?? 0;
  }

  async receive(signal: Signal): Promise<void> {
    if (this.#closed) return;
    if (signal.candidate) {
      if (this.#pc.remoteDescription) await this.#pc.addIceCandidate(signal.candidate);
      else this.#early.push(signal.candidate);
    }
    if (signal.description?.type === "offer") await this.#answer(signal.description.sdp, signal.description.tags);
  }

  async #answer(sdp: string, tags: Readonly<Record<string, string>>): Promise<void> {
    await this.#pc.setRemoteDescription({ type: "offer", sdp });
    for (const candidate of this.#early.splice(0)) await this.#pc.addIceCandidate(candidate);
    const answer = await this.#pc.createAnswer();
    await this.#pc.setLocalDescription(answer);
    this.#send({
      role: "subscriber",
      description: { type: "answer", sdp: askForLowDelay(answer.sdp ?? ""), tags: {} },
    });
    const before = this.#tags;
    this.#tags = tags;
    const now = new Set(Object.values(tags));
    for (const tag of Object.values(before)) if (!now.has(tag)) this.#onTrack(tag, undefined);
    for (const [mid, tag] of Object.entries(tags))
      if (before[mid] !== tag) this.#onTrack(tag, this.#trackByMid.get(mid));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pc.onicecandidate = null;
    this.#pc.ontrack = null;
    this.#pc.close();
  }
}
