import { CaptionView, formatMs } from "./caption-view.ts";
import { Captions } from "./captions.ts";
import { Conversation, type ConversationEvents } from "./conversation.ts";
import { askForMicrophone } from "./microphone.ts";
import { Stage } from "./stage.ts";
import { startBot } from "./start-bot.ts";

const ENDPOINT = "/start";

/** Where the user is; `document.body.dataset.phase`, for the style sheet. */
type Phase = "idle" | "microphone" | "starting" | "joining" | "talking";

const STATUS: Readonly<Record<Phase, string>> = {
  idle: "",
  microphone: "Waiting for your microphone…",
  starting: "Starting a bot…",
  joining: "Joining the call…",
  talking: "",
};

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element "${id}".`);
  return element as T;
}

const start = find<HTMLButtonElement>("start");
const status = find("status");
const failure = find("failure");
const notice = find("notice");
const speaker = find("speaker");
const latency = find("latency");
const level = find("level");
const mute = find<HTMLButtonElement>("mute");
const muteLabel = find("mute-label");
const text = find<HTMLInputElement>("text");

const stage = new Stage(find<HTMLVideoElement>("pal"), find("sounds"), find<HTMLButtonElement>("unblock"));
const captionView = new CaptionView(find("captions"));
let captions = new Captions(() => undefined);
let conversation: Conversation | undefined;
/** Aborted when the user leaves, also before there is a conversation. */
let leaving = new AbortController();

function setPhase(phase: Phase): void {
  document.body.dataset.phase = phase;
  status.textContent = STATUS[phase];
  start.disabled = phase !== "idle";
  for (const control of document.querySelectorAll<HTMLButtonElement | HTMLInputElement>("#typing *, #mute"))
    control.disabled = phase !== "talking";
  find<HTMLButtonElement>("leave").disabled = phase === "idle";
}

function setSpeaker(words: string, who: "bot" | "you" | "nobody"): void {
  speaker.textContent = words;
  speaker.dataset.who = who;
  speaker.hidden = words === "";
}

function setNotice(words: string): void {
  notice.textContent = words;
  notice.hidden = words === "";
}

function setMuted(isMuted: boolean): void {
  mute.setAttribute("aria-pressed", String(isMuted));
  muteLabel.textContent = isMuted ? "Unmute" : "Mute";
  level.style.setProperty("--level", "0");
}

/** Back to the beginning, with the captions still there to read. */
function finish(words: string): void {
  conversation = undefined;
  stage.clear();
  setSpeaker("", "nobody");
  setNotice("");
  setPhase("idle");
  failure.textContent = words;
  start.textContent = "Start again";
  start.focus();
}

/** The turn that waits for its answer: since when, on this page's clock. */
function createEvents(): ConversationEvents {
  let askedMs: number | undefined;
  let isSpeaking = false;
  return {
    trackStarted: (remote) => stage.add(remote),
    trackStopped: (remote) => stage.remove(remote),
    palPresent: (isPresent) => setNotice(isPresent ? "" : "The pal has left. The bot goes on without its picture."),
    userSpeaking: (speaks) => {
      askedMs = speaks ? undefined : performance.now();
      setSpeaker(speaks ? "You are speaking" : "Thinking…", speaks ? "you" : "nobody");
    },
    userSaid: (words, isFinal) => captions.userSaid(words, isFinal),
    botThinking: () => {
      if (!isSpeaking) setSpeaker("Thinking…", "nobody");
    },
    botSpeaking: (speaks) => {
      isSpeaking = speaks;
      setSpeaker(speaks ? "The bot is speaking" : "Listening", speaks ? "bot" : "nobody");
      if (!speaks || askedMs === undefined) return;
      const tookMs = performance.now() - askedMs;
      askedMs = undefined;
      captions.botAnswered(tookMs);
      latency.textContent = `Answered after ${formatMs(tookMs)}`;
    },
    botOutput: (output) => captions.botOutput(output),
    botInterrupted: () => captions.botInterrupted(),
    microphoneLevel: (loudness) => level.style.setProperty("--level", String(Math.min(1, loudness * 2))),
    microphoneFailed: (why) => setNotice(`No microphone: ${why}. You can type instead.`),
    problem: (what) => setNotice(what),
    over: (reason) => finish(reason),
  };
}

async function converse(): Promise<void> {
  leaving = new AbortController();
  const { signal } = leaving;
  failure.textContent = "";
  latency.textContent = "";
  setNotice("");
  captionView.clear();
  const shown = new Captions((turn) => captionView.show(turn, shown.turns));
  captions = shown;

  setPhase("microphone");
  const microphone = await askForMicrophone();
  const { problem } = microphone;
  try {
    signal.throwIfAborted();
    setPhase("starting");
    const bot = await startBot(ENDPOINT, signal);
    setPhase("joining");
    const call = new Conversation(bot, problem === undefined, createEvents());
    conversation = call;
    await call.join(bot);
    if (conversation !== call) return; // Left meanwhile, or over.
    setPhase("talking");
    setMuted(call.isMuted);
    setSpeaker("Listening", "nobody");
    if (problem !== undefined) setNotice(`No microphone: ${problem}. You can type instead.`);
    text.focus();
  } catch (error) {
    if (signal.aborted) return;
    void conversation?.leave();
    finish(error instanceof Error ? error.message : "The call did not start.");
  } finally {
    microphone.release();
  }
}

async function leave(): Promise<void> {
  leaving.abort();
  const call = conversation;
  finish("You have left.");
  await call?.leave();
}

start.addEventListener("click", () => void converse());
find("leave").addEventListener("click", () => void leave());
mute.addEventListener("click", () => {
  if (!conversation) return;
  const isMuted = !conversation.isMuted;
  conversation.isMuted = isMuted;
  setMuted(isMuted);
});
find("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (words === "" || !conversation) return;
  text.value = "";
  captions.userTyped(words);
  conversation.sendText(words).catch(() => setNotice("The message was not sent."));
});
// A closed tab ends the conversation at once, and not when the room notices.
addEventListener("pagehide", () => void conversation?.leave());
setPhase("idle");
