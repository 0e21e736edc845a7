import { expect, it } from "vitest";

import { readOpusHead } from "../../../../src/transport/daily/chromium/opus-packet.ts";

const toc = (mode: number, code: number): number => mode * 8 + code;
const packet = (...start: number[]): Uint8Array => Uint8Array.from({ length: 40 }, (_, i) => start[i] ?? 0);

// The table of RFC 6716, section 3.1.
it.each([
  { name: "SILK, 10 ms", head: [toc(0, 0)], ms: 10 },
  { name: "SILK wideband, 60 ms", head: [toc(11, 0)], ms: 60 },
  { name: "hybrid, 20 ms", head: [toc(13, 0)], ms: 20 },
  { name: "CELT, 2.5 ms", head: [toc(16, 0)], ms: 2.5 },
  { name: "CELT fullband, 20 ms", head: [toc(31, 0)], ms: 20 },
  { name: "two frames of 20 ms", head: [toc(31, 1)], ms: 40 },
  { name: "two frames of different sizes", head: [toc(30, 2)], ms: 20 },
  { name: "three frames of 20 ms", head: [toc(31, 3), 0x83], ms: 60 },
])("knows the length of a packet: $name", ({ head, ms }) => {
  expect(readOpusHead(packet(...head))).toEqual({ samples: ms * 48, isSilence: false });
});

it("knows the packet that begins a silence", () => {
  expect(readOpusHead(Uint8Array.of(toc(31, 0)))).toEqual({ samples: 960, isSilence: true });
});
