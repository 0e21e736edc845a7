import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { BridgeServer } from "../../src/transport/daily/chromium/bridge-server.ts";
import type { CallFrame } from "../../src/transport/daily/chromium/call-frame.ts";
import { MOST_CALLS_AT_ONCE } from "../../src/transport/daily/chromium/call-page.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import type * as SharedBrowserModule from "../../src/transport/daily/chromium/shared-browser.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { browsersOf } from "../support/browsers.ts";
import { Calls, type WatchedCall } from "../support/calls.ts";
import { tone } from "../support/tone.ts";
import { until } from "../support/until.ts";
import { watchedHold } from "../support/watched-hold.ts";

const RATE = 48_000;

/** The frames that the calls got, in order; the host does not expose its own. */
const frames: CallFrame[] = [];
vi.mock("../../src/transport/daily/chromium/shared-browser.ts", async (importOriginal) => {
  const original = await importOriginal<typeof SharedBrowserModule>();
  return { ...original, holdBrowser: watchedHold(original.holdBrowser, (frame) => frames.push(frame)) };
});

function crash(frame: CallFrame | undefined): void {
  // Never answered: the page that would answer has crashed.
  void frame?.page.send("Page.crash").catch(() => undefined);
}

/** The page's main thread never returns from this, and answers nothing that is asked later. */
function hang(frame: CallFrame | undefined): void {
  void frame?.page.evaluate("for (;;);").catch(() => undefined);
}

function killBrowser(): void {
  const processes = browsersOf();
  if (processes.length === 0) throw new Error("There is no browser process to kill.");
  // The first process is the browser itself; the others are its children.
  process.kill(Math.min(...processes), "SIGKILL");
}

describe("a chromium call whose runtime dies", () => {
  let emulator: Emulator;
  let calls: Calls;

  beforeEach(async () => {
    emulator = await startEmulator({ logger: silentLogger });
    emulator.createRoom("r");
    calls = new Calls("chromium");
  });
  afterEach(async () => {
    await calls[Symbol.asyncDispose]();
    await emulator.close();
    frames.length = 0;
    vi.restoreAllMocks();
  });

  const url = (): string => emulator.roomUrl("r");

  /** The sockets between Node and its pages, as the server sees them. */
  function watchSockets(): Map<string, () => void> {
    const cut = new Map<string, () => void>();
    const expectSocket = BridgeServer.prototype.expect;
    vi.spyOn(BridgeServer.prototype, "expect").mockImplementation(function (this: BridgeServer, path, onSocket) {
      return expectSocket.call(this, path, (socket) => {
        cut.set(path, () => socket.terminate());
        onSocket(socket);
      });
    });
    return cut;
  }

  async function expectDeathBy(kill: (anna: WatchedCall) => unknown, told: RegExp): Promise<void> {
    const anna = await calls.join(url(), "Anna");
    const bob = await calls.join(url(), "Bob", { runtime: "native" });
    await anna.sees("Bob");
    const sink = await anna.call.publishAudio(MICROPHONE, { sampleRate: RATE });
    sink.write(tone(440, RATE, 9000));
    const waiting = sink.whenPlayed(9 * RATE);

    await kill(anna);
    await until("the death is told", () => anna.errors.length > 0, 1000);
    expect(anna.errors).toEqual([
      expect.objectContaining({ code: "runtimeDied", message: expect.stringMatching(told) as string }),
    ]);
    expect(anna.errors[0]?.message).toContain("join again with a new one");
    expect(anna.call.state).toBe("failed");
    expect(anna.call.participants().size).toBe(0);
    expect(await waiting).toBe("closed");
    await expect(anna.call.sendAppMessage("x")).rejects.toMatchObject({ code: "notJoined" });
    await until("the others see the leave", () => bob.left.length === 1, 1500);

    await anna.call.close();
    await anna.call.close();
    expect(anna.call.state).toBe("closed");
    await until("no browser process is left", () => browsersOf().length === 0, 5000);

    const again = await calls.join(url(), "Anna");
    expect((await bob.sees("Anna")).sessionId).toBe(again.id);
    expect(anna.errors).toHaveLength(1);
    expect(again.errors).toEqual([]);
  }

  it("by a crash of its page, reports it at once, and a later call works", async () => {
    await expectDeathBy(() => crash(frames[0]), /crashed|connection .* was lost/);
  });

  it("by a kill of its browser, reports it at once, and a later call works", async () => {
    await expectDeathBy(killBrowser, /browser .* is gone|connection .* was lost|page .* was closed/);
  });

  it("by its page being closed, reports it at once, and a later call works", async () => {
    await expectDeathBy(() => frames[0]?.page.send("Page.close"), /closed|connection .* was lost/);
  });

  it.each(["/control", "/audio"])(
    "by the loss of its %s socket, is told so at once, and a later call works",
    async (path) => {
      const cut = watchSockets();
      await expectDeathBy(() => cut.get(path)?.(), /connection .* was lost/);
    },
  );

  it("while it joins, fails the join and leaves nothing behind", async () => {
    const anna = await calls.create(url());
    const joining = expect(anna.call.join({ url: url(), userName: "Anna" })).rejects.toMatchObject({
      code: "runtimeDied",
    });
    killBrowser();
    await joining;
    await anna.call.close();
    await until("no browser process is left", () => browsersOf().length === 0, 5000);
    await until("nobody is in the room", () => emulator.room("r")?.participants().length === 0, 1500);
  });

  it("ends the calls in the same page with it, and those in other pages not", async () => {
    const all: WatchedCall[] = [];
    for (let n = 0; n <= MOST_CALLS_AT_ONCE; n++) all.push(await calls.create(url()));
    const [anna, ben, carl] = [all[0], all[1], all.at(-1)] as [WatchedCall, WatchedCall, WatchedCall];
    expect(frames[1]?.page).toBe(frames[0]?.page);
    expect(frames.at(-1)?.page).not.toBe(frames[0]?.page);
    await Promise.all([anna, ben, carl].map(({ call }) => call.join({ url: url(), userName: "Anna" })));
    crash(frames[0]);
    await until("two deaths are told", () => anna.errors.length === 1 && ben.errors.length === 1, 1000);
    await until("Carl sees them leave", () => carl.left.length === 2, 1500);
    expect(carl.call.state).toBe("joined");
    expect(carl.errors).toEqual([]);
    await carl.call.sendAppMessage("still here");
  });

  it("or only hangs, rejects requests in time, and still closes completely", async () => {
    const anna = await calls.create(url(), "chromium", { requestTimeoutMs: 300, leaveTimeoutMs: 300 });
    await anna.call.join({ url: url(), userName: "Anna" });
    const bob = await calls.join(url(), "Bob", { runtime: "native" });
    hang(frames[0]);
    await expect(anna.call.publishAudio("stream", { sampleRate: RATE })).rejects.toMatchObject({ code: "timeout" });
    await expect(anna.call.sendAppMessage("x")).rejects.toMatchObject({ code: "timeout" });
    await anna.call.close();
    expect(anna.warnings).toEqual([expect.stringContaining("without a proper leave")]);
    await until("the others see the leave", () => bob.left.length === 1, 1500);
    await until("no browser process is left", () => browsersOf().length === 0, 5000);
  });

  it("by a page that hangs, when another call there is closed: it would stay in its room", async () => {
    const anna = await calls.create(url(), "chromium", { leaveTimeoutMs: 300 });
    await anna.call.join({ url: url(), userName: "Anna" });
    const ben = await calls.join(url(), "Ben");
    hang(frames[0]);
    await anna.call.close();
    expect(ben.errors).toMatchObject([{ code: "runtimeDied", message: expect.stringContaining("hung") as string }]);
    await until("nobody is in the room", () => emulator.room("r")?.participants().length === 0, 1500);
  });

  it("can be closed at any moment without an error", async () => {
    const anna = await calls.join(url(), "Anna");
    await anna.call.close();
    expect(anna.errors).toEqual([]);
    expect(anna.ends).toEqual([]);
    expect(anna.warnings).toEqual([]);
    await until("no browser process is left", () => browsersOf().length === 0, 5000);
  });
});

describe("a call of either runtime that loses its room server", () => {
  it.each(["native", "chromium"] as const)("is over, in the %s runtime", async (runtime) => {
    const emulator = await startEmulator({ logger: silentLogger });
    await using calls = new Calls(runtime);
    emulator.createRoom("r");
    const url = emulator.roomUrl("r");
    const anna = await calls.join(url, "Anna");
    await emulator.close();
    await until("the end is told", () => anna.ends.length === 1, 1000);
    // Closing ends the rooms first; had the server been killed it would be connectionLost.
    expect(anna.ends[0]?.reason).toBe("roomEnded");
    await expect(anna.call.join({ url, userName: "Anna" })).rejects.toMatchObject({ code: "connectionFailed" });
  });
});
