import { type BotOutputData, PipecatClient } from "@pipecat-ai/client-js";
import { DailyTransport } from "@pipecat-ai/daily-transport";

import { bundleFor } from "./bundle-for.ts";
import type { StartedBot } from "./start-bot.ts";

/** How long a bot may take until it is ready. */
const READY_TIMEOUT_MS = 40_000;
const LEVEL_INTERVAL_MS = 100;

/** A track that people see or hear. */
export interface RemoteTrack {
  readonly track: MediaStreamTrack;
  readonly isPal: boolean;
}

/** What a conversation reports. */
export interface ConversationEvents {
  trackStarted(remote: RemoteTrack): void;
  trackStopped(remote: RemoteTrack): void;
  /** The pal left, or returned: without it the bot speaks by itself. */
  palPresent(isPresent: boolean): void;
  userSpeaking(isSpeaking: boolean): void;
  userSaid(text: string, isFinal: boolean): void;
  botThinking(): void;
  botSpeaking(isSpeaking: boolean): void;
  botOutput(output: BotOutputData): void;
  botInterrupted(): void;
  microphoneLevel(level: number): void;
  microphoneFailed(why: string): void;
  /** Something failed; the call goes on. */
  problem(what: string): void;
  /** The call is over, for a reason that is not the user's. */
  over(reason: string): void;
}

/** Why Daily ended the call, for the user. */
const REASONS: Readonly<Record<string, string>> = {
  ejected: "The conversation has ended.",
  "exp-room": "The conversation has ended.",
  "end-of-life": "The conversation has ended.",
  "no-room": "This conversation has ended already.",
  "not-allowed": "This conversation is private.",
  "meeting-full": "This conversation is full.",
  "connection-error": "The connection to the call was lost.",
};

/** Identifies Tavus' own participant by its user id, which users cannot choose; old and new names are in use. */
function isPal(userId: string): boolean {
  return userId.includes("tavus-face") || userId.includes("tavus-replica");
}

/** The user's side of a call with a bot: Pipecat's client in a Daily room. */
export class Conversation {
  readonly #client: PipecatClient;
  readonly #events: ConversationEvents;
  /** The participant that speaks RTVI. */
  #botSessionId: string | undefined;
  #isOver = false;

  constructor({ dailyRoom }: StartedBot, withMicrophone: boolean, events: ConversationEvents) {
    this.#events = events;
    // #region client
    const transport = new DailyTransport({ dailyConfig: bundleFor(dailyRoom) });
    this.#client = new PipecatClient({
      transport,
      enableMic: withMicrophone,
      enableCam: false,
      // The client takes whoever joined last for its bot. Here pal, bot and users come and go.
      disconnectOnBotDisconnect: false,
      callbacks: {
        onUserStartedSpeaking: () => events.userSpeaking(true),
        onUserStoppedSpeaking: () => events.userSpeaking(false),
        onUserTranscript: ({ text, final }) => events.userSaid(text, final),
        onBotLlmStarted: () => events.botThinking(),
        onBotStartedSpeaking: () => events.botSpeaking(true),
        onBotStoppedSpeaking: () => events.botSpeaking(false),
        onBotOutput: (output) => events.botOutput(output),
        onLocalAudioLevel: (level) => events.microphoneLevel(level),
        onDeviceError: ({ message }) => events.microphoneFailed(message),
        onMessageError: ({ data }) => events.problem(toText(data)),
        onError: ({ data }) => {
          // Daily's own failures arrive here as well, with less detail than in its event.
          if (!(data as { fatal?: boolean }).fatal) events.problem(toText(data));
        },
        onDisconnected: () => this.#end("The call has ended."),
      },
    });
    // #endregion
    this.#watchRoom(transport);
  }

  /** Resolves when the bot is ready. Rejects with a reason for the user. */
  async join({ dailyRoom, dailyToken }: StartedBot): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("The bot did not get ready.")), READY_TIMEOUT_MS);
    });
    try {
      await Promise.race([
        this.#client.connect({ dailyRoom, ...(dailyToken !== undefined && { dailyToken }) }),
        tooLate,
      ]);
    } finally {
      clearTimeout(timer);
    }
    // A level that cannot be measured is not shown.
    await this.#daily.startLocalAudioLevelObserver(LEVEL_INTERVAL_MS).catch(() => undefined);
  }

  get isMuted(): boolean {
    return !this.#client.isMicEnabled;
  }

  set isMuted(isMuted: boolean) {
    this.#client.enableMic(!isMuted);
  }

  /** Asks the bot in writing. It answers aloud, and at once. */
  async sendText(text: string): Promise<void> {
    await this.#client.sendText(text, { run_immediately: true, audio_response: true });
  }

  /** Leaves the call; harmless when repeated. Nothing is reported after it. */
  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#client.disconnect().catch(() => undefined);
  }

  get #daily() {
    return (this.#client.transport as DailyTransport).dailyCallClient;
  }

  #watchRoom(transport: DailyTransport): void {
    const call = transport.dailyCallClient;
    const events = this.#events;
    // #region tracks
    // Not the client's own track events: they do not say which track it is, and the room has one (`stream`) that only the pal
    // is meant to hear.
    call.on("track-started", ({ track, type, participant }) => {
      if (participant && !participant.local && (type === "audio" || type === "video"))
        events.trackStarted({ track, isPal: isPal(participant.user_id) });
    });
    // #endregion
    call.on("track-stopped", ({ track, type, participant }) => {
      if (type === "audio" || type === "video")
        events.trackStopped({ track, isPal: isPal(participant?.user_id ?? "") });
    });
    call.on("participant-joined", ({ participant }) => {
      if (isPal(participant.user_id)) events.palPresent(true);
    });
    call.on("participant-left", ({ participant }) => {
      if (isPal(participant.user_id)) events.palPresent(false);
      else if (participant.session_id === this.#botSessionId) this.#end("The bot has left the call.");
    });
    call.on("app-message", ({ data, fromId }) => {
      const { label, type } = data as { label?: unknown; type?: unknown };
      if (label !== "rtvi-ai") return;
      if (type === "bot-ready") this.#botSessionId ??= fromId;
      // Newer than this client, which passes it on to nobody.
      if (type === "bot-interrupted" && fromId === this.#botSessionId) events.botInterrupted();
    });
    call.on("error", ({ error, errorMsg }) => this.#end(REASONS[error?.type ?? ""] ?? errorMsg));
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#events.over(reason);
    void this.leave();
  }
}

function toText(data: unknown): string {
  const { error, message } = (data ?? {}) as { error?: unknown; message?: unknown };
  return String(error ?? message ?? "Something failed.");
}
