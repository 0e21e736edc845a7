import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cutText, fitMessage, measureBytes } from "../../src/rtvi/fit-message.ts";
import { type BotOutputData, serverMessage, type ServerMessage } from "../../src/rtvi/messages.ts";

const MAX_BYTES = 1000;

const text = fc.string({ unit: "binary", maxLength: 3000 });
const long = fc.oneof(
  text,
  fc.constantFrom("ä".repeat(2000), "😀".repeat(1500), '"\\'.repeat(1500), "\u0000".repeat(900)),
);
const json = fc.oneof(long, fc.jsonValue(), fc.array(long, { maxLength: 5 }));

function spoken(whole: string, at: number): BotOutputData {
  const heard = whole.slice(0, at);
  const spoken_status = at === 0 ? "new" : at >= whole.length ? "completed" : "in-progress";
  const progress = { accumulated_text: heard, remaining_text: whole.slice(at) };
  const kind = { output_type: "sentence", aggregated_by: "sentence" };
  return { text: whole, ...kind, segment_id: 7, will_be_spoken: true, spoken_status, spoken_progress: progress };
}

const message: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.tuple(long, fc.nat(3000)).map(([whole, at]) => serverMessage("bot-output", spoken(whole, at))),
  long.map((whole) => serverMessage("bot-output", { text: whole, spoken: true, aggregated_by: "word" })),
  fc
    .constantFrom("user-llm-text", "bot-llm-text", "bot-tts-text", "bot-transcription", "stt-raw-text" as const)
    .chain((type) => long.map((whole) => serverMessage(type, { text: whole }))),
  long.map((said) =>
    serverMessage("user-transcription", { text: said, user_id: "grace", timestamp: "2026-01-01", final: true }),
  ),
  json.map((result) => serverMessage("llm-function-call-stopped", { tool_call_id: "c", cancelled: false, result })),
  json.map((argument) =>
    serverMessage("llm-function-call-in-progress", { tool_call_id: "c", arguments: { argument } }),
  ),
  fc
    .array(fc.tuple(fc.constantFrom("ttfb", "tokens"), fc.string({ maxLength: 1200 })), { maxLength: 60 })
    .map((entries) =>
      serverMessage(
        "metrics",
        Object.groupBy(
          entries.map(([list, processor]) => ({ list, processor, value: 1 })),
          (one) => one.list,
        ) as never,
      ),
    ),
  long.map((error) => serverMessage("error", { error, fatal: false })),
  long.map((error) => serverMessage("error-response", { error }, "id")),
);

describe("messages that are too long for the room", () => {
  it("every message that is sent fits, is valid JSON, and has its type and id", () => {
    fc.assert(
      fc.property(message, (given) => {
        const sent = fitMessage(given, MAX_BYTES) ?? [];
        for (const one of sent) {
          const bytes = Buffer.from(JSON.stringify(one));
          expect(bytes.length).toBeLessThanOrEqual(MAX_BYTES);
          const received = JSON.parse(bytes.toString("utf8")) as ServerMessage;
          expect([received.label, received.type, received.id]).toEqual([given.label, given.type, given.id]);
          // Nothing was lost on the way, such as half of a character.
          expect(received).toEqual(JSON.parse(JSON.stringify(one)));
        }
        if (measureBytes(given) <= MAX_BYTES) expect(sent).toEqual([given]);
      }),
      { numRuns: 500 },
    );
  });

  it("a text is cut between characters, with a mark, and uses what room there is", () => {
    const [cut] = fitMessage(serverMessage("user-llm-text", { text: "😀".repeat(1500) }), MAX_BYTES) ?? [];
    const { text: left } = cut?.data as { text: string };
    expect(left).toMatch(/^(😀)+…$/u);
    expect(measureBytes(cut)).toBeGreaterThan(MAX_BYTES - 4);
  });

  it.each([1, 2, 3, 4, 5, 6])("a text is cut before a character that begins where the room for %i ends", (limit) => {
    // Both halves of a pear count, as in a room that counts characters.
    const cut = cutText("a🍐🍐🍐", (candidate) => candidate.length <= limit) ?? "";
    expect(cut).toMatch(/^(a(🍐)*)?…$/u);
    expect(cut.length).toBe(limit === 1 ? 1 : limit - (limit % 2));
  });

  it("bot-output loses what is left to say, then the progress, then the end of its text", () => {
    const shorten = (length: number, at: number): unknown =>
      fitMessage(serverMessage("bot-output", spoken("a".repeat(length), at)), MAX_BYTES)?.map(({ data }) => data);
    expect(shorten(300, 250)).toMatchObject([{ spoken_progress: { remaining_text: "a".repeat(50) } }]);
    expect(shorten(400, 100)).toMatchObject([{ spoken_progress: { accumulated_text: "a".repeat(100) } }]);
    expect(shorten(400, 100)).not.toHaveProperty([0, "spoken_progress", "remaining_text"]);
    // Progress without progress says nothing.
    expect(shorten(600, 500)).toEqual([]);
    expect(shorten(600, 600)).toMatchObject([{ text: "a".repeat(600), spoken_status: "completed" }]);
    expect(shorten(600, 600)).not.toHaveProperty([0, "spoken_progress"]);
    expect(shorten(2000, 0)).toMatchObject([{ text: expect.stringMatching(/^a{500,}…$/) as string }]);
  });

  it("metrics are split, and lose nothing", () => {
    const entry = (value: number): Record<string, unknown> => ({ processor: "x".repeat(100), value });
    const lists = { ttfb: [1, 2, 3, 4, 5, 6].map(entry), processing: [7, 8, 9].map(entry) };
    const sent = fitMessage(serverMessage("metrics", lists), MAX_BYTES) ?? [];
    expect(sent.length).toBeGreaterThan(1);
    const all = sent.flatMap(({ data }) => Object.values(data as typeof lists).flat());
    expect(all).toEqual([...lists.ttfb, ...lists.processing]);
  });

  it("a function's result is cut as text, its arguments are left out whole", () => {
    const stopped = { tool_call_id: "c", cancelled: false, result: { rows: "r".repeat(2000) } };
    const [ended] = fitMessage(serverMessage("llm-function-call-stopped", stopped), MAX_BYTES) ?? [];
    expect(ended?.data).toMatchObject({ result: expect.stringMatching(/^\{"rows":"r+…$/) as string });
    const begun = { tool_call_id: "c", function_name: "f", arguments: { rows: "r".repeat(2000) } };
    const [running] = fitMessage(serverMessage("llm-function-call-in-progress", begun), MAX_BYTES) ?? [];
    expect(running?.data).toEqual({ tool_call_id: "c", function_name: "f" });
  });

  it("what the application sends is never changed: it cannot be made to fit", () => {
    expect(fitMessage(serverMessage("server-message", "m".repeat(2000)), MAX_BYTES)).toBeUndefined();
  });
});
