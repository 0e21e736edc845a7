import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer, WebSocket } from "ws";

import { HttpTTSService } from "../../examples/docs/http-tts-service.ts";
import { answerCall } from "../../examples/docs/socket-bot.ts";
import { SocketSTTService } from "../../examples/docs/socket-stt-service.ts";
import { speakWithoutKey } from "../../examples/docs/voice-without-a-key.ts";
import { socketTransportContract } from "../../examples/docs/test-socket-transport.ts";
import {
  ErrorFrame,
  InterimTranscriptionFrame,
  InterruptionFrame,
  TranscriptionFrame,
  TTSAudioRawFrame,
  TTSSpeakFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  UserAudioRawFrame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask, type FrameProcessor } from "../../src/pipeline/index.ts";
import { testTone } from "../../src/testing/test-tone.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { until } from "../support/until.ts";
import { Collector } from "../transport/frames.ts";

/** A processor in a running task, on the machine's clock. */
function running(processor: FrameProcessor) {
  const down = new Collector(systemClock, "downstream");
  const up = new Collector(systemClock, "upstream");
  const task = new PipelineTask(new Pipeline([up, processor, down]), { logger: silentLogger });
  const run = task.run();
  run.catch(() => undefined);
  onTestFinished(async () => {
    task.cancel();
    await run.catch(() => undefined);
  });
  return { task, down, up };
}

describe("the guide to transports", () => {
  describe("SocketTransport keeps the contract of all transports", () => {
    expect(socketTransportContract.length).toBeGreaterThan(4);
    for (const { name, run } of socketTransportContract) {
      it(name, async () => {
        // The example reports a failed listener there, and the contract has one fail.
        const reported = vi.spyOn(console, "error").mockReturnValue();
        onTestFinished(() => reported.mockRestore());
        await run();
      });
    }
  });

  it("a bot on a real WebSocket repeats what the caller says, and ends when the caller hangs up", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => {
      server.close();
    });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ended = new Promise((resolve) => server.on("connection", (socket) => resolve(answerCall(socket))));
    const caller = new WebSocket(`ws://127.0.0.1:${port}`);
    caller.binaryType = "arraybuffer";
    let loud = 0;
    caller.on("message", (data, isBinary) => {
      if (isBinary) loud += new Int16Array(data as ArrayBuffer).filter((sample) => Math.abs(sample) > 1000).length;
    });
    await once(caller, "open");
    const said = [...blocks(testTone(440, 16_000, 600)), ...blocks(new Int16Array(16_000 * 2))];
    const timer = setInterval(() => {
      const block = said.shift();
      if (block) caller.send(block);
    }, 20);
    onTestFinished(() => clearInterval(timer));
    await until("the caller hears the echo", () => loud > 4000, 10_000);
    caller.close();
    await expect(ended).resolves.toMatchObject({ outcome: "ended", reason: "the caller hung up" });
  });
});

function* blocks(pcm: Int16Array): Generator<Int16Array> {
  for (let at = 0; at < pcm.length; at += 320) yield pcm.slice(at, at + 320);
}

describe("the guide to services", () => {
  /** A voice server that says every text in 200 ms of PCM, split in the middle of a sample. */
  async function voiceServer(status = 200, hangs = false) {
    const requests: { readonly authorization: string | undefined; readonly body: unknown }[] = [];
    let aborted = 0;
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { authorization } = request.headers;
        requests.push({ authorization, body: JSON.parse(Buffer.concat(parts).toString()) });
        response.on("close", () => (aborted += response.writableFinished ? 0 : 1));
        response.writeHead(status);
        const pcm = Buffer.from(testTone(440, 24_000, 200).buffer);
        response.write(pcm.subarray(0, 1001));
        if (!hangs) response.end(pcm.subarray(1001));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => {
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, requests, aborted: () => aborted };
  }

  it("HttpTTSService speaks a text with every sample in its place", async () => {
    const server = await voiceServer();
    const { task, down } = running(new HttpTTSService({ apiKey: "k", url: server.url }));
    task.queueFrame(new TTSSpeakFrame("Hello."));
    await until("it has been said", () => down.of(TTSStoppedFrame).length === 1);
    expect(server.requests).toEqual([{ authorization: "Bearer k", body: { text: "Hello.", voice: "ada" } }]);
    const audio = down.of(TTSAudioRawFrame).flatMap((frame) => [...frame.audio]);
    expect(audio).toEqual([...testTone(440, 24_000, 200)]);
    expect(down.of(TTSTextFrame).map(({ text }) => text)).toEqual(["Hello."]);
  });

  it("HttpTTSService closes the request on an interruption", async () => {
    const server = await voiceServer(200, true);
    const { task, down } = running(new HttpTTSService({ apiKey: "k", url: server.url }));
    task.queueFrame(new TTSSpeakFrame("Hello."));
    await until("the first audio has come", () => down.of(TTSAudioRawFrame).length > 0);
    task.queueFrame(new InterruptionFrame());
    await until("the server sees the request closed", () => server.aborted() === 1);
  });

  it.each([
    [401, "authentication", true],
    [503, "server", false],
  ])("HttpTTSService reports a %i as %s", async (status, errorCategory, permanent) => {
    const server = await voiceServer(status);
    const { task, up } = running(new HttpTTSService({ apiKey: "k", url: server.url }));
    task.queueFrame(new TTSSpeakFrame("Hello."));
    await until("the error is reported", () => up.of(ErrorFrame).length > 0);
    expect(up.of(ErrorFrame)[0]).toMatchObject({ errorCategory, permanent });
  });

  it("SocketSTTService sends audio, pushes what is heard, and connects again when the server hangs up", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => {
      server.close();
    });
    await once(server, "listening");
    let [connections, bytes] = [0, 0];
    server.on("connection", (socket) => {
      connections++;
      socket.on("message", (data: Buffer) => {
        bytes += data.length;
        if (bytes !== 640) return;
        socket.send(JSON.stringify({ text: "good" }));
        socket.send(JSON.stringify({ text: "good morning", final: true }));
        if (connections === 1) socket.close();
      });
    });
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { task, down } = running(new SocketSTTService({ url }));
    const audio = new Int16Array(320);
    task.queueFrame(new UserAudioRawFrame({ audio, sampleRate: 16_000, userId: "u1" }));
    await until("it is transcribed", () => down.of(TranscriptionFrame).length === 1);
    expect(down.of(InterimTranscriptionFrame)[0]).toMatchObject({ text: "good", userId: "u1" });
    expect(down.of(TranscriptionFrame)[0]).toMatchObject({ text: "good morning", userId: "u1", finalized: true });
    await until("it has connected again", () => connections === 2);
  });
});

describe("the guide to voices", () => {
  it("speaks without a key, with a time for each word", async () => {
    expect(await speakWithoutKey("Hello there.")).toEqual([
      ["Hello", 0],
      ["there.", 300],
    ]);
  });
});
