// The media process: daily-js and WebRTC of native calls, outside of the bot's process. It has one pipe to the bot, no port and
// no key, and it ends with the pipe, however the bot ended.
import "./begin.ts";

import { Socket } from "node:net";

import { createResampler } from "../../../../audio/resampler.ts";
import { asError } from "../../../../util/errors.ts";
import { loadWrtc, type Wrtc } from "../../../../util/wrtc.ts";
import type { LifeReport } from "../life-messages.ts";
import { MediaPipe } from "../media-pipe.ts";
import { type Frame, FRAME_KIND } from "../pipe-frames.ts";
import { PIPE_FD } from "../pipe-fd.ts";
import { CallServer } from "./call-server.ts";
import { loadDailyInNode } from "./daily-in-node.ts";
import { USUAL_RECEIVE_RATE } from "./native-audio-capture.ts";

let server: CallServer | undefined;
/** What arrives before the modules are loaded. */
const early: Frame[] = [];
const pipe = new MediaPipe(new Socket({ fd: PIPE_FD, readable: true, writable: true }), {
  onFrame: (frame) => {
    if (server) server.receive(frame);
    else early.push(frame);
  },
  onEnd: () => process.exit(),
});

function report(about: LifeReport): void {
  pipe.sendJson(0, FRAME_KIND.life, about);
}

function load(): Wrtc | undefined {
  try {
    return loadWrtc();
  } catch (thrown) {
    report({ is: "unavailable", reason: asError(asError(thrown).cause).message.split("\n")[0] ?? "" });
    pipe.end();
    return undefined;
  }
}

const wrtc = load();
if (wrtc) {
  loadDailyInNode(wrtc);
  // The first resampler loads their module; later ones are there at once.
  (await createResampler(USUAL_RECEIVE_RATE, USUAL_RECEIVE_RATE / 3)).close();
  server = new CallServer(wrtc, pipe);
  for (const frame of early.splice(0)) server.receive(frame);
  report({ is: "ready" });
}
