import { openVirtualTransportStage, testTone, transportContract, VirtualClock } from "tavus-transport/testing";
import { type Peer, SocketTransport } from "./socket-transport.ts";

/** A peer that plays on virtual time and records what was heard. */
class ScriptedPeer implements Peer {
  readonly sampleRate = 16_000;
  onAudio: ((pcm: Int16Array) => void) | undefined;
  closed = 0;
  readonly #clock: VirtualClock;
  #heard: number[] = [];
  #queued: { readonly sample: number; readonly dueMs: number }[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  sendAudio(pcm: Int16Array): void {
    let dueMs = Math.max(this.#clock.nowMs(), this.#queued.at(-1)?.dueMs ?? 0);
    for (const sample of pcm) this.#queued.push({ sample, dueMs: (dueMs += 1000 / this.sampleRate) });
  }

  sendMessage(message: unknown): void {
    this.heard(); // what is due has been heard
    if (JSON.stringify(message) === '{"type":"clear"}') this.#queued = [];
  }

  close(): void {
    this.closed++;
  }

  heard(): Int16Array {
    const nowMs = this.#clock.nowMs();
    const due = this.#queued.filter(({ dueMs }) => dueMs <= nowMs);
    this.#queued = this.#queued.slice(due.length);
    this.#heard.push(...due.map(({ sample }) => sample));
    return Int16Array.from(this.#heard);
  }
}

function open() {
  const clock = new VirtualClock();
  const peer = new ScriptedPeer(clock);
  const transport = new SocketTransport(peer);
  return openVirtualTransportStage({
    clock,
    transport,
    heard: () => ({ pcm: peer.heard(), sampleRate: peer.sampleRate }),
    userSpeaks: (durationMs) => {
      const speech = testTone(700, peer.sampleRate, durationMs);
      for (let at = 0; at < speech.length; at += 320) peer.onAudio?.(speech.subarray(at, at + 320));
    },
    userComesBack: () => {
      transport.callerLeft();
      transport.callerJoined();
    },
    endings: () => peer.closed,
  });
}

/** Each entry is one test: `for (const { name, run } of socketTransportContract) it(name, run);` */
export const socketTransportContract = transportContract(open);
