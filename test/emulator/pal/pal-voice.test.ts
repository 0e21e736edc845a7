import { describe, expect, it } from "vitest";

import { FailureTimer, type PalFailure } from "../../../src/emulator/pal/pal-failure.ts";
import { PalVoice } from "../../../src/emulator/pal/pal-voice.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { FakeWrtc } from "./fake-wrtc.ts";

const RATE = 16_000;
const BLOCK = new Int16Array(RATE / 100).fill(8000);

/** A voice with 10 ms blocks to say, all due at once, and what it plays, in milliseconds of speech. */
function setUp(failure?: PalFailure) {
  const clock = new VirtualClock();
  const fake = new FakeWrtc(() => clock.nowMs());
  const events: string[] = [];
  const timer = new FailureTimer(
    clock,
    ({ kind, keepsSpeech }) => {
      events.push(`fails at ${clock.nowMs()}`);
      if (kind === "leave") voice.close();
      else voice.freeze(keepsSpeech ?? false);
    },
    () => {
      events.push(`recovers at ${clock.nowMs()}`);
      voice.thaw();
    },
  );
  if (failure) timer.arm(failure);
  const voice: PalVoice = new PalVoice(fake.wrtc, clock, {
    mayFail: (ms) => timer.speak(ms),
    onStarted: () => events.push("started"),
    onStopped: ({ interrupted }) => events.push(interrupted ? "interrupted" : "stopped"),
    onPlayed: () => undefined,
  });
  const say = (ms: number): void => {
    for (let at = 0; at < ms; at += 10) voice.say(BLOCK, RATE, 0);
  };
  const saidMs = (): number => fake.sound.filter(({ samples }) => samples[0] !== 0).length * 10;
  return { clock, fake, events, voice, timer, say, saidMs };
}

describe("a pal's voice that freezes", () => {
  it("goes on playing silence, and reports neither that it stops nor that it starts", async () => {
    const { clock, fake, events, voice, say, saidMs } = setUp();
    say(200);
    await clock.advance(100);
    voice.freeze(false);
    await clock.advance(900);
    expect(saidMs()).toBe(100);
    expect(fake.sound).toHaveLength(100);
    say(100);
    voice.interrupt();
    await clock.advance(500);
    expect(events).toEqual(["started"]);
  });

  it("loses what it received meanwhile, and speaks again after the thaw", async () => {
    const { clock, events, voice, say, saidMs } = setUp();
    voice.freeze(false);
    say(300);
    await clock.advance(1000);
    voice.thaw();
    await clock.advance(1000);
    expect(saidMs()).toBe(0);
    say(50);
    await clock.advance(1000);
    expect(saidMs()).toBe(50);
    expect(events).toEqual(["started", "stopped"]);
  });

  it("says later what it received meanwhile, with keepsSpeech", async () => {
    const { clock, voice, say, saidMs } = setUp();
    say(300);
    await clock.advance(100);
    voice.freeze(true);
    await clock.advance(1000);
    expect(saidMs()).toBe(100);
    voice.thaw();
    await clock.advance(1000);
    expect(saidMs()).toBe(300);
  });
});

describe("a failure on purpose", () => {
  it("happens after exactly that much speech; pauses do not count", async () => {
    const { clock, events, say, saidMs } = setUp({ kind: "freeze", afterSpeechMs: 150 });
    say(100);
    await clock.advance(1000);
    say(100);
    await clock.advance(1000);
    expect(saidMs()).toBe(150);
    expect(events).toEqual(["started", "stopped", "started", "fails at 1060"]);
  });

  it("happens before the first sound by default, and once only", async () => {
    const { clock, events, voice, say, saidMs } = setUp({ kind: "freeze" });
    say(100);
    await clock.advance(500);
    expect(saidMs()).toBe(0);
    voice.thaw();
    say(100);
    await clock.advance(500);
    expect(saidMs()).toBe(100);
    expect(events).toEqual(["fails at 10", "started", "stopped"]);
  });

  it("happens at a moment, spoken to or not, and ends after a while", async () => {
    const { clock, events, say, saidMs } = setUp({ kind: "freeze", afterMs: 300, recoverAfterMs: 200 });
    await clock.advance(400);
    say(50);
    await clock.advance(200);
    say(50);
    await clock.advance(1000);
    expect(events).toEqual(["fails at 300", "recovers at 500", "started", "stopped"]);
    expect(saidMs()).toBe(50);
  });

  it("that closes the voice plays nothing more", async () => {
    const { clock, fake, say, saidMs } = setUp({ kind: "leave", afterSpeechMs: 50 });
    say(100);
    await clock.advance(1000);
    expect(saidMs()).toBe(50);
    expect(fake.sound).toHaveLength(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is replaced by a later one, and forgotten when it is cleared", async () => {
    const { clock, events, timer, say } = setUp({ kind: "freeze", afterMs: 100 });
    timer.arm({ kind: "freeze", afterMs: 200, recoverAfterMs: 50 });
    await clock.advance(220);
    timer.clear();
    await clock.advance(500);
    expect(events).toEqual(["fails at 200"]);
    say(10);
    expect(timer.speak(10)).toBe(false);
  });
});
