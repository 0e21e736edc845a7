import { startEmulator } from "../../src/emulator/index.ts";
import type { VideoPublishFormat } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { BenchChild } from "../lib/child.ts";
import { cpuSeconds, processTree } from "../lib/process-tree.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import type { RepublishRequests, Shown } from "./republish-process.ts";

/** What it costs to publish a camera to one other participant. */
export interface Republished extends Shown {
  readonly runtime: "native" | "chromium";
  readonly format: VideoPublishFormat;
  readonly seconds: number;
  /** CPU of the sender's process and its descendants, codec included, in % of one core; null without /proc. */
  readonly corePercent: number | null;
  /** The part of that in the Node process; in the native runtime all of it. */
  readonly nodePercent: number | null;
  /** Pictures per second that the other participant decoded, at most 30. */
  readonly receivedFps: number;
  /** The width at the end: libwebrtc sends smaller pictures when the machine or the network is too slow. */
  readonly receivedWidth: number;
}

/** The encoder starts small and takes some seconds to reach the full size. */
const WARM_UP_S = 6;
/** The sender shows this much longer than it is measured, so that it is busy from start to end. */
const MARGIN_S = 1;

const PROCESS = new URL("republish-process.ts", import.meta.url);

/**
 * Measures one sender of I420 pictures of that size and rate in a local room, each side in a process of its own, for so many
 * seconds after the encoder has warmed up.
 */
export async function measureRepublish(
  runtime: "native" | "chromium",
  format: VideoPublishFormat,
  seconds: number,
): Promise<Republished> {
  const emulator = await startEmulator({ logger: silentLogger });
  try {
    emulator.createRoom("republish");
    const url = emulator.roomUrl("republish");
    await using sender = new BenchChild<RepublishRequests>(PROCESS, []);
    await using receiver = new BenchChild<RepublishRequests>(PROCESS, []);
    await receiver.request("join", { url, runtime: "native", userName: "Receiver" });
    const { sessionId } = await sender.request("join", { url, runtime, userName: "Sender" });
    const warmUp = sender.request("show", { format, seconds: WARM_UP_S });
    await receiver.request("watch", { sessionId });
    await warmUp;

    const showing = sender.request("show", { format, seconds: seconds + MARGIN_S });
    await sleep((MARGIN_S * 1000) / 2);
    const pids = processTree(sender.pid);
    const before = cpuSeconds(pids);
    await receiver.request("seen", undefined);
    const startMs = monotonicMs();
    await sleep(seconds * 1000);
    const after = cpuSeconds(pids);
    const tookS = (monotonicMs() - startMs) / 1000;
    const { pictures, width } = await receiver.request("seen", undefined);
    const percent = (ids: readonly number[]): number | null => {
      if (pids.length === 0) return null;
      const used = ids.reduce((sum, id) => sum + (after.get(id) ?? 0) - (before.get(id) ?? 0), 0);
      return rounded((used / tookS) * 100);
    };
    return {
      runtime,
      format,
      seconds: rounded(tookS),
      ...(await showing),
      corePercent: percent(pids),
      nodePercent: percent([sender.pid]),
      receivedFps: rounded(pictures / tookS),
      receivedWidth: width,
    };
  } finally {
    await emulator.close();
  }
}
