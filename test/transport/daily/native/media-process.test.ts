import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { MediaProcess } from "../../../../src/transport/daily/native/media-process.ts";
import { NativeHost } from "../../../../src/transport/daily/native/native-host.ts";
import { FRAME_KIND, frameHead } from "../../../../src/transport/daily/native/pipe-frames.ts";
import { delivered, ScriptedChild } from "./scripted-child.ts";

function started() {
  const clock = new VirtualClock();
  const child = new ScriptedChild();
  return { clock, child, process: new MediaProcess(child, clock) };
}

async function withCall() {
  const { clock, child, process } = started();
  const told: string[] = [];
  const warnings: string[] = [];
  child.isReady();
  const host = await NativeHost.start(
    { process, release: async () => void told.push("released") },
    {
      onEvent: ({ type }) => told.push(type),
      onDeath: (error) => told.push(`died: ${(error as { readonly code?: string }).code}`),
      onWarning: (warning) => warnings.push(warning),
    },
    clock,
  );
  return { clock, child, process, host, told, warnings };
}

describe("a media process, from the bot's side", () => {
  it("opens calls once it is ready, and keeps the bot's process alive only while there are any", async () => {
    const { child, process } = started();
    expect(child.isKeptAlive).toBe(false);
    const opening = process.openCall({ onControl: () => {}, onMedia: () => {}, onDeath: () => {} });
    expect(child.isKeptAlive).toBe(true);
    child.isReady();
    const callId = await opening;
    const closing = process.closeCall(callId);
    await delivered();
    expect(child.orders(callId)).toEqual([{ do: "close" }]);
    child.sends(callId, FRAME_KIND.life, '{"is":"closed"}');
    await closing;
    expect([child.isKeptAlive, child.kills, process.isUsable]).toEqual([false, 0, true]);
  });

  it("passes requests, and rejects those that have no answer when it dies, with its last words", async () => {
    const { child, host, told } = await withCall();
    const joining = host.request("join", { url: "http://127.0.0.1/r", userName: "x" });
    const leaving = host.request("leave", undefined);
    await delivered();
    expect(child.orders(1)).toMatchObject([{ method: "join" }, { method: "leave" }]);
    child.sends(1, FRAME_KIND.control, '{"id":1,"result":{"sessionId":"s","maxAppMessageSize":1}}');
    expect(await joining).toEqual({ sessionId: "s", maxAppMessageSize: 1 });

    child.errors.write("FATAL: out of luck\nat https://x.daily.co/r?t=secret\n");
    await delivered();
    child.ends({ is: "signal", signal: "SIGSEGV" });
    await expect(leaving).rejects.toMatchObject({ code: "runtimeDied" });
    await expect(leaving).rejects.toThrow(/signal SIGSEGV.*FATAL: out of luck\nat https:\/\/x\.daily\.co\/r$/ms);
    await delivered();
    expect(told).toEqual(["died: runtimeDied", "released"]);
    await expect(host.request("leave", undefined)).rejects.toMatchObject({ code: "runtimeDied" });
    await host.close();
  });

  it.each([
    ["exits", (child: ScriptedChild) => child.ends({ is: "exit", code: 9 }), /did not start: exit code 9/],
    ["cannot be started", (child: ScriptedChild) => child.ends({ is: "failed", reason: "EAGAIN" }), /EAGAIN/],
    [
      "has no native module",
      (child: ScriptedChild) => child.sends(0, FRAME_KIND.life, '{"is":"unavailable","reason":"no such file"}'),
      /no such file.*npm install @roamhq\/wrtc/,
    ],
  ])("that %s before it is ready makes the runtime unavailable, and says why", async (_what, act, told) => {
    const { child, process } = started();
    act(child);
    const opening = process.openCall({ onControl: () => {}, onMedia: () => {}, onDeath: () => {} });
    await expect(opening).rejects.toMatchObject({ code: "runtimeUnavailable" });
    await expect(opening).rejects.toThrow(told);
    expect(child.isKeptAlive).toBe(false);
  });

  it("is killed when it is not ready in time", async () => {
    const { child, process, clock } = started();
    const opening = expect(process.ready).rejects.toMatchObject({ code: "timeout" });
    await clock.advance(30_000);
    await opening;
    expect(child.kills).toBe(1);
    await process.ended;
  });

  it("is killed when it does not answer a close, and all its calls are told", async () => {
    const { child, host, process, told, clock } = await withCall();
    const other: string[] = [];
    await process.openCall({
      onControl: () => {},
      onMedia: () => {},
      onDeath: ({ code, message }) => other.push(code, message),
    });
    const closing = host.close();
    await clock.advance(3000);
    await closing;
    expect(child.kills).toBe(1);
    expect(other).toEqual(["runtimeDied", expect.stringContaining("does not answer")]);
    expect(told).toEqual(["released"]);
  });

  it("that only closes its pipe, or sends what is no frame, does not stay", async () => {
    const { child, clock, told } = await withCall();
    child.sendsBytes(frameHead(1, FRAME_KIND.media, 0x7000_0000));
    await delivered();
    await clock.advance(1000);
    expect(child.kills).toBe(1);
    expect(told).toContain("died: runtimeDied");
  });

  it("may send messages that cannot be read: they are ignored, with one warning", async () => {
    const { child, warnings, told, host } = await withCall();
    child.sends(1, FRAME_KIND.control, "{");
    child.sends(1, FRAME_KIND.control, '{"event":null}');
    child.sends(1, FRAME_KIND.media, Uint8Array.of(1, 2, 3));
    child.sends(1, 99, "?");
    child.sends(77, FRAME_KIND.control, '{"id":1}');
    child.sends(1, FRAME_KIND.control, '{"event":{"type":"warning","message":"m"}}');
    await delivered();
    expect(warnings).toHaveLength(1);
    expect(told).toEqual(["warning"]);
    expect(host.runtime).toBe("native");
  });

  it("gets an end of file when it is not needed any more, and is killed if it stays", async () => {
    const { child, process, clock } = started();
    child.isReady();
    await process.ready;
    const ended = process.end();
    expect(process.isUsable).toBe(false);
    await clock.advance(1000);
    await ended;
    expect(child.kills).toBe(1);
  });
});
