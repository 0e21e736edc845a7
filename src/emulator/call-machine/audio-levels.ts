import { playMuted } from "./play-muted.ts";

type Emit = (action: string, payload: object) => void;
type Microphones = () => ReadonlyMap<string, MediaStreamTrack>;

const SHORTEST_INTERVAL_MS = 100;
/**
 * Samples per measurement: 340 ms at 48 kHz, longer than the usual interval of 200 ms. With gaps between the measurements, a
 * sound as short and regular as the beep of Chromium's fake microphone could fall between them again and again.
 */
const LEVEL_SAMPLES = 16_384;
/** Key of the local participant, in place of a session id. */
const LOCAL = "local";

interface Meter {
  readonly track: MediaStreamTrack;
  readonly source: MediaStreamAudioSourceNode;
  readonly element: HTMLAudioElement | undefined;
  readonly analyser: AnalyserNode;
}

/** daily-js' audio level observers, by WebAudio. Without it (in Node) they report that they are not supported. */
export class AudioLevels {
  readonly #emit: Emit;
  readonly #meters = new Map<string, Meter>();
  #context: AudioContext | undefined;
  #local: ReturnType<typeof setInterval> | undefined;
  #remote: ReturnType<typeof setInterval> | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  startLocal(microphone: () => MediaStreamTrack | undefined, intervalMs = 200): object {
    if (typeof AudioContext === "undefined") return { error: "Audio level observers need a browser." };
    this.stopLocal();
    this.#local = setInterval(
      () => {
        this.#emit("local-audio-level", { audioLevel: this.#level(LOCAL, microphone()) });
      },
      Math.max(intervalMs, SHORTEST_INTERVAL_MS),
    );
    return {};
  }

  stopLocal(): undefined {
    clearInterval(this.#local);
  }

  startRemote(microphones: Microphones, intervalMs = 200): object {
    if (typeof AudioContext === "undefined") return { error: "Audio level observers need a browser." };
    this.stopRemote();
    this.#remote = setInterval(
      () => {
        const heard = microphones();
        for (const id of this.#meters.keys()) if (id !== LOCAL && !heard.has(id)) this.#drop(id);
        const levels = [...heard].map(([id, track]) => [id, this.#level(id, track)] as const);
        this.#emit("remote-participants-audio-level", { participantsAudioLevel: Object.fromEntries(levels) });
      },
      Math.max(intervalMs, SHORTEST_INTERVAL_MS),
    );
    return {};
  }

  stopRemote(): undefined {
    clearInterval(this.#remote);
  }

  /** Level of the local microphone, 0 to 1; 0 in Node. */
  local(microphone: MediaStreamTrack | undefined): number {
    return typeof AudioContext === "undefined" ? 0 : this.#level(LOCAL, microphone);
  }

  close(): void {
    this.stopLocal();
    this.stopRemote();
    for (const id of this.#meters.keys()) this.#drop(id);
    void this.#context?.close();
    this.#context = undefined;
  }

  #level(id: string, track: MediaStreamTrack | undefined): number {
    let meter = this.#meters.get(id);
    if (meter && meter.track !== track) {
      this.#drop(id);
      meter = undefined;
    }
    if (!track) return 0;
    if (!meter) {
      this.#context ??= new AudioContext();
      const stream = new MediaStream([track]);
      const source = this.#context.createMediaStreamSource(stream);
      const analyser = this.#context.createAnalyser();
      analyser.fftSize = LEVEL_SAMPLES;
      source.connect(analyser);
      meter = { track, source, analyser, element: playMuted(stream) };
      this.#meters.set(id, meter);
    }
    const samples = new Float32Array(meter.analyser.fftSize);
    meter.analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  }

  #drop(id: string): void {
    const meter = this.#meters.get(id);
    this.#meters.delete(id);
    meter?.source.disconnect();
    if (meter?.element) meter.element.srcObject = null;
  }
}
