import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { FakeDeepgram, type FakeDeepgramOptions, testTone } from "../../../src/testing/index.ts";

const RATE = 16_000;
const V1 = "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true&punctuate=true";
const FLUX = "/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000&eager_eot_threshold=0.5";

/** A client that is not ours: what a developer would write against the vendor's documentation. */
class Client {
  readonly messages: Record<string, unknown>[] = [];
  closed: [code: number, reason: string] | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as Record<string, unknown>));
    socket.on("close", (code, reason) => (this.closed = [code, reason.toString()]));
  }

  static async open(fake: FakeDeepgram, path: string, key = fake.apiKey): Promise<Client> {
    const socket = new WebSocket(`${fake.wsUrl}${path}`, { headers: { authorization: `Token ${key}` } });
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
      socket.on("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (part: Buffer) => (body += part.toString()));
        response.on("end", () => reject(new Error(`${response.statusCode} ${body}`)));
      });
    });
    return client;
  }

  /** Milliseconds of sound (positive) and of quiet (negative), in messages of an odd size. */
  hears(...partsMs: readonly number[]): void {
    const pcm = partsMs.map((ms) => (ms > 0 ? testTone(300, RATE, ms) : new Int16Array((-ms * RATE) / 1000)));
    const bytes = Buffer.concat(pcm.map(({ buffer }) => Buffer.from(buffer)));
    for (let at = 0; at < bytes.length; at += 999) this.#socket.send(bytes.subarray(at, at + 999));
  }

  says(type: string, fields: object = {}): void {
    this.#socket.send(JSON.stringify({ type, ...fields }));
  }

  of(type: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.type === type);
  }

  async until(condition: () => boolean): Promise<void> {
    await expect.poll(condition).toBe(true);
  }

  end(): void {
    this.#socket.terminate();
  }
}

interface Results {
  readonly is_final: boolean;
  readonly speech_final: boolean;
  readonly from_finalize?: boolean;
  readonly start: number;
  readonly channel: { readonly alternatives: [{ transcript: string; words: { start: number; end: number }[] }] };
}

const results = (client: Client): Results[] => client.of("Results") as unknown as Results[];
const finals = (client: Client): (readonly [string, boolean, boolean | undefined])[] =>
  results(client)
    .filter(({ is_final }) => is_final)
    .map(({ channel, speech_final, from_finalize }) => [
      channel.alternatives[0].transcript,
      speech_final,
      from_finalize,
    ]);

async function connect(path: string, options: FakeDeepgramOptions) {
  const fake = await FakeDeepgram.start(options);
  const client = await Client.open(fake, path);
  return { fake, client, [Symbol.asyncDispose]: () => fake.close() };
}

describe("a fake of Deepgram's /v1/listen", () => {
  it("sends interim results while the user speaks, and a final one at the end of speech, with the words' times", async () => {
    await using rig = await connect(`${V1}&endpointing=200&vad_events=true&utterance_end_ms=1000`, {
      transcripts: ["Hello there, my friend.", "Bye."],
    });
    const { client } = rig;
    client.hears(-500, 1000, -250);
    await client.until(() => finals(client).length === 1);
    expect(client.of("SpeechStarted")).toHaveLength(1);
    const interims = results(client).filter(({ is_final }) => !is_final);
    expect(interims.map(({ channel }) => channel.alternatives[0].transcript)).toEqual([
      "Hello",
      "Hello there,",
      "Hello there, my",
    ]);
    expect(finals(client)).toEqual([["Hello there, my friend.", true, undefined]]);
    const [first, , , last] = results(client).at(-1)!.channel.alternatives[0].words;
    expect(first!.start).toBeCloseTo(0.53, 1);
    expect(last!.end).toBeCloseTo(1.5, 1);
    client.hears(-900, 500, -300);
    await client.until(() => finals(client).length === 2);
    expect(finals(client)[1]).toEqual(["Bye.", true, undefined]);
    expect(client.of("UtteranceEnd")).toMatchObject([{ last_word_end: 1.5 }]);
    client.end();
  });

  it("settles the parts of a long utterance one after the other", async () => {
    await using rig = await connect(`${V1}&endpointing=100`, { transcripts: [{ text: ["Two words", "and more."] }] });
    rig.client.hears(1500, -200);
    await rig.client.until(() => finals(rig.client).length === 2);
    expect(finals(rig.client)).toEqual([
      ["Two words", false, undefined],
      ["and more.", true, undefined],
    ]);
    rig.client.end();
  });

  it("answers Finalize with what is left, and not at all when little audio is buffered", async () => {
    await using rig = await connect(`${V1}&endpointing=false`, { transcripts: ["Hello."] });
    const { client } = rig;
    client.hears(400, -200);
    client.says("Finalize");
    await client.until(() => finals(client).length === 1);
    expect(finals(client)).toEqual([["Hello.", true, true]]);
    client.says("Finalize");
    client.hears(-600);
    client.says("Finalize");
    await client.until(() => finals(client).length > 1);
    expect(finals(client).slice(1)).toEqual([["", true, true]]);
    client.end();
  });

  it("sends what is left and the metadata at CloseStream, then closes", async () => {
    await using rig = await connect(`${V1}&endpointing=false`, { transcripts: ["Hello."] });
    rig.client.hears(400);
    rig.client.says("CloseStream");
    await rig.client.until(() => rig.client.closed !== undefined);
    expect(rig.client.closed).toEqual([1000, ""]);
    expect(finals(rig.client)).toEqual([["Hello.", true, undefined]]);
    expect(rig.client.messages.at(-1)).toMatchObject({ type: "Metadata", duration: 0.4 });
  });

  it("closes a connection without audio or KeepAlive, and one with an unknown message", async () => {
    await using rig = await connect(V1, { idleTimeoutMs: 300 });
    const { client, fake } = rig;
    for (let i = 0; i < 5; i++) {
      client.says("KeepAlive");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(client.closed).toBeUndefined();
    await client.until(() => client.closed !== undefined);
    expect(client.closed).toEqual([1011, expect.stringContaining("NET-0001")]);
    const other = await Client.open(fake, V1);
    other.says("Sing");
    await other.until(() => other.closed !== undefined);
    expect(other.closed?.[0]).toBe(1008);
  });

  it.each([
    ["/v1/listen?model=best&encoding=linear16&sample_rate=16000", /^400 .*No such model/],
    ["/v1/listen?model=nova-3&encoding=linear16", /^400 .*sample_rate/],
    ["/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&utterance_end_ms=1000", /^400 .*interim_results/],
    ["/v1/listen?model=nova-2&encoding=linear16&sample_rate=16000&keyterm=pear", /^400 .*keyterm/],
    ["/v2/listen?model=nova-3&encoding=linear16&sample_rate=16000", /^400 .*No such model/],
    ["/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000&eot_threshold=0.2", /^400 .*eot_threshold/],
    ["/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000&language_hint=de", /^400 .*multi/],
    ["/v3/listen?model=nova-3&encoding=linear16&sample_rate=16000", /^404/],
  ] as const)("refuses %s", async (path, expected) => {
    await using fake = await FakeDeepgram.start();
    await expect(Client.open(fake, path)).rejects.toThrow(expected);
  });

  it("refuses a wrong key", async () => {
    await using fake = await FakeDeepgram.start();
    await expect(Client.open(fake, V1, "wrong")).rejects.toThrow(/^401 .*Invalid credentials/);
  });
});

const turns = (client: Client): string[] =>
  client
    .of("TurnInfo")
    .filter(({ event }) => event !== "Update")
    .map(({ event, transcript, turn_index }) => `${String(event)} ${String(turn_index)}: ${String(transcript)}`);

describe("a fake of Deepgram's Flux", () => {
  it("sends the events of turns, with an early end that may be taken back", async () => {
    await using rig = await connect(FLUX, { transcripts: [{ text: ["I would like", "two pears."] }, "Thanks."] });
    const { client } = rig;
    client.hears(-500, 800, -200, 600, -500, 300, -500);
    await client.until(() => turns(client).length === 8);
    expect(client.messages[0]).toMatchObject({ type: "Connected", sequence_id: 0 });
    expect(turns(client)).toEqual([
      "StartOfTurn 0: I",
      "EagerEndOfTurn 0: I would like",
      "TurnResumed 0: I would like two pears.",
      "EagerEndOfTurn 0: I would like two pears.",
      "EndOfTurn 0: I would like two pears.",
      "StartOfTurn 1: Thanks.",
      "EagerEndOfTurn 1: Thanks.",
      "EndOfTurn 1: Thanks.",
    ]);
    client.end();
  });

  it("ends a turn when it is told to, and says nothing between turns", async () => {
    await using rig = await connect(`${FLUX.replace(/&eager.*/, "")}&eot_threshold=1`, { transcripts: ["Hello."] });
    const { client } = rig;
    client.says("ForceEndTurn");
    client.hears(500, -1000);
    client.says("ForceEndTurn");
    await client.until(() => turns(client).length === 2);
    expect(client.of("TurnInfo").at(-1)).toMatchObject({ event: "EndOfTurn", trigger: "manual", transcript: "Hello." });
    client.end();
  });

  it("takes new settings, one message at a time", async () => {
    await using rig = await connect(FLUX, {});
    const { client } = rig;
    client.says("Configure", { thresholds: { eot_threshold: 0.9 }, keyterms: ["pear"] });
    await client.until(() => client.of("ConfigureSuccess").length === 1);
    expect(client.of("ConfigureSuccess")[0]).toMatchObject({ thresholds: { eot_threshold: 0.9 }, keyterms: ["pear"] });
    client.says("Configure", { thresholds: { eot_threshold: 7 } });
    await client.until(() => client.of("ConfigureFailure").length === 1);
    client.says("Configure", { keyterms: ["plum"] });
    client.says("Configure", { keyterms: ["fig"] });
    await client.until(() => client.of("ConfigureFailure").length === 2);
    client.end();
  });

  it("knows no KeepAlive", async () => {
    await using rig = await connect(FLUX, {});
    rig.client.says("KeepAlive");
    await rig.client.until(() => rig.client.closed !== undefined);
    expect(rig.client.of("Error")).toHaveLength(1);
  });
});

describe("a fake of Deepgram's /v1/speak", () => {
  const say = (fake: FakeDeepgram, query: string, text: string): Promise<Response> =>
    fetch(`${fake.url}/v1/speak?${query}`, {
      method: "POST",
      headers: { authorization: `Token ${fake.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ text }),
    });
  const RAW = "model=aura-2-thalia-en&encoding=linear16&sample_rate=24000&container=none";

  it("streams audio whose length follows the text; in a file, unless told otherwise", async () => {
    await using fake = await FakeDeepgram.start();
    const raw = Buffer.from(await (await say(fake, RAW, "0123456789")).arrayBuffer());
    expect(raw.length / 48).toBe(650);
    const file = Buffer.from(await (await say(fake, RAW.replace("&container=none", ""), "Hi")).arrayBuffer());
    expect(file.toString("latin1", 0, 4)).toBe("RIFF");
  });

  it("refuses what the vendor refuses", async () => {
    await using fake = await FakeDeepgram.start();
    expect((await say(fake, RAW, "x".repeat(2001))).status).toBe(413);
    expect((await say(fake, RAW, " ")).status).toBe(400);
    expect((await say(fake, RAW.replace("24000", "22050"), "Hi")).status).toBe(400);
    expect((await say(fake, RAW.replace("aura-2", "sonic"), "Hi")).status).toBe(400);
  });
});
