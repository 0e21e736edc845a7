import { describe, expect, it } from "vitest";

import { LLMContext, LLMRunFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators } from "../../src/processors/index.ts";
import { ScriptedDailyCall, ScriptedLLMService, ScriptedTTSService, VirtualClock } from "../../src/testing/index.ts";
import { DailyTransport } from "../../src/transport/daily-room/daily-transport.ts";
import { pcm, TestLogger } from "../transport/frames.ts";
import { ROOM_URL } from "../transport/daily-room/daily-harness.ts";

describe("RTVI in a Daily room without a pal", () => {
  it("a client receives the bot's words as they are heard, and one that has left nothing", async () => {
    const clock = new VirtualClock();
    const logger = new TestLogger();
    const room = new ScriptedDailyCall({ clock });
    const transport = new DailyTransport(
      { roomUrl: ROOM_URL, botName: "Ada" },
      { createCall: () => Promise.resolve(room), env: {}, clock, logger },
    );
    const { user, assistant } = createContextAggregators(new LLMContext());
    const llm = new ScriptedLLMService({ answers: ["Pears are ripe.", "Bye."], latencyMs: 100 });
    const tts = new ScriptedTTSService({ sound: (_word, sampleRate) => pcm(240, sampleRate, 8000) });
    const chain = [transport.input(), user, llm, tts, transport.output(), assistant];
    const task = new PipelineTask(new Pipeline(chain), { clock, logger });
    task.run().catch(() => undefined);
    await clock.advance(0);

    // Its greeting is faster than the news that it has joined.
    room.receive({ label: "rtvi-ai", type: "client-ready", id: "m", data: { version: "2.1.0" } }, "grace");
    await clock.advance(0);
    expect(room.sent).toEqual([]);
    room.addParticipant({ userName: "Grace", sessionId: "grace" });
    task.queueFrame(new LLMRunFrame());
    await clock.advance(5000);
    const received = room.sent.map(({ data, to }) => [to, (data as { type: string }).type]);
    expect(received[0]).toEqual(["grace", "bot-ready"]);
    expect(new Set(received.map(([to]) => to))).toEqual(new Set(["grace"]));
    const outputs = room.sent.map(({ data }) => data as { type: string; data?: Record<string, unknown> });
    const statuses = outputs.filter(({ type }) => type === "bot-output").map(({ data }) => data?.spoken_status);
    expect(statuses).toEqual(["new", "in-progress", "in-progress", "completed"]);

    room.removeParticipant("grace");
    room.sent.length = 0;
    task.queueFrame(new LLMRunFrame());
    await clock.advance(5000);
    expect(room.sent).toEqual([]);
    expect(llm.requests).toHaveLength(2);
  });
});
