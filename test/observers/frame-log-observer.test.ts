import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  EndFrame,
  ErrorFrame,
  FunctionCallInProgressFrame,
  HeartbeatFrame,
  InputTransportMessageFrame,
  LLMContext,
  LLMContextFrame,
  LLMTextFrame,
  LLMUpdateSettingsFrame,
  MetricsFrame,
  SystemFrame,
  TTSSpeakFrame,
  TextFrame,
  UserAudioRawFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { FrameLogObserver, type FrameLogObserverOptions } from "../../src/observers/index.ts";
import { broadcast, pushed, speech } from "./pushes.ts";

function logTo(options: FrameLogObserverOptions = {}): { observer: FrameLogObserver; lines: string[] } {
  const lines: string[] = [];
  return { observer: new FrameLogObserver({ to: (line) => lines.push(line), ...options }), lines };
}

/** The line without time, route and frame number. */
function said(line: string | undefined): string {
  return (line ?? "").replace(/^ *[\d.]+ {2}.*? {2}/, "").replace(/#\d+/, "");
}

function heard(ms = 20): UserAudioRawFrame {
  return new UserAudioRawFrame({ audio: new Int16Array(16 * ms).fill(7), sampleRate: 16_000, userId: "u" });
}

describe("FrameLogObserver", () => {
  it("writes one line per frame: time since the first, route, kind and details", () => {
    const { observer, lines } = logTo();
    const text = new LLMTextFrame("Hello!");
    const end = new EndFrame("the user left");
    pushed(observer, 5000, text, ["Llm#1", "Tts#1", "Output#1"]);
    pushed(observer, 6234.4, end, ["Llm#1", "Tts#1"]);
    expect(lines).toEqual([
      `    0.000  Llm#1 → Tts#1  LLMTextFrame#${text.id}  "Hello!"`,
      `    1.234  Llm#1 → Tts#1  EndFrame#${end.id}  reason=the user left`,
    ]);
  });

  it("shows upstream frames with the front of the pipeline on the left, and a broadcast once", () => {
    const { observer, lines } = logTo();
    pushed(observer, 0, new ErrorFrame(new Error("no route")), ["Tts#1", "Llm#1"], "upstream");
    broadcast(observer, 1, () => new BotStartedSpeakingFrame(), { up: "Tts#1", from: "Out#1", down: "Last#1" });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("Llm#1 ← Tts#1  ErrorFrame");
    expect(lines[1]).toContain("Out#1 → Last#1  BotStartedSpeakingFrame");
  });

  it("shows every hop with everyHop", () => {
    const { observer, lines } = logTo({ everyHop: true });
    pushed(observer, 0, new TextFrame("a"), ["A#1", "B#1", "C#1"]);
    expect(lines.map((line) => line.slice(11, 20))).toEqual(["A#1 → B#1", "B#1 → C#1"]);
  });

  it("folds audio and heartbeats into counts", () => {
    const { observer, lines } = logTo();
    for (let at = 0; at < 1000; at += 20) pushed(observer, at, heard(), ["In#1", "Vad#1", "Out#1"]);
    pushed(observer, 500, new HeartbeatFrame(0));
    pushed(observer, 510, new TextFrame("meanwhile"));
    expect(lines).toHaveLength(1);
    pushed(observer, 1000, new TextFrame("later"));
    expect(lines.slice(1).map((line) => line.slice(0, 60).trim())).toEqual([
      "1.000  In#1 → Vad#1  50 × UserAudioRawFrame  1000 ms",
      "1.000  A#1 → B#1  1 × HeartbeatFrame",
      expect.stringContaining("later"),
    ]);
  });

  it("filters by class, including subclasses, and by processor, with or without its number", () => {
    const only = logTo({ only: [TextFrame] });
    const except = logTo({ except: [LLMTextFrame] });
    const named = logTo({ processors: ["Tts"] });
    const numbered = logTo({ processors: ["Tts#2"] });
    for (const { observer } of [only, except, named, numbered]) {
      pushed(observer, 0, new LLMTextFrame("one"), ["Llm#1", "Tts#1"]);
      pushed(observer, 0, new TextFrame("two"), ["Tts#2", "Out#1"]);
      pushed(observer, 0, new EndFrame(), ["Out#1", "TTSLike#1"]);
    }
    expect(only.lines.map(said)).toEqual(['LLMTextFrame  "one"', 'TextFrame  "two"']);
    expect(except.lines.map(said)).toEqual(['TextFrame  "two"', "EndFrame"]);
    expect(named.lines.map(said)).toEqual(['LLMTextFrame  "one"', 'TextFrame  "two"']);
    expect(numbered.lines.map(said)).toEqual(['TextFrame  "two"']);
  });

  it("shows the useful details of each kind", () => {
    const { observer, lines } = logTo();
    const call = { functionName: "weather", toolCallId: "1", arguments: { password: "hunter2" } };
    for (const frame of [
      new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }),
      new TTSSpeakFrame("Good day"),
      new ErrorFrame(new Error("The key is wrong."), { processor: "Llm#1", category: "authentication" }),
      new FunctionCallInProgressFrame(call),
      new LLMContextFrame(new LLMContext([{ role: "user", content: "the secret plan" }])),
      new MetricsFrame([{ kind: "ttfb", processor: "Llm#1", valueMs: 123.4 }]),
      new InputTransportMessageFrame({ event_type: "conversation.utterance", properties: { speech: "psst" } }),
      new LLMUpdateSettingsFrame({ apiKey: "abc" }),
    ])
      pushed(observer, 0, frame);
    expect(lines.map(said)).toEqual([
      "VADUserStoppedSpeakingFrame  stopDelayMs=200",
      'TTSSpeakFrame  "Good day"',
      'ErrorFrame  authentication permanent "The key is wrong." processor=Llm#1',
      "FunctionCallInProgressFrame  weather()",
      "LLMContextFrame  1 messages",
      "MetricsFrame  Llm#1 ttfb=123 ms",
      'InputTransportMessageFrame  "conversation.utterance"',
      "LLMUpdateSettingsFrame",
    ]);
  });

  it("masks keys and tokens, wherever they appear", () => {
    const { observer, lines } = logTo();
    const secrets = [
      "Incorrect API key provided: sk-proj-abcdefgh12345678",
      "Authorization: Bearer abcdefghij",
      "GET https://x.daily.co/room?t=eyJhbGciOiJIUzI1NiJ9.eyJyIjoi.sig failed",
      'body {"api_key":"0123456789abcdef"}',
      "x-api-key=0123456789abcdef",
      "wss://host/?token=0123456789abcdef&x=1",
    ];
    for (const text of secrets) {
      pushed(observer, 0, new ErrorFrame(new Error(text)));
      pushed(observer, 0, new EndFrame(text));
    }
    expect(lines).toHaveLength(2 * secrets.length);
    expect(lines.join("\n")).not.toMatch(/abcdefgh|0123456789|eyJ/);
    expect(lines.join("\n")).toContain("Incorrect API key");
  });

  it("keeps hostile text on one line, escaped and short", () => {
    const { observer, lines } = logTo({ maxTextLength: 40 });
    pushed(observer, 0, new TextFrame('a\n    9.999  Fake#1 → B\r\u001b[2J\u0007\u202e"'));
    pushed(observer, 0, new TextFrame("x".repeat(1_000_000)));
    expect(said(lines[0])).toBe('TextFrame  "a\\n    9.999  Fake#1 → B\\r\\u001b[2J\\u0007\\u202e""');
    expect(said(lines[1])).toBe(`TextFrame  "${"x".repeat(40)}…"`);
  });

  it("writes one well-formed line of bounded length for any text, name and kind", () => {
    class Odd extends SystemFrame {
      readonly kind: string;
      readonly text: string;
      readonly reason: string;

      constructor(text: string) {
        super();
        [this.kind, this.text, this.reason] = [text, text, text];
      }
    }
    const hostile = fc.string({ unit: "binary", maxLength: 3000, size: "max" });
    fc.assert(
      fc.property(hostile, hostile, (text, name) => {
        const { observer, lines } = logTo();
        pushed(observer, 0, new Odd(text), [name, "B#1"]);
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
        expect(lines[0]?.isWellFormed()).toBe(true);
        expect(lines[0]?.length).toBeLessThan(8000);
      }),
      { numRuns: 50 },
    );
  });

  it("writes to a logger at level info", () => {
    const infos: string[] = [];
    const nothing = (): void => {
      throw new Error("not this level");
    };
    const to = { debug: nothing, info: (line: string) => infos.push(line), warn: nothing, error: nothing };
    pushed(new FrameLogObserver({ to }), 0, speech());
    pushed(new FrameLogObserver({ to }), 0, new TextFrame("seen"));
    expect(infos).toEqual([expect.stringContaining('"seen"')]);
  });
});
