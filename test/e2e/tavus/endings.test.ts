import { describe, expect, it } from "vitest";

import { EndFrame, type Frame, type FrameDirection, TextFrame } from "../../../src/frames/index.ts";
import { FrameProcessor, PipelineTask, type ProcessContext } from "../../../src/pipeline/index.ts";
import { createDailyCall } from "../../../src/transport/daily/index.ts";
import { TavusTransport } from "../../../src/transport/tavus/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { BotProcess } from "../../support/bot-process.ts";
import { browsersOf, isAlive, withoutSandboxNote } from "../../support/browsers.ts";
import { REAL_RUNTIMES } from "../../support/calls.ts";
import { FACE_ID, PlayedByPal, type TavusBot, tavusStage, warmBrowser } from "../../support/tavus.ts";
import { until } from "../../support/until.ts";

const stage = tavusStage();

/** Expects that the only conversation has ended, that its end was requested exactly once, and that its room is empty. */
function expectEndedOnce(id = stage.emulator.tavus.conversations.list()[0]?.id ?? ""): void {
  const { tavus } = stage.emulator;
  expect({
    created: tavus.conversations.createdConversations,
    endCalls: tavus.endCalls(id),
    open: tavus.openConversations,
    room: stage.emulator.room(id),
  }).toEqual({ created: 1, endCalls: 1, open: 0, room: undefined });
}

class Failing extends FrameProcessor {
  readonly #where: "setup" | "handler";

  constructor(where: "setup" | "handler") {
    super({ name: "Failing" });
    this.#where = where;
  }

  override async setup(...args: Parameters<FrameProcessor["setup"]>): Promise<void> {
    await super.setup(...args);
    if (this.#where === "setup") throw new Error("no service here");
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (this.#where === "handler" && frame instanceof TextFrame) {
      context.pushError(new Error("cannot go on"), { fatal: true });
      throw new Error("thrown by a handler");
    }
    context.push(frame, direction);
  }
}

describe.each(REAL_RUNTIMES)("a conversation on the %s runtime is ended exactly once", (runtime) => {
  warmBrowser(runtime);

  it("when the task ends", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).ready();
    bot.task.end();
    await expect(bot.running).resolves.toMatchObject({ outcome: "ended" });
    expectEndedOnce(bot.id);
    // Ends it again, in every way: it is over.
    bot.task.cancel();
    await bot.transport.input().cleanup();
    await bot.transport.output().cleanup();
    expectEndedOnce(bot.id);
    expect(bot.errors).toEqual([]);
    expect(bot.logger.warnings()).toEqual([]);
  });

  it("when the task is cancelled while the pal speaks", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).ready();
    const played = new PlayedByPal(stage.palOf(bot));
    bot.say(440, 10_000);
    await until("the pal speaks", () => played.speaks);
    const beforeMs = performance.now();
    bot.task.cancel("enough");
    await expect(bot.running).resolves.toMatchObject({ outcome: "cancelled", reason: "enough" });
    expect(performance.now() - beforeMs).toBeLessThan(2500);
    expectEndedOnce(bot.id);
  });

  it("when the last user leaves and the bot then ends the task", async () => {
    await stage.open();
    const bot = stage.bot({ runtime });
    bot.transport.on("clientDisconnected", () => bot.task.end("the user left"));
    await bot.connected();
    const user = await stage.user(bot);
    await until("the user is seen", () => bot.events.includes("clientConnected User"));
    await user.call.close();
    await expect(bot.running).resolves.toMatchObject({ outcome: "ended", reason: "the user left" });
    expectEndedOnce(bot.id);
  });

  it("when the bot is ejected", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).connected();
    const room = stage.emulator.room(bot.id);
    room?.eject(room.participants().find(({ userName }) => userName === "Bot")?.sessionId ?? "");
    await expect(bot.running).rejects.toMatchObject({ name: "DailyCallError", code: "ejected" });
    expectEndedOnce(bot.id);
    expect(bot.errors).toHaveLength(1);
  });

  it("when its room is deleted under it", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).connected();
    stage.emulator.deleteRoom(bot.id);
    await expect(bot.running).rejects.toMatchObject({ code: "roomExpired" });
    expectEndedOnce(bot.id);
    expect(bot.errors).toHaveLength(1);
  });
});

describe("a conversation is ended exactly once", () => {
  it("when Tavus has ended it before: another end does no harm", async () => {
    const emulator = await stage.open();
    const bot = await stage.bot().connected();
    await emulator.tavus.conversations.end(bot.id, "max_call_duration reached");
    await expect(bot.running).rejects.toMatchObject({ code: "roomExpired" });
    expectEndedOnce(bot.id);
  });

  it("when its room is gone before the bot joins", async () => {
    const emulator = await stage.open();
    const bot = stage.bot({
      runtime: "native",
      dependencies: {
        createCall: ({ url }) => {
          emulator.deleteRoom(new URL(url).pathname.slice(1));
          return createDailyCall({ url, runtime: "native", logger: silentLogger });
        },
      },
    });
    await expect(bot.connected()).rejects.toThrow(/room/i);
    expectEndedOnce();
  });

  it("when the runtime of the call cannot be started", async () => {
    await stage.open();
    const bot = stage.bot({ dependencies: { createCall: () => Promise.reject(new Error("no runtime")) } });
    await expect(bot.connected()).rejects.toThrow("no runtime");
    expectEndedOnce();
  });

  it("when the bot's token is rejected", async () => {
    const emulator = await stage.open();
    const bot = stage.bot({
      conversation: { requireAuth: true },
      dependencies: {
        createCall: async ({ url }) => {
          const call = await createDailyCall({ url, runtime: "native", logger: silentLogger });
          const join = call.join.bind(call);
          call.join = (options) => join({ ...options, token: "wrong" });
          return call;
        },
      },
    });
    await expect(bot.connected()).rejects.toThrow(/not allowed/i);
    expectEndedOnce();
    expect(emulator.tavus.openConversations).toBe(0);
  });

  it("when the room is full before the bot joins", async () => {
    await stage.open({ pal: { twice: true } });
    const bot = stage.bot({ conversation: { maxParticipants: 2 } });
    await expect(bot.connected()).rejects.toThrow(/full.*max_participants/is);
    expectEndedOnce();
  });

  it("when a handler fails for good", async () => {
    await stage.open();
    const bot = await stage.bot({ processors: [new Failing("handler")] }).connected();
    bot.task.queueFrame(new TextFrame("go"));
    await expect(bot.running).rejects.toThrow("cannot go on");
    expectEndedOnce(bot.id);
  });

  it("when another processor cannot be set up", async () => {
    const emulator = await stage.open();
    const bot = stage.bot({ processors: [new Failing("setup")] });
    await expect(bot.running).rejects.toMatchObject({ code: "processorSetup", processor: "Failing" });
    const { tavus } = emulator;
    // The creation may have been in flight, or not yet started; nothing of it may remain.
    expect(tavus.openConversations).toBe(0);
    for (const { id } of tavus.conversations.list()) expect(tavus.endCalls(id)).toBe(1);
  });

  it("when input and output are set up at the same moment, each by a task of its own", async () => {
    const { apiKey, apiUrl, tavus } = await stage.open();
    const transport = new TavusTransport({ faceId: FACE_ID, apiKey, apiUrl }, { env: {} });
    const joins: string[] = [];
    transport.on("connected", ({ sessionId }) => joins.push(sessionId));
    const [listening, speaking] = [transport.input(), transport.output()].map(
      (half) => new PipelineTask(half, { logger: silentLogger }),
    ) as [PipelineTask, PipelineTask];
    const running = Promise.all([listening.run(), speaking.run()]);
    await until("it is in its room", () => joins.length > 0);
    listening.end();
    await listening.run();
    // The other half still needs the call.
    expect(tavus.endCalls(transport.conversationId ?? "")).toBe(0);
    speaking.end();
    await running;
    expect(joins).toHaveLength(1);
    expectEndedOnce();
  });

  it("when the task is cancelled at any moment of its set-up", async () => {
    const emulator = await stage.open();
    // Creation, runtime, join and start take about 100 ms here; each bot is cancelled at another point of that time.
    const bots: TavusBot[] = [];
    for (const delayMs of [0, 5, 15, 30, 60, 100]) {
      const bot = stage.bot();
      bots.push(bot);
      await until("the moment has come", waited(delayMs));
      bot.task.cancel();
      await bot.running;
    }
    const { tavus } = emulator;
    expect(tavus.openConversations).toBe(0);
    for (const { id } of tavus.conversations.list()) expect(tavus.endCalls(id)).toBe(1);
  });

  it("when the browser of the call is killed", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime: "chromium" }).ready();
    process.kill(Math.min(...browsersOf()), "SIGKILL");
    await expect(bot.running).rejects.toMatchObject({ name: "DailyCallError", code: "runtimeDied" });
    expectEndedOnce(bot.id);
    expect(bot.errors).toHaveLength(1);
    await until("no browser process is left", () => browsersOf().length === 0);
  });

  it("when the end is requested by frames, from either end of the pipeline", async () => {
    await stage.open();
    const bot = await stage.bot().ready();
    bot.task.queueFrames([new EndFrame("first"), new EndFrame("second")]);
    bot.task.end("third");
    await expect(bot.running).resolves.toMatchObject({ outcome: "ended", reason: "first" });
    expectEndedOnce(bot.id);
  });
});

describe("a conversation of a process of its own is ended exactly once", () => {
  const script = new URL("bots/bot.ts", import.meta.url);

  async function start(...args: string[]) {
    const emulator = await stage.open();
    const bot = new BotProcess(script, emulator, { args });
    const id = await bot.says(/^ready (\w+)$/m);
    const children = bot.children();
    if (args[0] === "chromium") expect(children.length).toBeGreaterThan(0);
    return { bot, id, children };
  }

  it.each([
    ["native", "SIGINT"],
    ["native", "SIGTERM"],
    ["chromium", "SIGINT"],
    ["chromium", "SIGTERM"],
  ] as const)("on %s at a %s, and the process ends by itself", async (runtime, signal) => {
    const { bot, id, children } = await start(runtime);
    await using _ = bot;
    bot.child.kill(signal);
    expect(await bot.ends(6000)).toBe(signal === "SIGINT" ? 130 : 143);
    expect(bot.stdout).toMatch(/cancelled\n$/);
    expect(withoutSandboxNote(bot.stderr)).toBe("");
    expectEndedOnce(id);
    await until("its children have ended", () => !children.some(isAlive));
  });

  it.each([
    ["native", "throw", /uncaughtException: nobody catches this/],
    ["native", "reject", /unhandledRejection: nobody awaits this/],
    ["chromium", "throw", /uncaughtException: nobody catches this/],
  ] as const)(
    "on %s when it does not handle an error (%s), and the exit code is 1",
    async (runtime, mischief, told) => {
      const { bot, id, children } = await start(runtime, mischief);
      await using _ = bot;
      expect(await bot.ends(8000)).toBe(1);
      expect(bot.stderr).toMatch(told);
      expectEndedOnce(id);
      await until("its children have ended", () => !children.some(isAlive));
    },
  );

  it.each(["native", "chromium"] as const)(
    "or by Tavus' own limit, when a second signal cuts a slow end short on %s",
    async (runtime) => {
      const { bot, id, children } = await start(runtime, "", "end");
      await using _ = bot;
      bot.child.kill("SIGINT");
      // The first signal lets the bot finish its half minute of speech.
      await until("the pal still speaks", waited(300));
      expect(bot.isRunning).toBe(true);
      expect(stage.emulator.tavus.endCalls(id)).toBe(0);
      bot.child.kill("SIGINT");
      expect(await bot.ends(3000)).toBe(130);
      const { tavus } = stage.emulator;
      // Nothing more could be sent; the limit of one second for an empty room ends it.
      await until("Tavus ends it", () => tavus.openConversations === 0);
      expect(tavus.conversations.get(id)?.shutdownReason).toBe("participant_left_timeout reached");
      expect(tavus.endCalls(id)).toBe(0);
      await until("its children have ended", () => !children.some(isAlive));
    },
  );
});

/** A condition that holds after this much time. */
function waited(ms: number): () => boolean {
  const fromMs = performance.now();
  return () => performance.now() - fromMs >= ms;
}
