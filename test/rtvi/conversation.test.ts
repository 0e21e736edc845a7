import { describe, expect, it } from "vitest";

import { RTVIRig } from "./rtvi-rig.ts";

describe("RTVI in a conversation", () => {
  it("sends nothing before a client is ready, then answers it alone, with what the bot can do", async () => {
    const rig = await new RTVIRig({ transcripts: ["Hello"], answers: ["Hi."] }).start();
    await rig.hears(500, 1500);
    await rig.clock.advance(1000);
    expect(rig.received()).toEqual([]);
    const id = await rig.ready();
    expect(rig.received()).toEqual([
      {
        label: "rtvi-ai",
        type: "bot-ready",
        id,
        data: {
          version: "2.2.0",
          about: { library: "tavus-transport" },
          capabilities: {
            ...{ audio_in: true, audio_out: true, video_in: false, screen_in: false, video_out: true },
            metrics: false,
          },
        },
      },
    ]);
    expect(rig.received("pal")).toEqual([]);
  });

  it("reports a turn of the user and the answer, in the order in which they are heard", async () => {
    const answers = ["Pears cost three euros. Plums cost four."];
    const rig = await new RTVIRig({ transcripts: ["How much is fruit?"], answers }).start();
    await rig.ready();
    rig.forget();
    await rig.hears(500, 1500);
    await rig.clock.advance(5000);
    const words = ["bot-output", "bot-tts-text"];
    expect(rig.types().filter((type) => !words.includes(type))).toEqual([
      "user-started-speaking",
      "bot-interrupted",
      "user-input",
      "user-transcription",
      "user-llm-text",
      "user-stopped-speaking",
      "bot-llm-started",
      "bot-llm-text",
      "bot-transcription",
      "bot-llm-text",
      "bot-transcription",
      "bot-llm-stopped",
      "bot-tts-started",
      "bot-started-speaking",
      "bot-tts-stopped",
      "bot-stopped-speaking",
    ]);
    expect(rig.data("user-transcription")).toEqual([
      { text: "How much is fruit?", user_id: "grace", timestamp: "2026-01-01T00:00:02.080Z", final: true },
    ]);
    expect(rig.data("user-llm-text")).toEqual([{ text: "How much is fruit?" }]);
    expect(rig.data("bot-llm-text").map((data) => data?.text)).toEqual([
      "Pears cost three euros. Plums",
      " cost four.",
    ]);
    const types = rig.types();
    expect(types.indexOf("bot-output")).toBe(types.indexOf("bot-started-speaking") + 1);
  });

  it("follows the voice through each sentence: new, each word, completed", async () => {
    const rig = await new RTVIRig({ answers: ["Pears are ripe. Yes."] }).start();
    await rig.ready();
    await rig.send("send-text", { content: "Pears?" });
    await rig.clock.advance(5000);
    const lives = rig.data("bot-output").map((data) => {
      const { text, spoken_status: status, spoken_progress: progress } = data as Record<string, unknown>;
      return [text, status, (progress as { accumulated_text: string }).accumulated_text];
    });
    expect(lives).toEqual([
      ["Pears are ripe.", "new", ""],
      ["Pears are ripe.", "in-progress", "Pears"],
      ["Pears are ripe.", "in-progress", "Pears are"],
      ["Pears are ripe.", "completed", "Pears are ripe."],
      ["Yes.", "new", ""],
      ["Yes.", "completed", "Yes."],
    ]);
    const ids = rig.data("bot-output").map((data) => data?.segment_id);
    expect(new Set(ids).size).toBe(2);
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    expect(rig.data("bot-output")[1]).toMatchObject({
      output_type: "sentence",
      will_be_spoken: true,
      spoken_progress: { accumulated_text: "Pears", remaining_text: " are ripe." },
    });
  });

  it("reports a voice without word times by sentences", async () => {
    const rig = await new RTVIRig({ answers: ["Pears are ripe. Yes."], wordTimestamps: false }).start();
    await rig.ready();
    await rig.send("send-text", { content: "Pears?" });
    await rig.clock.advance(5000);
    expect(rig.data("bot-output").map((data) => [data?.text, data?.spoken_status])).toEqual([
      ["Pears are ripe.", "new"],
      ["Pears are ripe.", "completed"],
      ["Yes.", "new"],
      ["Yes.", "completed"],
    ]);
  });

  it("an interruption completes nothing: the words that were heard are the last", async () => {
    const rig = await new RTVIRig({
      answers: ["One two three four five six seven.", "Ten."],
      transcripts: ["Stop"],
    }).start();
    await rig.ready();
    await rig.send("send-text", { content: "Count" });
    await rig.clock.advance(1000);
    rig.forget();
    await rig.hears(500, 500);
    const texts = rig.data("bot-output").map((data) => data?.spoken_status);
    expect(texts).not.toContain("completed");
    expect(rig.types()).toContain("bot-interrupted");
    const types = rig.types();
    expect(types.lastIndexOf("bot-output")).toBeLessThan(types.indexOf("bot-stopped-speaking"));
    rig.forget();
    await rig.clock.advance(5000);
    expect(rig.data("bot-output").map((data) => data?.text)).toEqual(["Ten.", "Ten."]);
    const heard = rig.context.messages.find(({ interrupted }) => interrupted)?.content;
    expect(heard).toMatch(/^One two/);
  });
});

describe("send-text", () => {
  it("interrupts, adds the text behind what was heard, and has it answered", async () => {
    const rig = await new RTVIRig({ answers: ["One two three four five six seven.", "Ten."] }).start();
    await rig.ready();
    await rig.send("send-text", { content: "Count" });
    await rig.clock.advance(1200);
    const id = await rig.send("send-text", { content: "Faster" });
    await rig.clock.advance(3000);
    expect(rig.context.messages).toMatchObject([
      { role: "user", content: "Count" },
      { role: "assistant", interrupted: true },
      { role: "user", content: "Faster" },
      { role: "assistant", content: "Ten." },
    ]);
    expect(rig.data("user-input").at(-1)).toMatchObject({
      text: "Faster",
      input_type: "chat",
      final: true,
      user_id: "grace",
      msg_id: id,
    });
    expect(rig.types()).not.toContain("user-transcription");
  });

  it("asks the model at once, while the output still waits for the pal to fall silent", async () => {
    const rig = await new RTVIRig({ answers: ["Hello."] }).start();
    await rig.ready();
    const before = rig.clock.nowMs();
    await rig.send("send-text", { content: "Hi" });
    expect(rig.llm.requests).toHaveLength(1);
    expect(rig.clock.nowMs()).toBe(before);
  });

  it("with run_immediately false only adds the text", async () => {
    const rig = await new RTVIRig({ answers: [] }).start();
    await rig.ready();
    await rig.send("send-text", { content: "By the way", options: { run_immediately: false } });
    await rig.clock.advance(1000);
    expect(rig.context.messages).toEqual([{ role: "user", content: "By the way" }]);
    expect(rig.llm.requests).toEqual([]);
    expect(rig.types()).not.toContain("bot-interrupted");
  });

  it("with audio_response false is answered in writing, and the next answer is spoken again", async () => {
    const rig = await new RTVIRig({ answers: ["Written only. Yes.", "Spoken."] }).start();
    await rig.ready();
    await rig.send("send-text", { content: "Write", options: { audio_response: false } });
    await rig.clock.advance(1000);
    expect(rig.data("bot-output").map((data) => [data?.text, data?.spoken_status, data?.will_be_spoken])).toEqual([
      ["Written only.", "new", false],
      ["Yes.", "new", false],
    ]);
    expect(rig.types()).not.toContain("bot-started-speaking");
    await rig.send("send-text", { content: "Speak" });
    await rig.clock.advance(1000);
    expect(rig.types()).toContain("bot-started-speaking");
  });

  it("an interruption while it drains leaves the bot able to speak, and loses no text", async () => {
    const rig = await new RTVIRig({ answers: ["One.", "Two.", "Three."] }).start();
    await rig.ready();
    await Promise.all([
      rig.send("send-text", { content: "a", options: { audio_response: false } }),
      rig.send("send-text", { content: "b" }),
    ]);
    rig.task.interrupt();
    await rig.clock.advance(3000);
    expect(rig.context.messages.filter(({ role }) => role === "user").map(({ content }) => content)).toEqual([
      "a",
      "b",
    ]);
    await rig.send("send-text", { content: "c" });
    await rig.clock.advance(3000);
    expect(rig.data("bot-output").at(-1)).toMatchObject({ spoken_status: "completed" });
  });
});
