import { describe, expect, it } from "vitest";

import {
  EagerEndOfTurnCancelFrame,
  EagerTranscriptionFrame,
  EndFrame,
  type Frame,
  InterimTranscriptionFrame,
  LLMContext,
  LLMTextFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  STTUpdateSettingsFrame,
  TranscriptionFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { createContextAggregators } from "../../../src/processors/index.ts";
import {
  DeepgramFluxSTTService,
  type DeepgramFluxSTTServiceOptions,
  type DeepgramTranscription,
  fluxTurnStrategies,
} from "../../../src/services/deepgram/index.ts";
import {
  FakeDeepgram,
  type FakeDeepgramOptions,
  ScriptedLLMService,
  VirtualClock,
} from "../../../src/testing/index.ts";
import { type Clock, systemClock } from "../../../src/util/clock.ts";
import { chain } from "../../pipeline/harness.ts";
import { STTRig } from "./stt-rig.ts";

interface Rig extends AsyncDisposable {
  readonly fake: FakeDeepgram;
  readonly stt: DeepgramFluxSTTService;
  readonly rig: STTRig;
  sent(connection?: number): Record<string, unknown>[];
}

async function start(
  vendor: FakeDeepgramOptions & { readonly prepare?: (fake: FakeDeepgram) => void } = {},
  options: DeepgramFluxSTTServiceOptions = {},
  clock: Clock = systemClock,
): Promise<Rig> {
  const fake = await FakeDeepgram.start(vendor);
  vendor.prepare?.(fake);
  const stt = new DeepgramFluxSTTService({ apiKey: fake.apiKey, baseUrl: fake.wsUrl, ...options });
  const rig = await STTRig.start(stt, { clock });
  return {
    ...{ fake, stt, rig },
    sent: (connection = 0) =>
      (fake.requests[connection]?.texts ?? []).map((text) => JSON.parse(text) as Record<string, unknown>),
    [Symbol.asyncDispose]: async () => {
      await rig[Symbol.asyncDispose]();
      await fake.close();
    },
  };
}

/** What turn logic sees, as short words. */
function story(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => {
    if (frame instanceof ProposedUserStartedSpeakingFrame) return ["start"];
    if (frame instanceof ProposedUserStoppedSpeakingFrame) return ["stop"];
    if (frame instanceof EagerTranscriptionFrame) return [`eager: ${frame.text}`];
    if (frame instanceof EagerEndOfTurnCancelFrame) return ["resumed"];
    if (frame instanceof TranscriptionFrame) return [`final: ${frame.text}`];
    return [];
  });
}

describe("Flux", () => {
  it("proposes turns, predicts their ends, and takes predictions back", async () => {
    await using one = await start(
      { transcripts: [{ text: ["I would like", "two pears."], language: "en" }, "Thanks."] },
      { eagerEotThreshold: 0.5, model: "flux-general-multi", languageHints: ["en", "de"] },
    );
    one.rig.hears(-240, 800, -240, 560, -400, 320, -400);
    await one.rig.hasFinals("I would like two pears.", "Thanks.");
    expect(story(one.rig.chain.down)).toEqual([
      "start",
      "eager: I would like",
      "resumed",
      "eager: I would like two pears.",
      "final: I would like two pears.",
      "stop",
      "start",
      "eager: Thanks.",
      "final: Thanks.",
      "stop",
    ]);
    const [first] = one.rig.of(TranscriptionFrame);
    expect(first).toMatchObject({ finalized: true, userId: "ann", language: "en" });
    expect((first!.result as DeepgramTranscription).words.at(-1)!.endSeconds).toBeCloseTo(1.84, 1);
    const interims = one.rig
      .of(InterimTranscriptionFrame)
      .filter((frame) => frame.kind === "InterimTranscriptionFrame");
    expect(interims.slice(0, 3).map(({ text }) => text)).toEqual(["I", "I would", "I would like"]);
    expect(Object.fromEntries(one.fake.requests[0]!.query)).toMatchObject({ eager_eot_threshold: "0.5" });
    expect(one.fake.requests[0]!.query.getAll("language_hint")).toEqual(["en", "de"]);
  });

  it("receives audio in blocks of 80 ms, whatever the frames", async () => {
    await using one = await start();
    one.rig.hears(-140);
    await expect.poll(() => one.fake.requests[0]?.receivedBytes).toBe(80 * 32);
    one.rig.hears(-40);
    await expect.poll(() => one.fake.requests[0]?.receivedBytes).toBe(160 * 32);
  });

  it("hears silence when the microphone is turned off in a turn, so that the turn ends", async () => {
    const clock = new VirtualClock();
    await using one = await start({ transcripts: ["Hello."] }, {}, clock);
    await expect.poll(() => one.fake.openCount).toBe(1);
    one.rig.hears(400);
    await expect.poll(() => one.rig.of(ProposedUserStartedSpeakingFrame).length).toBe(1);
    await clock.advance(500);
    await one.rig.hasFinals("Hello.");
    await clock.advance(3500);
    // Between turns, one block every 4 s.
    await expect.poll(() => one.fake.requests[0]!.receivedBytes).toBe((400 + 500 + 80) * 32);
    expect(one.sent()).toEqual([]);
  });

  it("ends a turn with the words so far when its connection is lost, and hears the next one", async () => {
    await using one = await start({
      transcripts: ["This is lost.", "Hello."],
      prepare: ({ faults }) => void faults.next({ type: "close", afterMessages: 4, code: 1011, reason: "NET-0000" }),
    });
    one.rig.hears(-240, 880);
    await expect.poll(() => story(one.rig.chain.down)).toHaveLength(3);
    expect(story(one.rig.chain.down)).toEqual(["start", expect.stringMatching(/^final: This( is)?$/), "stop"]);
    one.rig.hears(-240, 400, -400);
    await expect.poll(() => one.rig.finals.at(-1)).toBe("Hello.");
    expect(one.rig.errors).toMatchObject([{ category: "connectivity", retryable: true }]);
  });

  it("keeps an open turn's last words at the end of the pipeline", async () => {
    await using one = await start({ transcripts: ["Last words."] });
    one.rig.hears(480);
    one.rig.send(new EndFrame());
    await expect.poll(() => one.rig.chain.down.at(-1)).toBeInstanceOf(EndFrame);
    expect(story(one.rig.chain.down)).toEqual(["start", "final: Last words.", "stop"]);
    await expect.poll(() => one.fake.openCount).toBe(0);
    expect(one.rig.errors).toEqual([]);
  });
});

describe("Flux under turn detection of one's own", () => {
  it("never ends a turn by itself, and is asked for the words at the VAD's end of speech", async () => {
    await using one = await start(
      { transcripts: ["Hello.", "Bye."] },
      { turnDetection: "own", eagerEotThreshold: 0.4 },
    );
    one.rig.says();
    await one.rig.hasFinals("Hello.");
    one.rig.hears(-2000);
    one.rig.says();
    await one.rig.hasFinals("Hello.", "Bye.");
    expect(story(one.rig.chain.down)).toEqual(["final: Hello.", "final: Bye."]);
    expect(one.sent().map(({ type }) => type)).toEqual(["ForceEndTurn", "ForceEndTurn"]);
    const { query } = one.fake.requests[0]!;
    expect([query.get("eot_threshold"), query.get("eager_eot_threshold"), query.get("eot_timeout_ms")]).toEqual([
      "1",
      null,
      "60000",
    ]);
  });
});

describe("a change of Flux's settings", () => {
  it("is sent on the open connection, one message at a time, later changes together", async () => {
    await using one = await start();
    await expect.poll(() => one.rig.chain.log.lines.length + one.fake.openCount).toBe(1);
    await expect.poll(() => one.sent.length).toBe(0);
    one.rig.hears(-80);
    await expect.poll(() => one.fake.requests[0]!.receivedBytes).toBeGreaterThan(0);
    one.rig.send(new STTUpdateSettingsFrame({ eotThreshold: 0.8, keyterms: ["pear"] }));
    one.rig.send(new STTUpdateSettingsFrame({ keyterms: ["plum"] }));
    one.rig.send(new STTUpdateSettingsFrame({ eotTimeoutMs: 3000 }));
    await expect.poll(() => one.sent()).toHaveLength(2);
    expect(one.sent()).toEqual([
      { type: "Configure", thresholds: { eot_threshold: 0.8 }, keyterms: ["pear"] },
      { type: "Configure", thresholds: { eot_timeout_ms: 3000 }, keyterms: ["plum"] },
    ]);
    expect(one.rig.errors).toEqual([]);
    expect(one.fake.requests).toHaveLength(1);
  });

  it("that is refused or not answered is reported, and nothing else happens", async () => {
    const clock = new VirtualClock();
    await using refusing = await start();
    refusing.rig.hears(-80);
    await expect.poll(() => refusing.fake.requests[0]?.receivedBytes).toBeGreaterThan(0);
    refusing.rig.send(new STTUpdateSettingsFrame({ eotThreshold: 7 }));
    await expect.poll(() => refusing.rig.errors).toMatchObject([{ category: "invalidRequest", permanent: false }]);
    expect(refusing.stt.usable).toBe(true);
    await using mute = await start({ answersConfigure: false }, {}, clock);
    mute.rig.hears(-80);
    await expect.poll(() => mute.fake.requests[0]?.receivedBytes).toBeGreaterThan(0);
    mute.rig.send(new STTUpdateSettingsFrame({ eotThreshold: 0.8 }));
    await expect.poll(() => mute.sent()).toHaveLength(1);
    await clock.advance(5000);
    expect(mute.rig.errors).toMatchObject([{ message: expect.stringContaining("5000 ms") as string }]);
  });

  it("of another kind reconnects, after the turn", async () => {
    await using one = await start({ transcripts: ["Hello."] });
    one.rig.hears(400);
    await expect.poll(() => one.rig.of(ProposedUserStartedSpeakingFrame).length).toBe(1);
    one.rig.send(new STTUpdateSettingsFrame({ model: "flux-general-multi" }));
    one.rig.hears(-400);
    await one.rig.hasFinals("Hello.");
    await expect
      .poll(() => one.fake.requests.map(({ query }) => query.get("model")))
      .toEqual(["flux-general-en", "flux-general-multi"]);
    expect(one.rig.errors).toEqual([]);
  });
});

describe("a Flux that is not ready", () => {
  it("is given up after three connections on which it says nothing", async () => {
    const clock = new VirtualClock();
    await using one = await start({ sendsConnected: false }, {}, clock);
    const poll = { timeout: 5000, interval: 20 };
    await expect
      .poll(async () => {
        // Real time for a handshake, then virtual time for a part of what is awaited on it.
        await clock.advance(1000);
        return one.rig.errors.length;
      }, poll)
      .toBe(3);
    expect(one.rig.errors.map((error) => (error as { permanent?: boolean }).permanent)).toEqual([false, false, true]);
    expect(one.stt.usable).toBe(false);
    await clock.advance(60_000);
    expect(one.fake.requests).toHaveLength(3);
  });
});

describe("fluxTurnStrategies", () => {
  it("let the model answer ahead of time; the answer leaves when Flux says that the turn is over", async () => {
    const clock = new VirtualClock();
    const fake = await FakeDeepgram.start({ transcripts: [{ text: ["I would like", "two pears."] }, "Thanks."] });
    const stt = new DeepgramFluxSTTService({ apiKey: fake.apiKey, baseUrl: fake.wsUrl, eagerEotThreshold: 0.5 });
    const context = new LLMContext([{ role: "system", content: "You sell fruit." }]);
    const { user } = createContextAggregators(context, { turns: fluxTurnStrategies() });
    const llm = new ScriptedLLMService({
      answers: ["What would you like?", "Two pears it is.", "Bye."],
      latencyMs: 100,
    });
    const running = await chain([stt, user, llm], { setup: { clock } });
    const rig = new STTRig(running);
    const until = (value: () => unknown) =>
      expect.poll(async () => {
        await clock.advance(0);
        return value();
      });
    const said = (): string =>
      rig
        .of(LLMTextFrame)
        .map(({ text }) => text)
        .join("");
    const asked = (): unknown[] => llm.requests.map((messages) => messages.at(-1)?.content);

    rig.hears(400);
    await until(() => rig.of(UserStartedSpeakingFrame).length).toBe(1);
    // The user pauses: an answer is prepared, and held back.
    rig.hears(400, -160);
    await until(asked).toEqual(["I would like"]);
    await clock.advance(300);
    expect(said()).toBe("");
    expect(rig.of(UserStartedSpeakingFrame)).toHaveLength(1);

    // The user goes on: it is discarded, and the next one is prepared.
    rig.hears(560, -160);
    await until(asked).toEqual(["I would like", "I would like two pears."]);
    await clock.advance(300);
    expect(said()).toBe("");
    expect(rig.of(UserStoppedSpeakingFrame)).toHaveLength(0);

    // The turn is over: the answer is there at once, without another request.
    rig.hears(-240);
    await until(said).toBe("Two pears it is.");
    expect(rig.of(UserStoppedSpeakingFrame)).toHaveLength(1);
    expect(asked()).toHaveLength(2);
    expect(context.messages.map(({ content }) => content)).toEqual(["You sell fruit.", "I would like two pears."]);

    rig.hears(400, -400);
    await until(() => asked().at(-1)).toBe("Thanks.");
    await clock.advance(300);
    await until(said).toBe("Two pears it is.Bye.");
    expect(rig.errors).toEqual([]);
    await running.pipeline.cleanup();
    await fake.close();
    await clock.advance(5000);
    expect(clock.pendingTimers).toBe(0);
  });
});
