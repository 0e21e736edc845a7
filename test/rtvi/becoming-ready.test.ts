import { describe, expect, it } from "vitest";

import { LLMRunFrame } from "../../src/frames/index.ts";
import { PAL_NAME } from "../transport/tavus/tavus-harness.ts";
import { RTVIRig } from "./rtvi-rig.ts";

const GREETING = "Pears are ripe. Plums are not ripe yet.";

/** A bot that says its greeting, of which this much was heard, and no client. */
async function greeting(heardMs: number, text = GREETING): Promise<RTVIRig> {
  const rig = await new RTVIRig({ answers: [text] }).start();
  rig.task.queueFrame(new LLMRunFrame());
  await rig.clock.advance(100); // the model
  await rig.clock.advance(heardMs);
  return rig;
}

/** Each `bot-output` as its text, status, and what was heard. */
function outputs(rig: RTVIRig, to = "grace"): unknown[] {
  return rig.data("bot-output", to).map((data) => {
    const progress = data?.spoken_progress as { accumulated_text: string } | undefined;
    return [data?.text, data?.spoken_status, progress?.accumulated_text];
  });
}

describe("a client that becomes ready in the middle", () => {
  it("of a greeting is told what was heard of it, and hears the rest as it is heard", async () => {
    const rig = await greeting(1300);
    expect(rig.call.sent.filter(({ to }) => to !== undefined)).toEqual([]);
    await rig.ready();
    expect(rig.types()).toEqual(["bot-ready", "bot-started-speaking", ...Array<string>(4).fill("bot-output")]);
    expect(outputs(rig)).toEqual([
      ["Pears are ripe.", "new", ""],
      ["Pears are ripe.", "completed", "Pears are ripe."],
      ["Plums are not ripe yet.", "new", ""],
      ["Plums are not ripe yet.", "in-progress", "Plums are"],
    ]);
    rig.forget();
    await rig.clock.advance(3000);
    expect(outputs(rig)).toEqual([
      ["Plums are not ripe yet.", "in-progress", "Plums are not"],
      ["Plums are not ripe yet.", "in-progress", "Plums are not ripe"],
      ["Plums are not ripe yet.", "completed", "Plums are not ripe yet."],
    ]);
    expect(rig.types().at(-1)).toBe("bot-stopped-speaking");
  });

  it("is told alone: those that are ready receive nothing twice", async () => {
    const rig = await greeting(500);
    await rig.ready();
    rig.call.addParticipant({ userName: "Heidi", sessionId: "heidi" });
    await rig.clock.advance(800);
    await rig.ready("heidi");
    await rig.clock.advance(3000);
    const received = outputs(rig).map((output) => JSON.stringify(output));
    expect(new Set(received).size).toBe(received.length);
    expect(outputs(rig, "heidi").at(-1)).toEqual(outputs(rig).at(-1));
    expect(rig.data("bot-started-speaking")).toHaveLength(1);
    expect(rig.data("bot-started-speaking", "heidi")).toHaveLength(1);
  });

  it("is told again when its page was loaded anew", async () => {
    const rig = await greeting(500);
    await rig.ready();
    const told = outputs(rig);
    expect(told).toHaveLength(2);
    rig.forget();
    await rig.ready();
    expect(outputs(rig)).toEqual(told);
  });

  it("with a client of 1.x, is told in the old shape", async () => {
    const rig = await greeting(1300);
    await rig.ready("grace", "1.2.0");
    expect(rig.data("bot-output")).toEqual([
      { text: "Pears are ripe.", spoken: false, aggregated_by: "sentence" },
      { text: "Pears are ripe.", spoken: true, aggregated_by: "word" },
      { text: "Plums are not ripe yet.", spoken: false, aggregated_by: "sentence" },
      { text: "Plums are", spoken: true, aggregated_by: "word" },
    ]);
  });

  it("of a long speech is told its last ten sentences", async () => {
    const sentences = Array.from({ length: 14 }, (_, n) => `Pear ${n}.`);
    const rig = await greeting(6000, sentences.join(" "));
    await rig.ready();
    const told = new Set(rig.data("bot-output").map((data) => data?.text));
    expect(told.size).toBe(10);
    expect(told).not.toContain("Pear 0.");
  });

  it("of an answer is told that the model writes, and receives its voice from the first word", async () => {
    const rig = await new RTVIRig({ answers: [GREETING] }).start();
    rig.task.queueFrame(new LLMRunFrame());
    await rig.clock.advance(50);
    await rig.ready();
    expect(rig.types()).toEqual(["bot-ready", "bot-llm-started"]);
    await rig.clock.advance(5000);
    expect(outputs(rig)[0]).toEqual(["Pears are ripe.", "new", ""]);
    expect(rig.types()).toContain("bot-llm-stopped");
  });

  it("of the user's turn is told that the user speaks, and not after it", async () => {
    const rig = await new RTVIRig({ transcripts: ["Hello"], answers: [""] }).start();
    await rig.hears(500, 0);
    await rig.ready();
    expect(rig.types()).toEqual(["bot-ready", "user-started-speaking"]);
    await rig.hears(0, 3000);
    rig.forget();
    await rig.ready();
    expect(rig.types()).toEqual(["bot-ready"]);
  });

  it("is not told what was over before", async () => {
    const rig = await greeting(10_000);
    await rig.ready();
    expect(rig.types()).toEqual(["bot-ready"]);
  });

  it("is told nothing that the options switch off", async () => {
    const messages = { "bot-started-speaking": false, "bot-output": false };
    const rig = await new RTVIRig({ answers: [GREETING], options: { rtvi: { messages } } }).start();
    rig.task.queueFrame(new LLMRunFrame());
    await rig.clock.advance(1000);
    await rig.ready();
    expect(rig.types()).toEqual(["bot-ready"]);
  });
});

describe("a client-ready of a participant that may be the pal", () => {
  it("is answered when it turns out to be a user", async () => {
    const rig = new RTVIRig();
    rig.task.run().catch(() => undefined);
    await rig.clock.advance(0);
    rig.call.addParticipant({ userName: PAL_NAME, sessionId: "namesake" });
    const id = await rig.ready("namesake");
    expect(rig.received("namesake")).toEqual([]);
    rig.call.addParticipant({ userName: PAL_NAME, userId: "tavus-face-f1", sessionId: "pal" });
    await rig.clock.advance(0);
    expect(rig.received("namesake")).toMatchObject([{ type: "bot-ready", id }]);
  });

  it("is never answered when it is the pal", async () => {
    const rig = new RTVIRig();
    rig.task.run().catch(() => undefined);
    await rig.clock.advance(0);
    rig.call.addParticipant({ userName: PAL_NAME, sessionId: "pal" });
    await rig.ready("pal");
    await rig.clock.advance(60_000);
    expect(rig.received("pal")).toEqual([]);
    expect(rig.transport.rtvi.clients).toEqual([]);
  });
});
