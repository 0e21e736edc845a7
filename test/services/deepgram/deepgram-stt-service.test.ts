import { describe, expect, it, vi } from "vitest";

import {
  EndFrame,
  InputAudioRawFrame,
  STTMuteFrame,
  STTUpdateSettingsFrame,
  TranscriptionFrame,
  UserAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import {
  DeepgramSTTService,
  type DeepgramSTTServiceOptions,
  type DeepgramTranscription,
} from "../../../src/services/deepgram/index.ts";
import { FakeDeepgram, type FakeDeepgramOptions, testTone, VirtualClock } from "../../../src/testing/index.ts";
import { type Clock, systemClock } from "../../../src/util/clock.ts";
import { STTRig } from "./stt-rig.ts";

class Rig implements AsyncDisposable {
  readonly fake: FakeDeepgram;
  readonly stt: DeepgramSTTService;
  readonly rig: STTRig;

  private constructor(fake: FakeDeepgram, stt: DeepgramSTTService, rig: STTRig) {
    this.fake = fake;
    this.stt = stt;
    this.rig = rig;
  }

  static async start(
    vendor: FakeDeepgramOptions & { readonly prepare?: (fake: FakeDeepgram) => void } = {},
    options: DeepgramSTTServiceOptions = {},
    clock: Clock = systemClock,
  ): Promise<Rig> {
    const fake = await FakeDeepgram.start(vendor);
    vendor.prepare?.(fake);
    const stt = new DeepgramSTTService({ apiKey: fake.apiKey, baseUrl: fake.wsUrl, ...options });
    return new Rig(fake, stt, await STTRig.start(stt, { clock }));
  }

  texts(connection = 0): string[] {
    return (this.fake.requests[connection]?.texts ?? []).map((text) => (JSON.parse(text) as { type: string }).type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
    await this.fake.close();
  }
}

const words = (frame: TranscriptionFrame): DeepgramTranscription["words"] =>
  (frame.result as DeepgramTranscription).words;

describe("a connection to Deepgram", () => {
  it("has the key in a header, and the settings in the query, each value encoded once", async () => {
    await using one = await Rig.start(
      {},
      {
        language: "en-US",
        endpointing: 300,
        utteranceEndMs: 1000,
        smartFormat: true,
        keyterms: ["Kräuter & Tee", "pear"],
        diarize: true,
        extra: { version: "latest", endpointing: 400 },
      },
    );
    await expect.poll(() => one.fake.openCount).toBe(1);
    const [{ query, headers }] = one.fake.requests as [(typeof one.fake.requests)[0]];
    expect([...query]).toEqual([
      ["model", "nova-3-general"],
      ["language", "en-US"],
      ["encoding", "linear16"],
      ["sample_rate", "16000"],
      ["channels", "1"],
      ["interim_results", "true"],
      ["endpointing", "400"],
      ["utterance_end_ms", "1000"],
      ["smart_format", "true"],
      ["punctuate", "true"],
      ["diarize", "true"],
      ["keyterm", "Kräuter & Tee"],
      ["keyterm", "pear"],
      ["version", "latest"],
    ]);
    expect(headers.authorization).toBe(`Token ${one.fake.apiKey}`);
  });

  it("takes the key from DEEPGRAM_API_KEY, and needs one", () => {
    vi.stubEnv("DEEPGRAM_API_KEY", "");
    expect(() => new DeepgramSTTService()).toThrow("DEEPGRAM_API_KEY");
    vi.stubEnv("DEEPGRAM_API_KEY", "abc");
    expect(() => new DeepgramSTTService()).not.toThrow();
    expect(() => new DeepgramSTTService({ baseUrl: "https://api.deepgram.com" })).toThrow("ws or wss");
    vi.unstubAllEnvs();
  });

  it("stays open by KeepAlive every 4 s, only while there is no audio", async () => {
    const clock = new VirtualClock();
    await using one = await Rig.start({}, {}, clock);
    await expect.poll(() => one.fake.openCount).toBe(1);
    await clock.advance(4000);
    await clock.advance(4000);
    await expect.poll(() => one.texts()).toEqual(["KeepAlive", "KeepAlive"]);
    for (let second = 0; second < 10; second++) {
      one.rig.hears(-20);
      await clock.advance(1000);
    }
    await expect.poll(() => one.fake.requests[0]!.receivedBytes).toBe(6400);
    expect(one.texts()).toHaveLength(2);
    await clock.advance(3000);
    await expect.poll(() => one.texts()).toHaveLength(3);
  });
});

describe("what Deepgram has settled", () => {
  it("is one transcript for each stretch of speech, finalized, with words, times and language", async () => {
    await using one = await Rig.start(
      {
        transcripts: [
          { text: ["Two words", "and more."], language: "en-GB", speaker: 3 },
          { text: "Bye.", language: "fr" },
        ],
      },
      { endpointing: 100, diarize: true, language: "multi" },
    );
    one.rig.says(1200);
    await one.rig.hasFinals("Two words and more.");
    one.rig.hears(-500);
    one.rig.says();
    await one.rig.hasFinals("Two words and more.", "Bye.");
    const [first, second] = one.rig.of(TranscriptionFrame);
    expect(first).toMatchObject({ finalized: true, userId: "ann", language: "en-GB" });
    expect(second).toMatchObject({ finalized: true, language: "fr" });
    expect(words(first!).map(({ text, speaker }) => [text, speaker])).toEqual([
      ["Two", 3],
      ["words", 3],
      ["and", 3],
      ["more.", 3],
    ]);
    expect(words(first!)[3]!.endSeconds).toBeCloseTo(1.2, 1);
    expect(words(second!)[0]!.startSeconds).toBeCloseTo(1.93, 1);
    expect((first!.result as DeepgramTranscription).messages).toHaveLength(2);
  });

  it("is shown at once as an interim transcript, together with what is still being said", async () => {
    await using one = await Rig.start({ transcripts: [{ text: ["Two words", "and some more."] }] });
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(1100);
    await expect
      .poll(() => one.rig.interims)
      .toEqual(["Two", "Two words", "Two words and", "Two words and", "Two words and some"]);
    expect(one.rig.finals).toEqual([]);
  });

  it("needs no Finalize when it covers all speech at the VAD's end of speech", async () => {
    await using one = await Rig.start({ transcripts: ["Hello."] }, { endpointing: 50, finalizeTimeoutMs: 60_000 });
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(400, -200);
    await expect.poll(() => one.rig.interims.at(-1)).toBe("Hello.");
    one.rig.send(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
    await one.rig.hasFinals("Hello.");
    expect(one.texts()).toEqual([]);
  });

  it("is asked for with Finalize otherwise, and confirmed by from_finalize", async () => {
    await using one = await Rig.start({ transcripts: ["Hello."] }, { endpointing: false, finalizeTimeoutMs: 60_000 });
    one.rig.says();
    await one.rig.hasFinals("Hello.");
    expect(one.texts()).toEqual(["Finalize"]);
    expect(one.rig.of(TranscriptionFrame)[0]!.finalized).toBe(true);
  });

  it("is pushed after a time when Deepgram does not answer Finalize", async () => {
    await using one = await Rig.start({ transcripts: ["Hello."] }, { finalizeTimeoutMs: 150 });
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(400, -200);
    await expect.poll(() => one.rig.interims.at(-1)).toBe("Hello.");
    // For this VAD, speech was much longer than for Deepgram, which finds nothing to finalize.
    one.rig.send(new VADUserStoppedSpeakingFrame({ stopDelayMs: -500 }));
    await expect.poll(() => one.texts()).toEqual(["Finalize"]);
    expect(one.rig.finals).toEqual([]);
    await one.rig.hasFinals("Hello.");
  });

  it("is pushed when it arrives later than that", async () => {
    await using one = await Rig.start(
      { transcripts: ["Hello."], latencyMs: 300 },
      { finalizeTimeoutMs: 10, endpointing: 50 },
    );
    one.rig.says();
    await one.rig.hasFinals("Hello.");
  });

  it("is pushed at UtteranceEnd even while the VAD hears noise", async () => {
    await using one = await Rig.start({ transcripts: ["Hello."] }, { utteranceEndMs: 1000 });
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(400, -1200);
    await one.rig.hasFinals("Hello.");
  });

  it("is pushed at the end of speech that Deepgram detects when there is no VAD", async () => {
    await using one = await Rig.start({ transcripts: ["Hello.", "Bye."] }, { endpointing: 300 });
    one.rig.hears(400, -400, 400, -400);
    await one.rig.hasFinals("Hello.", "Bye.");
  });

  it("arrives before the end of the pipeline, which closes the connection", async () => {
    await using one = await Rig.start({ transcripts: ["Last words."] }, { endpointing: false });
    await expect.poll(() => one.fake.openCount).toBe(1);
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(400);
    one.rig.send(new EndFrame());
    await expect.poll(() => one.rig.chain.down.at(-1)).toBeInstanceOf(EndFrame);
    expect(one.rig.finals).toEqual(["Last words."]);
    await expect.poll(() => one.fake.openCount).toBe(0);
    expect(one.texts()).toEqual(["CloseStream"]);
    expect(one.rig.errors).toEqual([]);
  });

  it("is awaited at the end only for a bounded time", async () => {
    await using one = await Rig.start(
      { prepare: ({ faults }) => void faults.next({ type: "stall", afterMessages: 0 }) },
      { closeTimeoutMs: 100 },
    );
    await expect.poll(() => one.fake.openCount).toBe(1);
    one.rig.send(new EndFrame());
    await expect.poll(() => one.rig.chain.down.at(-1)).toBeInstanceOf(EndFrame);
  });
});

describe("audio for Deepgram", () => {
  it("is sent at the rate at which it arrives, in mono", async () => {
    await using one = await Rig.start({ transcripts: ["Hello."] });
    await expect.poll(() => one.fake.openCount).toBe(1);
    const mono = testTone(300, 24_000, 400);
    const stereo = new Int16Array(mono.length * 2);
    for (let at = 0; at < stereo.length; at++) stereo[at] = mono[at >> 1]!;
    one.rig.send(new VADUserStartedSpeakingFrame());
    for (let at = 0; at < stereo.length; at += 960) {
      one.rig.send(
        new InputAudioRawFrame({ audio: stereo.subarray(at, at + 960), sampleRate: 24_000, numChannels: 2 }),
      );
    }
    one.rig.send(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
    await one.rig.hasFinals("Hello.");
    expect(one.fake.requests.map(({ query, receivedBytes }) => [query.get("sample_rate"), receivedBytes])).toEqual([
      ["16000", 0],
      ["24000", mono.length * 2],
    ]);
  });

  it("is not sent while the service is muted", async () => {
    await using one = await Rig.start();
    await expect.poll(() => one.fake.openCount).toBe(1);
    one.rig.send(new STTMuteFrame(true));
    one.rig.hears(400);
    one.rig.send(new STTMuteFrame(false));
    one.rig.hears(20);
    await expect.poll(() => one.fake.requests[0]!.receivedBytes).toBe(640);
  });
});

describe("a connection to Deepgram that fails", () => {
  it.each([
    ["a wrong key", { apiKey: "wrong" }, "authentication", "Invalid credentials"],
    ["a query that Deepgram refuses", { model: "best" }, "invalidRequest", "No such model"],
  ])("is not tried again with %s until settings change", async (_what, options, category, reason) => {
    await using one = await Rig.start({ transcripts: ["Hello."] }, options);
    await expect
      .poll(() => one.rig.errors)
      .toMatchObject([{ category, message: expect.stringContaining(reason) as string }]);
    expect(one.rig.errors[0]!.message).not.toContain("wrong");
    expect(one.stt.usable).toBe(false);
    one.rig.says();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(one.fake.requests).toHaveLength(1);
    one.rig.send(new STTUpdateSettingsFrame({ model: "nova-3" }));
    await expect.poll(() => one.fake.requests.length).toBe(2);
  });

  it("is tried again after a refusal that may pass, and the words from before it is open are heard", async () => {
    await using one = await Rig.start({
      transcripts: ["Hello."],
      prepare: ({ faults }) => void faults.next({ type: "refuse", status: 503, body: { err_msg: "Overloaded." } }),
    });
    one.rig.says();
    await one.rig.hasFinals("Hello.");
    expect(one.rig.errors).toMatchObject([{ category: "server", retryable: true }]);
  });

  it("loses nothing that was settled, and times go on counting", async () => {
    await using one = await Rig.start(
      {
        transcripts: ["Two words", "and more."],
        prepare: ({ faults }) => void faults.next({ type: "close", afterMessages: 1, code: 1011, reason: "NET-0000" }),
      },
      { interimResults: false, endpointing: 100 },
    );
    await expect.poll(() => one.fake.openCount).toBe(1);
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(600, -500);
    await expect.poll(() => one.fake.requests.length).toBe(2);
    one.rig.hears(600, -200);
    one.rig.send(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
    await one.rig.hasFinals("Two words and more.");
    expect(words(one.rig.of(TranscriptionFrame)[0]!).at(-1)!.endSeconds).toBeCloseTo(1.7, 1);
    expect(one.rig.errors).toMatchObject([{ category: "connectivity", retryable: true }]);
  });

  it("stops for good when Deepgram cannot read what it is sent", async () => {
    await using one = await Rig.start({
      prepare: ({ faults }) => void faults.next({ type: "close", afterMessages: 0, code: 1008, reason: "DATA-0000" }),
    });
    await expect.poll(() => one.rig.errors).toMatchObject([{ category: "invalidRequest" }]);
    expect(one.rig.errors[0]!.message).toContain("DATA-0000");
    expect(one.stt.usable).toBe(false);
  });

  it("reports a message that it cannot read, and goes on", async () => {
    await using one = await Rig.start(
      {
        transcripts: ["Hello."],
        prepare: ({ faults }) => void faults.next({ type: "garble", atMessage: 0, text: "<html>" }),
      },
      { endpointing: 50 },
    );
    one.rig.hears(-100);
    one.rig.says(600);
    await expect.poll(() => one.rig.errors).toMatchObject([{ message: expect.stringContaining("<html>") as string }]);
    await one.rig.hasFinals("Hello.");
  });
});

describe("a change of settings", () => {
  it("takes effect while the user is silent", async () => {
    await using one = await Rig.start({ transcripts: ["Hello.", "Bye."] });
    await expect.poll(() => one.fake.openCount).toBe(1);
    one.rig.send(new VADUserStartedSpeakingFrame());
    one.rig.hears(200);
    one.rig.send(new STTUpdateSettingsFrame({ language: "de", keyterms: ["Birne"] }));
    one.rig.hears(200, -200);
    await expect.poll(() => one.fake.requests[0]!.receivedBytes).toBe(600 * 32);
    expect(one.fake.requests).toHaveLength(1);
    one.rig.send(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
    await one.rig.hasFinals("Hello.");
    await expect.poll(() => one.fake.requests.length).toBe(2);
    const { query } = one.fake.requests[1]!;
    expect([query.get("language"), query.getAll("keyterm")]).toEqual(["de", ["Birne"]]);
    one.rig.says();
    await one.rig.hasFinals("Hello.", "Bye.");
    expect(one.rig.of(TranscriptionFrame)[1]!.language).toBe("de");
    expect(one.rig.of(UserAudioRawFrame).length).toBeGreaterThan(50);
    expect(one.rig.errors).toEqual([]);
  });
});
