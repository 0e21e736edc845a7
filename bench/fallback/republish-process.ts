import { monitorEventLoopDelay } from "node:perf_hooks";

import {
  CAMERA,
  createDailyCall,
  type DailyCall,
  type PublishedPicture,
  type VideoPublishFormat,
  type VideoTrackSink,
} from "../../src/transport/daily/index.ts";
import { i420Bytes } from "../../src/transport/daily/picture.ts";
import { nearestRank } from "../../src/util/nearest-rank.ts";
import { serve } from "../lib/child.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";

// One side of a room in which one participant shows a camera to one other. Each side is a process of its own, so that the CPU
// time of encoding and decoding can be told apart.

export type RepublishRequests = {
  join: [
    argument: { readonly url: string; readonly runtime: "native" | "chromium"; readonly userName: string },
    answer: { readonly sessionId: string },
  ];
  /** Writes pictures for so long, at the rate of the format. */
  show: [argument: { readonly format: VideoPublishFormat; readonly seconds: number }, answer: Shown];
  /** Receives the camera of a participant from now on. */
  watch: [argument: { readonly sessionId: string }, answer: undefined];
  /** The pictures received since the last question, and the width of the newest. */
  seen: [argument: undefined, answer: { readonly pictures: number; readonly width: number }];
};

/** What a sender measured in its own process. */
export interface Shown {
  readonly written: number;
  /** Not sent: the one before was still being taken. */
  readonly dropped: number;
  /** The time in `write`, in ms. */
  readonly writeMsP50: number;
  readonly writeMsP99: number;
  /** How late timers of 1 ms were, in ms. */
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
}

const PICTURES = 12;

let call: DailyCall | undefined;
let seen = { pictures: 0, width: 0 };

function joined(): DailyCall {
  if (!call) throw new Error("Not in a room.");
  return call;
}

/** A face-like scene: a still textured background, before which a fifth of the picture moves. */
function scenes({ width, height }: VideoPublishFormat): PublishedPicture[] {
  const background = new Uint8Array(i420Bytes({ width, height })).fill(128);
  for (let i = 0; i < width * height; i++) background[i] = 60 + ((i % width) >> 3) + ((i * 2_654_435_761) >>> 28);
  return Array.from({ length: PICTURES }, (_, step) => {
    const image = background.slice();
    const radius = height / 4;
    const centre = { x: width / 2 + Math.sin((step / PICTURES) * 2 * Math.PI) * radius * 0.5, y: height / 2 };
    for (let y = Math.floor(centre.y - radius); y < centre.y + radius; y++) {
      for (let x = Math.floor(centre.x - radius); x < centre.x + radius; x++) {
        if (Math.hypot(x - centre.x, y - centre.y) < radius)
          image[y * width + x] = 150 + (((x * 7 + y * 3 + step * 5) >> 2) & 63);
      }
    }
    return { image, width, height, format: "I420" };
  });
}

async function show(sink: VideoTrackSink, seconds: number): Promise<Shown> {
  const { fps } = sink.format;
  const pictures = scenes(sink.format);
  const writesMs: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const droppedBefore = sink.droppedPictures;
  delay.enable();
  const startMs = monotonicMs();
  for (let n = 0; ; n++) {
    const waitMs = startMs + (n * 1000) / fps - monotonicMs();
    if (waitMs > 0) await sleep(waitMs);
    if (monotonicMs() - startMs > seconds * 1000) break;
    const picture = pictures[n % PICTURES];
    const beforeMs = monotonicMs();
    if (picture) sink.write(picture);
    writesMs.push(monotonicMs() - beforeMs);
  }
  delay.disable();
  writesMs.sort((a, b) => a - b);
  return {
    written: writesMs.length,
    dropped: sink.droppedPictures - droppedBefore,
    writeMsP50: rounded(nearestRank(writesMs, 0.5) ?? 0, 2),
    writeMsP99: rounded(nearestRank(writesMs, 0.99) ?? 0, 2),
    loopDelayMsP99: rounded(delay.percentile(99) / 1e6),
    loopDelayMsMax: rounded(delay.max / 1e6),
  };
}

let sink: VideoTrackSink | undefined;

serve<RepublishRequests>(
  {
    async join({ url, runtime, userName }) {
      call = await createDailyCall({ url, runtime });
      return { sessionId: (await call.join({ url, userName })).sessionId };
    },
    async show({ format, seconds }) {
      sink ??= await joined().publishVideo(CAMERA, format);
      return await show(sink, seconds);
    },
    async watch({ sessionId }) {
      await joined().captureVideo(sessionId, CAMERA, { fps: 30 }, ({ width }) => {
        seen = { pictures: seen.pictures + 1, width };
      });
      return undefined;
    },
    seen() {
      const now = seen;
      seen = { ...seen, pictures: 0 };
      return now;
    },
  },
  async () => {
    await call?.close();
  },
);
