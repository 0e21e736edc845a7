import { describe, expect, it } from "vitest";

import { NetworkStats } from "../../../src/emulator/call-machine/network-stats.ts";

type Latest = Readonly<Record<string, number | null>>;

/** Opens statistics over peer connections with these reports. */
function openStats(reports: object[][]) {
  let nowMs = 10_000;
  const connections = (): RTCPeerConnection[] =>
    reports.map((stats) => ({ getStats: () => Promise.resolve(stats) }) as unknown as RTCPeerConnection);
  const stats = new NetworkStats(connections, () => nowMs);
  return {
    pass: (ms: number) => (nowMs += ms),
    read: async () => (await stats.read()) as { latest: Latest } & Readonly<Record<string, number>>,
  };
}

describe("network statistics", () => {
  it("are null without data", async () => {
    const { pass, read } = openStats([]);
    pass(1000);
    const { latest, averageNetworkRoundTripTime } = await read();
    expect(latest).toMatchObject({ timestamp: 11_000, sendBitsPerSecond: 0, recvBitsPerSecond: 0 });
    expect(latest).toMatchObject({ networkRoundTripTime: null, totalSendPacketLoss: null, videoRecvJitter: null });
    expect(averageNetworkRoundTripTime).toBe(0);
  });

  it("sum up what all connections carry, per second since the last reading", async () => {
    const audioOut = { type: "outbound-rtp", kind: "audio", bytesSent: 1000, packetsSent: 10 };
    const videoIn = { type: "inbound-rtp", kind: "video", bytesReceived: 4000, packetsReceived: 8, jitter: 0.01 };
    const { pass, read } = openStats([[audioOut], [{ ...audioOut }, videoIn]]);
    pass(2000);
    expect((await read()).latest).toMatchObject({
      audioSendBitsPerSecond: 8000,
      videoRecvBitsPerSecond: 16_000,
      sendBitsPerSecond: 8000,
      recvBitsPerSecond: 16_000,
      videoRecvPacketLoss: 0,
      videoRecvJitter: 0.01,
    });
    audioOut.bytesSent += 500;
    pass(2000);
    expect((await read()).latest).toMatchObject({ audioSendBitsPerSecond: 2000, videoRecvBitsPerSecond: 0 });
  });

  it("are sampled again after two seconds, and not before", async () => {
    const audioOut = { type: "outbound-rtp", kind: "audio", bytesSent: 1000 };
    const { pass, read } = openStats([[audioOut]]);
    pass(1000);
    const first = (await read()).latest;
    pass(1999);
    expect((await read()).latest).toEqual(first);
    pass(1);
    expect((await read()).latest).not.toEqual(first);
  });

  it("keep the worst loss and jitter, and average the round trips", async () => {
    const videoIn = { type: "inbound-rtp", kind: "video", packetsReceived: 75, packetsLost: 25, jitter: 0.03 };
    const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.1 };
    const { pass, read } = openStats([[videoIn, pair, { ...pair, nominated: false, currentRoundTripTime: 9 }]]);
    pass(2000);
    await read();
    Object.assign(videoIn, { packetsReceived: 175, jitter: 0.01 });
    pair.currentRoundTripTime = 0.3;
    pass(2000);
    const stats = await read();
    expect(stats.latest).toMatchObject({ videoRecvPacketLoss: 0, videoRecvJitter: 0.01, networkRoundTripTime: 0.3 });
    expect(stats).toMatchObject({ worstVideoRecvPacketLoss: 0.25, worstVideoRecvJitter: 0.03 });
    expect(stats.averageNetworkRoundTripTime).toBeCloseTo(0.2);
  });

  it("are not negative after a participant has left", async () => {
    const reports = [[{ type: "inbound-rtp", kind: "audio", bytesReceived: 9000, packetsReceived: 90 }]];
    const { pass, read } = openStats(reports);
    pass(2000);
    await read();
    reports.length = 0;
    pass(2000);
    expect((await read()).latest).toMatchObject({ audioRecvBitsPerSecond: 0, audioRecvPacketLoss: null });
  });
});
