import { describe, expect, it } from "vitest";

import { limitBitrates } from "../../../src/emulator/room/limit-bitrates.ts";

const section = (kind: string, mid: string): string =>
  `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=mid:${mid}\r\n`;
const SDP = `v=0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 10\r\n${section("audio", "0")}${section("video", "1")}${section("video", "10")}`;

describe("limitBitrates", () => {
  it("limits the media of a mid alone, in kilobits, behind its connection", () => {
    const limited = limitBitrates(SDP, new Map([["1", 150_000]]));
    expect(limited).toBe(
      SDP.replace(section("video", "1"), section("video", "1").replace("0.0.0.0\r\n", "0.0.0.0\r\nb=AS:150\r\n")),
    );
  });

  it("changes nothing without a limit, or for a mid that is not there", () => {
    expect(limitBitrates(SDP, new Map())).toBe(SDP);
    expect(limitBitrates(SDP, new Map([["7", 1]]))).toBe(SDP);
  });

  it("never allows nothing", () => {
    expect(limitBitrates(SDP, new Map([["10", 1]]))).toContain("b=AS:1\r\n");
  });
});
