import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MEDIA_HEAD_BYTES, MEDIA_MESSAGE, writeMediaHead } from "../../src/transport/daily/remote/media-messages.ts";
import { parseControlAnswer } from "../../src/transport/daily/remote/control-messages.ts";
import { parseReceivedMedia } from "../../src/transport/daily/remote/received-media.ts";

function message(type: number, id: number, third: number, rest: number): Buffer {
  const buffer = Buffer.alloc(MEDIA_HEAD_BYTES + rest);
  writeMediaHead(new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength), { type, id, third });
  return buffer;
}

describe("a message from a call page over its control socket", () => {
  it.each([
    { id: 1 },
    { id: 1, result: { sessionId: "s" } },
    { id: 2, failure: { code: "joinFailed", message: "no" } },
    { event: { type: "appMessage", from: "s", data: { a: 1 } } },
    { event: { type: "left", reason: "ended", message: "m" } },
    { event: { type: "participantJoined", participant: { sessionId: "s", custom: {} } } },
  ])("is read when it is %j", (answer) => {
    expect(parseControlAnswer(Buffer.from(JSON.stringify(answer)))).toMatchObject(answer);
  });

  it.each([
    "",
    "null",
    "{",
    "[]",
    '{"id":"1"}',
    '{"event":null}',
    '{"event":{"type":"participantJoined"}}',
    '{"token":{"toString":1}}',
  ])("is ignored when it is %j", (text) => {
    expect(parseControlAnswer(Buffer.from(text))).toBeUndefined();
  });

  it("never throws, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          parseControlAnswer(Buffer.from(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("a message from a call page over its media socket", () => {
  it("is read when its length matches its head", () => {
    expect(parseReceivedMedia(message(MEDIA_MESSAGE.taken, 3, 1, 0))).toEqual({
      type: "taken",
      sinkId: 3,
      wasShown: true,
    });
    expect(parseReceivedMedia(message(MEDIA_MESSAGE.taken, 3, 0, 0))).toMatchObject({ wasShown: false });
    expect(parseReceivedMedia(message(MEDIA_MESSAGE.taken, 3, 1, 4))).toBeUndefined();
    expect(parseReceivedMedia(message(MEDIA_MESSAGE.played, 3, 7, 12))).toEqual({
      type: "played",
      sinkId: 3,
      generation: 7,
      report: { samples: 0, wallMs: 0 },
    });
    expect(parseReceivedMedia(message(MEDIA_MESSAGE.captured, 4, 48_000, 960))).toMatchObject({
      pcm: new Int16Array(480),
    });
    const size = (4 << 16) | 2;
    expect(parseReceivedMedia(message(MEDIA_MESSAGE.picture, 5, size, 4 * 2 + 2 * 2))).toMatchObject({
      picture: { width: 4, height: 2 },
    });
  });

  it.each([
    ["no head", Buffer.alloc(3)],
    ["an empty report", message(MEDIA_MESSAGE.played, 1, 1, 0)],
    ["a report of no time", Buffer.concat([message(MEDIA_MESSAGE.played, 1, 1, 4), Buffer.alloc(8, 0xff)])],
    ["half a sample", message(MEDIA_MESSAGE.captured, 1, 48_000, 3)],
    ["a picture without its pixels", message(MEDIA_MESSAGE.picture, 1, (640 << 16) | 480, 100)],
    ["a message that only Node sends", message(MEDIA_MESSAGE.pcm, 1, 1, 4)],
    ["an unknown type", message(99, 1, 1, 4)],
  ])("is ignored when it is %s", (_, bytes) => {
    expect(parseReceivedMedia(bytes)).toBeUndefined();
  });

  it("never throws, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 9 }), (bytes, type) => {
        const buffer = Buffer.from(bytes);
        if (buffer.length >= 4) buffer.writeUInt32LE(type);
        parseReceivedMedia(buffer);
      }),
      { numRuns: 5000 },
    );
  });
});
