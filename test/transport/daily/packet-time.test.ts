import { afterEach, describe, expect, it } from "vitest";
import fc from "fast-check";

import { wantPacketTime, withPacketTime, withWantedPacketTime } from "../../../src/transport/daily/packet-time.ts";

const SESSION = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"];
const OPUS = ["m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "a=mid:0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1"];
const VIDEO = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtpmap:96 VP8/90000"];
const G711 = ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:2", "a=rtpmap:0 PCMU/8000", "a=ptime:30"];

const sdpOf = (...sections: readonly string[][]): string => `${sections.flat().join("\r\n")}\r\n`;
const packetTimes = (sdp: string): string[] => sdp.split(/\r?\n/).filter((line) => /^a=ptime:/i.test(line));
const otherLines = (sdp: string): string[] => sdp.split(/\r?\n/).filter((line) => line && !/^a=ptime:/i.test(line));

const line = fc.oneof(
  fc.constantFrom(...OPUS, ...VIDEO, ...G711, "a=ptime:20", "a=maxptime:60", "a=maxptime:5", "A=PTIME:40", ""),
  fc.string(),
);
const anySdp = fc
  .tuple(fc.array(line), fc.constantFrom("\r\n", "\n"))
  .map(([lines, end]) => lines.map((text) => text.replace(/[\r\n]/g, "")).join(end));

describe("withPacketTime", () => {
  it("asks for the packet time once, in every section with Opus and in no other", () => {
    const described = withPacketTime(sdpOf(SESSION, OPUS, VIDEO, G711, [...OPUS, "a=ptime:60"]), 10);
    expect(described).toBe(
      sdpOf(SESSION, [...OPUS.slice(0, 3), "a=ptime:10", ...OPUS.slice(3)], VIDEO, G711, [
        ...OPUS.slice(0, 3),
        "a=ptime:10",
        ...OPUS.slice(3),
      ]),
    );
  });

  it("leaves a section alone whose longest packet is shorter", () => {
    const sdp = sdpOf(SESSION, [...OPUS, "a=maxptime:10"]);
    expect(withPacketTime(sdp, 20)).toBe(sdp);
    expect(packetTimes(withPacketTime(sdp, 10))).toEqual(["a=ptime:10"]);
  });

  it("changes nothing but packet times, whatever the text", () => {
    fc.assert(
      fc.property(anySdp, fc.constantFrom(10 as const, 20 as const), (sdp, packetTimeMs) => {
        const described = withPacketTime(sdp, packetTimeMs);
        expect(otherLines(described)).toEqual(otherLines(sdp));
        expect(withPacketTime(described, packetTimeMs)).toBe(described);
      }),
    );
  });
});

describe("withWantedPacketTime", () => {
  afterEach(() => wantPacketTime(undefined));

  class FakeConnection {
    readonly described: RTCSessionDescriptionInit[] = [];

    setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      this.described.push(description);
      return Promise.resolve();
    }
  }

  const describeRemotely = async (
    ...descriptions: RTCSessionDescriptionInit[]
  ): Promise<RTCSessionDescriptionInit[]> => {
    const Connection = withWantedPacketTime(FakeConnection as unknown as typeof RTCPeerConnection);
    const connection = new Connection();
    for (const description of descriptions) await connection.setRemoteDescription(description);
    return (connection as unknown as FakeConnection).described;
  };

  it("passes descriptions on as they are while nobody wants a packet time", async () => {
    const answer = { type: "answer", sdp: sdpOf(SESSION, OPUS) } as const;
    const [described] = await describeRemotely(answer);
    expect(described).toBe(answer);
  });

  it("asks for the wanted packet time, in offers and answers alike", async () => {
    wantPacketTime(20);
    const sdp = sdpOf(SESSION, OPUS);
    const described = await describeRemotely({ type: "offer", sdp }, { type: "answer", sdp }, { type: "rollback" });
    expect(described.map((description) => packetTimes(description.sdp ?? ""))).toEqual([
      ["a=ptime:20"],
      ["a=ptime:20"],
      [],
    ]);
  });
});
