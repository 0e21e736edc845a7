import type { Emulator } from "../../src/emulator/index.ts";
import { TTSAudioRawFrame, TTSStartedFrame, TTSStoppedFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import {
  CAMERA,
  createDailyCall,
  type DailyCall,
  MICROPHONE,
  type Participant,
} from "../../src/transport/daily/index.ts";
import { DailyTransport } from "../../src/transport/daily-room/index.ts";
import { TavusVideoService } from "../../src/transport/tavus/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { monotonicMs } from "../lib/time.ts";

const RATE = 24_000;
const TONE_MS = 300;
/** Longer than sound and picture are ever apart. */
const PAUSE_MS = 700;
/** A peak of 16-bit samples. */
const LOUD = 1000;
/** Luma of the mark in the pal's picture: it is white while the pal is loud, and black otherwise. */
const WHITE = 128;
const PAIR_WITHIN_MS = 400;

/** How far the picture is behind the sound at the user, in milliseconds; negative: ahead of it. */
export interface LipOffsets {
  /** One per change between silence and sound, in both directions. */
  readonly offsetsMs: readonly number[];
  /** Changes of the sound that no change of the picture could be found for. */
  readonly unpaired: number;
  /** Pictures per second that reached the user. */
  readonly fps: number;
}

/** The moments at which something changed, as a user notices them. */
class Edges {
  readonly on: number[] = [];
  readonly off: number[] = [];
  #is = false;

  see(is: boolean, atMs: number): void {
    if (is === this.#is) return;
    this.#is = is;
    (is ? this.on : this.off).push(atMs);
  }
}

/** A user in the bot's room, who watches its camera and hears its microphone. */
async function joinUser(url: string): Promise<{ call: DailyCall; sound: Edges; picture: Edges; images: () => number }> {
  const call = await createDailyCall({ url, runtime: "native", logger: silentLogger });
  const [sound, picture] = [new Edges(), new Edges()];
  let images = 0;
  let quietMs = 0;
  const watched = new Set<string>();
  const watch = ({ sessionId, camera, microphone }: Participant): void => {
    if (microphone.state !== "off" && !watched.has("sound")) {
      watched.add("sound");
      void call.captureAudio(sessionId, MICROPHONE, { sampleRate: RATE }, ({ pcm }) => {
        const endMs = monotonicMs();
        const lengthMs = (pcm.length * 1000) / RATE;
        const at = pcm.findIndex((sample) => Math.abs(sample) > LOUD);
        const last = pcm.findLastIndex((sample) => Math.abs(sample) > LOUD);
        if (at >= 0) {
          sound.see(true, endMs - lengthMs + (at * 1000) / RATE);
          quietMs = lengthMs - (last * 1000) / RATE;
        } else {
          quietMs += lengthMs;
        }
        // A tone crosses zero, too.
        if (quietMs >= 20) sound.see(false, endMs - quietMs);
      });
    }
    if (camera.state !== "off" && !watched.has("picture")) {
      watched.add("picture");
      const capture = call.captureVideo(sessionId, CAMERA, { fps: 0 }, ({ image, width, height }) => {
        void capture.then((opened) => opened.requestFrame());
        images++;
        // The middle of the mark, whose side is an eighth of the height.
        picture.see((image[Math.round(height / 16) * width + Math.round(height / 16)] ?? 0) > WHITE, monotonicMs());
      });
      void capture.then((opened) => opened.requestFrame());
    }
  };
  call.on("participantJoined", watch).on("participantUpdated", watch);
  await call.join({ url, userName: "Bench user" });
  return { call, sound, picture, images: () => images };
}

/** An utterance of tones with pauses between them. */
function tones(count: number): TTSAudioRawFrame[] {
  return Array.from({ length: count }, () => {
    const audio = new Int16Array((RATE * (TONE_MS + PAUSE_MS)) / 1000);
    for (let at = 0; at < (RATE * TONE_MS) / 1000; at++) audio[at] = 12_000 * Math.sin((2 * Math.PI * 440 * at) / RATE);
    return new TTSAudioRawFrame({ audio, sampleRate: RATE, contextId: "lips" });
  });
}

function pair(sound: readonly number[], picture: readonly number[], offsetsMs: number[]): number {
  let unpaired = 0;
  for (const heardMs of sound) {
    const nearest = picture.reduce(
      (best, seenMs) => (Math.abs(seenMs - heardMs) < Math.abs(best - heardMs) ? seenMs : best),
      Infinity,
    );
    if (Math.abs(nearest - heardMs) <= PAIR_WITHIN_MS) offsetsMs.push(nearest - heardMs);
    else unpaired++;
  }
  return unpaired;
}

/**
 * A bot in a Daily room of the emulator, with a pal as its video service, says `count` tones; a user in that room compares
 * when sound and picture change. `runtime` is where both of the bot's calls run; the user is always native.
 */
export async function measureLipOffset(
  emulator: Emulator,
  runtime: "native" | "chromium",
  count = 20,
): Promise<LipOffsets> {
  const name = `lips-${runtime}-${Math.round(monotonicMs())}`;
  emulator.createRoom(name);
  const roomUrl = emulator.roomUrl(name);
  const user = await joinUser(roomUrl);
  const transport = new DailyTransport({
    roomUrl,
    runtime,
    params: { videoOutEnabled: true, videoOutWidth: 320, videoOutHeight: 240, audioOut10msChunks: 2 },
  });
  const { apiKey, apiUrl } = emulator;
  const service = new TavusVideoService({ apiKey, apiUrl, faceId: "r90bbd427f71", runtime }, { env: {} });
  const task = new PipelineTask(new Pipeline([service, transport.output()]), { logger: silentLogger });
  const running = task.run();
  running.catch(() => undefined);
  try {
    await spoken(service);
    const [startMs, imagesBefore] = [monotonicMs(), user.images()];
    task.queueFrames([new TTSStartedFrame("lips"), ...tones(count), new TTSStoppedFrame("lips")]);
    await new Promise((resolve) => setTimeout(resolve, count * (TONE_MS + PAUSE_MS) + 1500));
    const fps = ((user.images() - imagesBefore) * 1000) / (monotonicMs() - startMs);
    const offsetsMs: number[] = [];
    // The first tone may be heard before the pictures flow.
    const unpaired =
      pair(user.sound.on.slice(1), user.picture.on, offsetsMs) +
      pair(user.sound.off.slice(1), user.picture.off, offsetsMs);
    return { offsetsMs, unpaired, fps };
  } finally {
    task.cancel();
    await Promise.allSettled([running, user.call.close()]);
  }
}

/** Resolves when the pal speaks for the bot. */
async function spoken(service: TavusVideoService): Promise<void> {
  const deadlineMs = monotonicMs() + 20_000;
  while (service.avatar.is !== "speaking") {
    if (monotonicMs() > deadlineMs) throw new Error(`The pal is ${service.avatar.is}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
