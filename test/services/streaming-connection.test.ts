import { describe, expect, it } from "vitest";

import { InputAudioRawFrame } from "../../src/frames/index.ts";
import {
  StreamingConnection,
  type StreamingConnectionOptions,
  type StreamingSocket,
} from "../../src/services/index.ts";
import { VirtualClock } from "../../src/testing/index.ts";

interface FakeSocket extends StreamingSocket {
  readonly sent: number[];
  keptAlive: number;
  closed: boolean;
  breaks(error?: Error): void;
}

function sound(level: number, durationMs = 20): InputAudioRawFrame {
  return new InputAudioRawFrame({ audio: new Int16Array(16 * durationMs).fill(level), sampleRate: 16_000 });
}

/** A provider whose connections the test controls. */
function provider(options: Partial<StreamingConnectionOptions> = {}) {
  const clock = new VirtualClock();
  const sockets: FakeSocket[] = [];
  const errors: string[] = [];
  const attempts: number[] = [];
  const failures: (Error | "hang")[] = [];
  const connection = new StreamingConnection({
    clock,
    onError: ({ message }) => errors.push(message),
    connect: (lost) => {
      attempts.push(clock.nowMs());
      const failure = failures.shift();
      if (failure === "hang") return new Promise(() => undefined);
      if (failure) return Promise.reject(failure);
      const socket: FakeSocket = {
        sent: [],
        keptAlive: 0,
        closed: false,
        send: ({ audio }) => socket.sent.push(audio[0] ?? 0),
        keepAlive: () => ++socket.keptAlive,
        close: () => (socket.closed = true),
        breaks: (error = new Error("broken")) => lost(error),
      };
      sockets.push(socket);
      return Promise.resolve(socket);
    },
    ...options,
  });
  return { clock, sockets, errors, attempts, failures, connection };
}

describe("the connection to a streaming recogniser", () => {
  it("sends audio in order, including audio from before it was open", async () => {
    const { clock, sockets, connection } = provider();
    connection.open();
    connection.send(sound(1));
    await clock.advance(0);
    connection.send(sound(2));
    expect(sockets[0]!.sent).toEqual([1, 2]);
    expect(connection.connected).toBe(true);
  });

  it("reconnects after a loss without losing audio", async () => {
    const { clock, sockets, errors, connection } = provider();
    connection.open();
    await clock.advance(0);
    sockets[0]!.breaks();
    connection.send(sound(1));
    await clock.advance(250);
    connection.send(sound(2));
    expect(sockets.map(({ sent, closed }) => [sent, closed])).toEqual([
      [[], true],
      [[1, 2], false],
    ]);
    expect(errors).toEqual(["broken"]);
    // A second loss of the same connection is ignored.
    sockets[0]!.breaks();
    expect(connection.connected).toBe(true);
  });

  it("waits longer after every failed attempt, and starts over once a connection has lasted", async () => {
    const { clock, sockets, attempts, failures, connection } = provider({ maxBackoffMs: 800 });
    failures.push(...Array.from({ length: 4 }, () => new Error("refused")));
    connection.open();
    await clock.advance(3000);
    expect(attempts).toEqual([0, 250, 750, 1550, 2350]);
    await clock.advance(5000);
    sockets[0]!.breaks();
    await clock.advance(250);
    expect(attempts.at(-1)).toBe(8250);
  });

  it("waits longer and longer while every connection is lost again at once", async () => {
    const { clock, sockets, attempts, connection } = provider();
    connection.open();
    for (let lost = 0; lost < 4; lost++) {
      await clock.advance(0);
      sockets[lost]!.breaks();
      await clock.advance(250 * 2 ** lost);
    }
    expect(attempts).toEqual([0, 250, 750, 1750, 3750]);
  });

  it("replaces its connection at once for audio of another format, and sends nothing to the old one", async () => {
    const { clock, sockets, connection } = provider();
    connection.open();
    connection.replace();
    connection.send(sound(1));
    await clock.advance(0);
    connection.setUserSpeaking(true);
    connection.replace();
    connection.send(sound(2));
    await clock.advance(0);
    expect(sockets.map(({ sent, closed }) => [sent, closed])).toEqual([
      [[], true],
      [[1], true],
      [[2], false],
    ]);
  });

  it("reports an open connection once the audio from before has been sent", async () => {
    const seen: number[][] = [];
    const { clock, sockets, connection } = provider({ onOpen: () => void seen.push([...sockets[0]!.sent]) });
    connection.open();
    connection.send(sound(1));
    await clock.advance(0);
    expect(seen).toEqual([[1]]);
  });

  it("times out an attempt that hangs, and closes a connection that opens too late", async () => {
    const { clock, errors, attempts, failures, connection } = provider({ connectTimeoutMs: 1000 });
    failures.push("hang");
    connection.open();
    await clock.advance(1250);
    expect(errors[0]).toContain("1000 ms");
    expect(attempts).toEqual([0, 1250]);
  });

  it("keeps the latest 10 s of audio while it is closed", async () => {
    const { clock, sockets, connection } = provider();
    for (let second = 0; second < 12; second++) connection.send(sound(second, 1000));
    expect(connection.droppedFrames).toBe(2);
    connection.open();
    await clock.advance(0);
    expect(sockets[0]!.sent[0]).toBe(2);
  });

  it("does not reconnect while the user speaks", async () => {
    const { clock, sockets, connection } = provider();
    connection.open();
    await clock.advance(0);
    connection.setUserSpeaking(true);
    connection.reconnect();
    await clock.advance(1000);
    expect(sockets).toHaveLength(1);
    connection.setUserSpeaking(false);
    await clock.advance(0);
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it("reconnects again when it was requested while connecting", async () => {
    const { clock, sockets, connection } = provider();
    connection.open();
    connection.reconnect();
    await clock.advance(0);
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it("is kept alive while no audio is sent", async () => {
    const { clock, sockets, connection } = provider({ keepAliveMs: 1000 });
    connection.open();
    await clock.advance(900);
    connection.send(sound(1));
    await clock.advance(900);
    expect(sockets[0]!.keptAlive).toBe(0);
    await clock.advance(1200);
    expect(sockets[0]!.keptAlive).toBe(2);
  });

  it("is not opened for an unusable service", async () => {
    let usable = false;
    const { clock, attempts, connection } = provider({ mayConnect: () => usable });
    connection.open();
    await clock.advance(1000);
    expect(attempts).toEqual([]);
    usable = true;
    connection.open();
    expect(attempts).toEqual([1000]);
  });

  it("leaves nothing behind when it is closed twice or while connecting", async () => {
    const { clock, sockets, errors, connection } = provider();
    connection.open();
    connection.close();
    connection.close();
    connection.open();
    await clock.advance(60_000);
    expect(sockets.map(({ closed }) => closed)).toEqual([true]);
    expect([errors, clock.pendingTimers, connection.connected]).toEqual([[], 0, false]);
  });

  it("treats a socket that throws as lost, and sends the audio again", async () => {
    const { clock, sockets, connection } = provider();
    connection.open();
    await clock.advance(0);
    sockets[0]!.send = () => {
      throw new Error("not open");
    };
    connection.send(sound(7));
    await clock.advance(250);
    expect(sockets[1]!.sent).toEqual([7]);
  });
});
