import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  EndFrame,
  type Frame,
  InputAudioRawFrame,
  InterimTranscriptionFrame,
  InterruptionFrame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMMessagesAppendFrame,
  LLMMessagesTransformFrame,
  LLMMessagesUpdateFrame,
  LLMRunFrame,
  LLMSetToolChoiceFrame,
  LLMSetToolsFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  TextFrame,
  TranscriptionFrame,
  TranslationFrame,
  TTSTextFrame,
  UserIdleTimeoutUpdateFrame,
  UserSpeakingFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  UserTurnInferenceCompletedFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import {
  AlwaysMuteStrategy,
  createContextAggregators,
  externalTurnStrategies,
  InferenceCompletedStopStrategy,
  MinWordsStartStrategy,
  SpeechTimeoutStopStrategy,
  UntilFirstBotTurnMuteStrategy,
  UserContextAggregator,
  type UserContextAggregatorOptions,
  VADStartStrategy,
} from "../../../src/processors/index.ts";
import { settle } from "../../../src/testing/index.ts";
import { chain, gate, startFrame, Station } from "../../pipeline/harness.ts";

const vadStart = (): Frame => new VADUserStartedSpeakingFrame({ startDelayMs: 200 });
const vadStop = (): Frame => new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 });
const said = (text: string): Frame => new TranscriptionFrame({ text, userId: "u", finalized: true });
const audio = (): Frame => new InputAudioRawFrame({ audio: new Int16Array(160), sampleRate: 16_000 });

async function rig(options: UserContextAggregatorOptions = {}, context = new LLMContext()) {
  const aggregator = new UserContextAggregator(context, options);
  const reported: string[] = [];
  aggregator
    .on("userTurnStarted", () => reported.push("started"))
    .on("userTurnStopped", (text) => reported.push(`stopped: ${text}`))
    .on("userTurnStopTimeout", () => reported.push("timeout"))
    .on("messageAdded", ({ content }) => reported.push(`added: ${content as string}`))
    .on("userMuteStarted", () => reported.push("mute"))
    .on("userMuteStopped", () => reported.push("unmute"))
    .on("userIdle", () => reported.push("idle"));
  const line = await chain([aggregator]);
  const send = async (...frames: Frame[]): Promise<void> => {
    line.send(...frames);
    await settle();
  };
  const takeTold = (): string[] => reported.splice(0);
  return { ...line, aggregator, context, send, takeTold };
}

describe("UserContextAggregator: a turn", () => {
  it("announces its start, interrupts, runs the model on its words, then announces its end", async () => {
    const { send, clock, takeDown, takeUp, takeTold, context } = await rig();
    await send(vadStart());
    expect(takeDown()).toEqual(["VADUserStartedSpeakingFrame", "UserStartedSpeakingFrame", "InterruptionFrame"]);
    expect(takeUp()).toEqual(["UserStartedSpeakingFrame", "InterruptionFrame"]);
    await send(said("Hello."), said("How are you?"), vadStop());
    expect(takeDown()).toEqual(["VADUserStoppedSpeakingFrame"]);
    await clock.advance(600);
    expect(takeDown()).toEqual(["LLMContextFrame", "UserStoppedSpeakingFrame"]);
    expect(takeUp()).toEqual(["UserStoppedSpeakingFrame"]);
    expect(context.messages).toEqual([{ role: "user", content: "Hello. How are you?" }]);
    expect(takeTold()).toEqual(["started", "added: Hello. How are you?", "stopped: Hello. How are you?"]);
  });

  it("consumes all kinds of transcripts, even blank ones, and forwards the rest", async () => {
    const { send, takeDown, context } = await rig({ turns: { start: [], stop: [] } });
    await send(
      new InterimTranscriptionFrame({ text: "he", userId: "u" }),
      said("hello"),
      said("  "),
      new TranslationFrame({ text: "hallo", userId: "u" }),
      new TextFrame("other"),
      audio(),
    );
    expect(takeDown()).toEqual(["InputAudioRawFrame", "other"]);
    expect(context.messages).toEqual([]);
  });

  it("commits pending words before the EndFrame passes, unanswered", async () => {
    for (const end of [new EndFrame(), new CancelFrame()]) {
      const { send, takeDown, takeTold, context } = await rig();
      await send(vadStart(), said("and one more"));
      takeDown();
      await send(end);
      expect(takeDown()).toEqual([end.kind]);
      expect(context.messages).toEqual([{ role: "user", content: "and one more" }]);
      expect(takeTold()).toEqual(["started", "added: and one more", "stopped: and one more"]);
    }
  });

  it("that the watchdog ends is answered if there are words, otherwise only announced", async () => {
    const { send, clock, takeDown, takeTold, context } = await rig({
      turns: { start: [new VADStartStrategy()], stop: [] },
    });
    await send(vadStart(), said("hello"), vadStop());
    takeDown();
    await clock.advance(5000);
    expect(takeDown()).toEqual(["LLMContextFrame", "UserStoppedSpeakingFrame"]);
    expect(takeTold()).toEqual(["started", "timeout", "added: hello", "stopped: hello"]);
    await send(vadStart(), vadStop());
    takeDown();
    await clock.advance(5000);
    expect(takeDown()).toEqual(["UserStoppedSpeakingFrame", "BotResumeSpeakingFrame"]);
    expect(takeTold()).toEqual(["started", "timeout", "stopped: "]);
    expect(context.messages).toHaveLength(1);
  });

  it("a late transcript is kept for the next turn", async () => {
    const { send, clock, takeTold } = await rig({
      turns: { start: [new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] },
    });
    await send(said("late"));
    await clock.advance(10_000);
    expect(takeTold()).toEqual([]);
    await send(vadStart(), said("words"), vadStop());
    await clock.advance(600);
    expect(takeTold()).toEqual(["started", "added: late words", "stopped: late words"]);
  });

  it("that runs the model several times adds a message each time, and emits the whole text at its end", async () => {
    const stop = [new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy())];
    const { send, clock, takeDown, takeTold, context } = await rig({
      turns: { start: [new VADStartStrategy()], stop },
    });
    await send(vadStart(), said("I would like"), vadStop());
    await clock.advance(600);
    expect(takeDown()).toContain("LLMContextFrame");
    await send(vadStart(), said("a coffee"), vadStop());
    await clock.advance(600);
    expect(takeDown()).toContain("LLMContextFrame");
    await send(new UserTurnInferenceCompletedFrame());
    expect(takeDown()).toEqual(["UserTurnInferenceCompletedFrame", "UserStoppedSpeakingFrame"]);
    expect(takeTold()).toEqual(["started", "added: I would like", "added: a coffee", "stopped: I would like a coffee"]);
    expect(context.messages.map(({ content }) => content)).toEqual(["I would like", "a coffee"]);
  });

  it("resolves a proposal once and consumes it; does not announce a turn again", async () => {
    const { send, clock, takeDown, takeUp } = await rig({ turns: externalTurnStrategies() });
    await send(new ProposedUserStartedSpeakingFrame(), said("hello"), new ProposedUserStoppedSpeakingFrame());
    await clock.advance(1000);
    expect(takeDown()).toEqual([
      "UserStartedSpeakingFrame",
      "InterruptionFrame",
      "LLMContextFrame",
      "UserStoppedSpeakingFrame",
    ]);
    takeUp();
    await send(new UserStartedSpeakingFrame());
    await send(said("hello"));
    await send(new UserStoppedSpeakingFrame());
    expect(takeDown()).toEqual(["UserStartedSpeakingFrame", "UserStoppedSpeakingFrame", "LLMContextFrame"]);
    expect(takeUp()).toEqual([]);
  });

  it("started by an interim transcript does not lose the final one queued right behind it", async () => {
    const { send, clock, context } = await rig();
    await send(new InterimTranscriptionFrame({ text: "wait", userId: "u" }), said("wait a minute"));
    await clock.advance(600);
    expect(context.messages).toEqual([{ role: "user", content: "wait a minute" }]);
  });

  it("drops words that are too few to start it", async () => {
    const { send, clock, context } = await rig({
      turns: { start: [new MinWordsStartStrategy(3)], stop: [new SpeechTimeoutStopStrategy()] },
    });
    await send(new BotStartedSpeakingFrame(), said("uh huh"));
    await send(said("tell me something else"));
    await clock.advance(600);
    expect(context.messages).toEqual([{ role: "user", content: "tell me something else" }]);
  });

  it("joins Chinese without spaces", async () => {
    const { send, clock, context } = await rig();
    await send(vadStart(), said("你好。"), said("今天天气怎么样？"), vadStop());
    await clock.advance(600);
    expect(context.messages[0]?.content).toBe("你好。今天天气怎么样？");
  });
});

describe("UserContextAggregator: frames that change the context", () => {
  const message = (content: string) => ({ role: "developer", content }) as const;

  it("add, replace and transform messages, and run the model only on request", async () => {
    const { send, takeDown, context } = await rig();
    await send(new LLMMessagesAppendFrame([message("a")]), new LLMMessagesAppendFrame([message("b")]));
    expect([takeDown(), context.messages]).toEqual([[], [message("a"), message("b")]]);
    await send(new LLMMessagesTransformFrame((messages) => messages.slice(1)));
    expect([takeDown(), context.messages]).toEqual([[], [message("b")]]);
    await send(new LLMMessagesUpdateFrame([message("c")], { runLLM: true }));
    expect([takeDown(), context.messages]).toEqual([["LLMContextFrame"], [message("c")]]);
    await send(new LLMMessagesAppendFrame([message("d")], { runLLM: true }), new LLMRunFrame());
    expect(takeDown()).toEqual(["LLMContextFrame", "LLMContextFrame"]);
  });

  it("pass a request from downstream to the assistant aggregator, behind what is being said", async () => {
    const context = new LLMContext();
    const { user, assistant } = createContextAggregators(context);
    const { opened, open } = gate();
    const speech = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TTSTextFrame) await opened;
      ctx.push(frame, direction);
    });
    const line = await chain([user, speech, assistant]);
    line.send(new LLMFullResponseStartFrame(), new TTSTextFrame("Hello."), new LLMFullResponseEndFrame());
    await settle();
    speech.push(new LLMMessagesAppendFrame([message("x")], { runLLM: true }), "upstream");
    await settle();
    expect(line.takeUp()).toEqual([]);
    open();
    await settle();
    expect(context.messages.map(({ content }) => content)).toEqual(["Hello.", "x"]);
    expect(line.takeUp()).toContain("LLMContextFrame");
  });

  it("keep such a request through an interruption", async () => {
    const context = new LLMContext();
    const { user, assistant } = createContextAggregators(context);
    const speech = new Station(async (frame, direction, ctx) => {
      ctx.push(frame, direction);
      if (frame instanceof TTSTextFrame) await gate().opened;
    });
    const line = await chain([user, speech, assistant]);
    line.send(new LLMFullResponseStartFrame(), new TTSTextFrame("Hello."), new TTSTextFrame("Never said."));
    await settle();
    speech.push(new LLMMessagesAppendFrame([message("x")], { runLLM: true }), "upstream");
    await settle();
    expect(context.messages).toEqual([]);
    line.send(new InterruptionFrame());
    await settle();
    expect(context.messages.map(({ content }) => content)).toEqual(["Hello.", "x"]);
  });

  it("send the model the same context object", async () => {
    const { send, down, context } = await rig();
    await send(new LLMRunFrame());
    expect(down[0]).toBeInstanceOf(LLMContextFrame);
    expect((down[0] as LLMContextFrame).context).toBe(context);
  });

  it("set tools, which are forwarded, and the tool choice", async () => {
    const { send, takeDown, context } = await rig();
    const tool = { name: "f", description: "", parameters: {} };
    await send(new LLMSetToolsFrame([tool]), new LLMSetToolChoiceFrame("required"));
    expect(takeDown()).toEqual(["LLMSetToolsFrame"]);
    expect([context.tools, context.toolChoice]).toEqual([[tool], "required"]);
  });

  it("report a transformation that throws, and change nothing", async () => {
    const { send, takeUp, context } = await rig();
    await send(new LLMMessagesAppendFrame([message("a")]));
    await send(
      new LLMMessagesTransformFrame(() => {
        throw new Error("no");
      }),
    );
    expect(takeUp()).toEqual(["ErrorFrame"]);
    expect(context.messages).toEqual([message("a")]);
  });
});

describe("UserContextAggregator: a muted user", () => {
  it("is announced after the StartFrame, never before", async () => {
    const aggregator = new UserContextAggregator(new LLMContext(), { mute: [new UntilFirstBotTurnMuteStrategy()] });
    const line = await chain([aggregator], { start: false });
    line.send(new TextFrame("early"));
    await settle();
    expect(line.takeDown()).toEqual([]);
    line.send(startFrame());
    await settle();
    expect(line.takeDown()).toEqual(["StartFrame", "UserMuteStartedFrame", "early"]);
    expect(line.takeUp()).toEqual(["UserMuteStartedFrame"]);
  });

  it("is not heard: audio, speech, words and interruptions are dropped, and no words are kept", async () => {
    const { send, clock, takeDown, takeTold, context } = await rig({ mute: [new AlwaysMuteStrategy()] });
    await send(new BotStartedSpeakingFrame());
    expect(takeDown()).toEqual(["UserMuteStartedFrame", "BotStartedSpeakingFrame"]);
    await send(
      audio(),
      vadStart(),
      new UserSpeakingFrame(),
      new ProposedUserStartedSpeakingFrame(),
      new UserStartedSpeakingFrame(),
      new InterruptionFrame(),
      said("hello"),
      vadStop(),
      new ProposedUserStoppedSpeakingFrame(),
      new UserStoppedSpeakingFrame(),
      new TextFrame("other"),
    );
    await clock.advance(10_000);
    expect(takeDown()).toEqual(["other"]);
    await send(new BotStoppedSpeakingFrame());
    expect(takeDown()).toEqual(["UserMuteStoppedFrame", "BotStoppedSpeakingFrame"]);
    expect(takeTold()).toEqual(["mute", "unmute"]);
    expect(context.messages).toEqual([]);
    await send(vadStart());
    expect(takeTold()).toEqual(["started"]);
  });

  it("does not block End and Cancel", async () => {
    for (const end of [new EndFrame(), new CancelFrame()]) {
      const { send, takeDown } = await rig({ mute: [new UntilFirstBotTurnMuteStrategy()] });
      takeDown();
      await send(end);
      expect(takeDown()).toEqual([end.kind]);
    }
  });

  it("ends an open turn: the end of speech still passes", async () => {
    const { send, clock, takeDown, takeTold } = await rig({ mute: [new AlwaysMuteStrategy()] });
    await send(vadStart(), said("hello"));
    await send(new BotStartedSpeakingFrame());
    takeDown();
    await send(vadStop());
    await clock.advance(600);
    expect(takeDown()).toEqual(["VADUserStoppedSpeakingFrame", "LLMContextFrame", "UserStoppedSpeakingFrame"]);
    expect(takeTold()).toEqual(["started", "mute", "added: hello", "stopped: hello"]);
  });
});

describe("UserContextAggregator: an idle user", () => {
  it("is detected, unless a user turn starts", async () => {
    const { send, clock, takeTold } = await rig({ idleTimeoutMs: 5000 });
    await send(new BotStoppedSpeakingFrame());
    await clock.advance(5000);
    expect(takeTold()).toEqual(["idle"]);
    await send(new BotStartedSpeakingFrame(), new BotStoppedSpeakingFrame());
    await clock.advance(4000);
    await send(vadStart());
    await clock.advance(60_000);
    expect(takeTold()).toEqual(["started"]);
  });

  it("is detected from an update of the timeout on", async () => {
    const { send, clock, takeTold } = await rig();
    await send(new BotStoppedSpeakingFrame());
    await clock.advance(60_000);
    await send(new UserIdleTimeoutUpdateFrame(1000));
    await clock.advance(1000);
    expect(takeTold()).toEqual(["idle"]);
  });
});

it("for any order of speech, words, interruptions and pauses, every word enters the context once, and turns alternate", async () => {
  const step = fc.record({
    what: fc.constantFrom("vadStart", "vadStop", "word", "word", "word", "interrupt", "run", "botStart", "botStop"),
    waitMs: fc.constantFrom(undefined, undefined, 0, 300, 700, 6000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { send, clock, context, down, pipeline, takeTold } = await rig({ idleTimeoutMs: 2000 });
      const words: string[] = [];
      const make: Readonly<Record<(typeof steps)[number]["what"], () => Frame>> = {
        vadStart,
        vadStop,
        word: () => said(words[words.push(`w${words.length}`) - 1]!),
        interrupt: () => new InterruptionFrame(),
        run: () => new LLMRunFrame(),
        botStart: () => new BotStartedSpeakingFrame(),
        botStop: () => new BotStoppedSpeakingFrame(),
      };
      for (const { what, waitMs } of steps) {
        pipeline.queueFrame(make[what]());
        if (waitMs !== undefined) await clock.advance(waitMs);
      }
      await send(new EndFrame());
      expect(context.messages.map(({ content }) => content as string).join(" ")).toBe(words.join(" "));
      const marks = down.filter(
        (frame) => frame instanceof UserStartedSpeakingFrame || frame instanceof UserStoppedSpeakingFrame,
      );
      for (const [index, mark] of marks.entries())
        expect(mark).toBeInstanceOf(index % 2 === 0 ? UserStartedSpeakingFrame : UserStoppedSpeakingFrame);
      const reported = takeTold();
      expect(reported.filter((line) => line === "started")).toHaveLength(
        reported.filter((line) => line.startsWith("stopped")).length,
      );
      await pipeline.cleanup();
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 40 },
  );
});

it("UserContextAggregator leaves no timer behind", async () => {
  const { send, clock, pipeline } = await rig({
    idleTimeoutMs: 5000,
    mute: [new UntilFirstBotTurnMuteStrategy()],
  });
  await send(new BotStartedSpeakingFrame(), new BotStoppedSpeakingFrame(), vadStart(), said("a"), vadStop());
  expect(clock.pendingTimers).toBeGreaterThan(0);
  await pipeline.cleanup();
  await pipeline.cleanup();
  expect(clock.pendingTimers).toBe(0);
});
