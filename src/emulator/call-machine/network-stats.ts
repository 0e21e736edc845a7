/** Daily samples its statistics about every two seconds. */
const INTERVAL_MS = 2000;
const DIRECTIONS = ["Recv", "Send"] as const;
const KINDS = ["video", "audio"] as const;

type Direction = (typeof DIRECTIONS)[number];
type Kind = (typeof KINDS)[number];
type Key = `${Kind}${Direction}`;

interface Totals {
  bytes: number;
  packets: number;
  lost: number;
  /** The largest of all tracks, in seconds. */
  jitter: number | null;
}

interface Sample {
  readonly atMs: number;
  readonly byKey: Readonly<Record<Key, Totals>>;
  readonly roundTripsS: readonly number[];
  readonly availableOutgoingBitrate: number | null;
}

/** The WebRTC statistics read here. */
interface Stat {
  readonly type: string;
  readonly kind?: string;
  readonly bytesReceived?: number;
  readonly bytesSent?: number;
  readonly packetsReceived?: number;
  readonly packetsSent?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
  readonly availableOutgoingBitrate?: number;
}

const noTotals = (): Totals => ({ bytes: 0, packets: 0, lost: 0, jitter: null });
const noSample = (atMs: number): Sample => ({
  atMs,
  byKey: { videoRecv: noTotals(), videoSend: noTotals(), audioRecv: noTotals(), audioSend: noTotals() },
  roundTripsS: [],
  availableOutgoingBitrate: null,
});

/**
 * The answer of `getNetworkStats()`: the members of `stats` in daily-js' type definitions, computed from WebRTC statistics.
 * Rates are in bits per second, losses are fractions, times are in seconds; null without data. Nothing is
 * sampled unless requested.
 */
export class NetworkStats {
  readonly #connections: () => readonly RTCPeerConnection[];
  readonly #now: () => number;
  readonly #worst: Record<string, number> = {};
  readonly #roundTripsS: number[] = [];
  #before: Sample;
  #latest: Record<string, number | null> | undefined;

  constructor(connections: () => readonly RTCPeerConnection[], now: () => number = Date.now) {
    this.#connections = connections;
    this.#now = now;
    this.#before = noSample(now());
  }

  async read(): Promise<object> {
    if (!this.#latest || this.#now() - this.#before.atMs >= INTERVAL_MS) {
      const after = await this.#sample();
      this.#latest = this.#difference(this.#before, after);
      this.#before = after;
    }
    const trips = this.#roundTripsS;
    const averageNetworkRoundTripTime = trips.length ? trips.reduce((sum, trip) => sum + trip, 0) / trips.length : 0;
    return { latest: this.#latest, ...this.#worst, averageNetworkRoundTripTime };
  }

  #difference(before: Sample, after: Sample): Record<string, number | null> {
    const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1000);
    const trips = after.roundTripsS;
    const trip = trips.length ? trips.reduce((sum, one) => sum + one, 0) / trips.length : null;
    if (trip !== null) this.#roundTripsS.push(trip);
    if (this.#roundTripsS.length > 1000) this.#roundTripsS.shift();
    const latest: Record<string, number | null> = {
      timestamp: after.atMs,
      availableOutgoingBitrate: after.availableOutgoingBitrate,
      networkRoundTripTime: trip,
    };
    for (const direction of DIRECTIONS) {
      let bits = 0;
      let lost = 0;
      let packets = 0;
      for (const kind of KINDS) {
        const key: Key = `${kind}${direction}`;
        // A participant that left removes its totals.
        const since = (name: "bytes" | "packets" | "lost"): number =>
          Math.max(0, after.byKey[key][name] - before.byKey[key][name]);
        const bitsPerSecond = (since("bytes") * 8) / seconds;
        latest[`${key}BitsPerSecond`] = bitsPerSecond;
        latest[`${key}PacketLoss`] = part(since("lost"), since("packets"));
        latest[`${key}Jitter`] = after.byKey[key].jitter;
        bits += bitsPerSecond;
        lost += since("lost");
        packets += since("packets");
        for (const what of ["PacketLoss", "Jitter"]) {
          const name = `worst${kind === "video" ? "Video" : "Audio"}${direction}${what}`;
          this.#worst[name] = Math.max(this.#worst[name] ?? 0, latest[`${key}${what}`] ?? 0);
        }
      }
      latest[`${direction.toLowerCase()}BitsPerSecond`] = bits;
      latest[`total${direction}PacketLoss`] = part(lost, packets);
    }
    return latest;
  }

  async #sample(): Promise<Sample> {
    const reports = await Promise.all(this.#connections().map((connection) => connection.getStats()));
    const sample = noSample(this.#now());
    const roundTripsS: number[] = [];
    let available: number | null = null;
    for (const report of reports) {
      report.forEach((stat: Stat) => {
        if (stat.kind === "audio" || stat.kind === "video") addMedia(sample, stat, stat.kind);
        if (stat.type !== "candidate-pair" || stat.nominated !== true) return;
        if (stat.currentRoundTripTime !== undefined) roundTripsS.push(stat.currentRoundTripTime);
        if (stat.availableOutgoingBitrate !== undefined) available = (available ?? 0) + stat.availableOutgoingBitrate;
      });
    }
    return { ...sample, roundTripsS, availableOutgoingBitrate: available };
  }
}

function addMedia({ byKey }: Sample, stat: Stat, kind: Kind): void {
  switch (stat.type) {
    case "inbound-rtp": {
      const totals = byKey[`${kind}Recv`];
      totals.bytes += stat.bytesReceived ?? 0;
      totals.packets += (stat.packetsReceived ?? 0) + (stat.packetsLost ?? 0);
      totals.lost += stat.packetsLost ?? 0;
      totals.jitter = largest(totals.jitter, stat.jitter);
      break;
    }
    case "outbound-rtp": {
      const totals = byKey[`${kind}Send`];
      totals.bytes += stat.bytesSent ?? 0;
      totals.packets += stat.packetsSent ?? 0;
      break;
    }
    // What the other side reports of what we send it.
    case "remote-inbound-rtp": {
      const totals = byKey[`${kind}Send`];
      totals.lost += stat.packetsLost ?? 0;
      totals.jitter = largest(totals.jitter, stat.jitter);
      break;
    }
  }
}

function largest(known: number | null, value: number | undefined): number | null {
  return value === undefined ? known : Math.max(known ?? 0, value);
}

function part(lost: number, packets: number): number | null {
  return packets === 0 ? null : lost / packets;
}
