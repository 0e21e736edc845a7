import type { Wrtc } from "../../../../util/wrtc.ts";
import type { ControlAnswer, ControlRequest } from "../../remote/control-messages.ts";
import type { LifeOrder, LifeReport } from "../life-messages.ts";
import type { MediaPipe } from "../media-pipe.ts";
import { type Frame, FRAME_KIND } from "../pipe-frames.ts";
import { NativeCall } from "./native-call.ts";

/** Captured sound is dropped while more than this waits for a bot that does not read: a minute of one capture. */
const MOST_WAITING_SOUND_BYTES = 2_097_152;
/** App messages are dropped while more than this waits: strangers can send them at will. */
const MOST_WAITING_BYTES = 33_554_432;

/** The calls of a media process. The first request or order of a call makes it. */
export class CallServer {
  readonly #wrtc: Wrtc;
  readonly #pipe: MediaPipe;
  readonly #calls = new Map<number, NativeCall>();

  constructor(wrtc: Wrtc, pipe: MediaPipe) {
    this.#wrtc = wrtc;
    this.#pipe = pipe;
  }

  receive({ callId, kind, body }: Frame): void {
    if (kind === FRAME_KIND.media) {
      this.#calls.get(callId)?.media.receive(body);
      return;
    }
    const call = this.#calls.get(callId) ?? this.#create(callId);
    if (kind === FRAME_KIND.control) void call.request(JSON.parse(body.toString()) as ControlRequest);
    else this.#obey(callId, call, JSON.parse(body.toString()) as LifeOrder);
  }

  #obey(callId: number, call: NativeCall, order: LifeOrder): void {
    switch (order.do) {
      case "addCapture":
        call.media.addCapture(order.captureId, order.sampleRate);
        break;
      case "removeCapture":
        call.media.removeCapture(order.captureId);
        break;
      case "close":
        call.close();
        this.#calls.delete(callId);
        this.#pipe.sendJson(callId, FRAME_KIND.life, { is: "closed" } satisfies LifeReport);
        break;
    }
  }

  #create(callId: number): NativeCall {
    const pipe = this.#pipe;
    const call = new NativeCall({
      wrtc: this.#wrtc,
      answer: (answer) => {
        if (isAppMessage(answer) && pipe.backlogBytes > MOST_WAITING_BYTES) return;
        pipe.sendJson(callId, FRAME_KIND.control, answer);
      },
      send: (message) => pipe.send(callId, FRAME_KIND.media, message),
      hasRoom: () => pipe.backlogBytes < MOST_WAITING_SOUND_BYTES,
    });
    this.#calls.set(callId, call);
    return call;
  }
}

function isAppMessage(answer: ControlAnswer): boolean {
  return "event" in answer && answer.event.type === "appMessage";
}
