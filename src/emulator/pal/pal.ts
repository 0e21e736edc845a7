import { randomUUID } from "node:crypto";

import { WebSocket as NodeWebSocket } from "ws";

import type { AudioData } from "../../util/audio-data.ts";
import type { Clock } from "../../util/clock.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { loadWrtc, type Wrtc } from "../../util/wrtc.ts";
import type { EmulatedConversation } from "../conversations/conversation.ts";
import { RoomClient } from "../room/room-client.ts";
import { EchoBuffer, readInteraction } from "./echo-buffer.ts";
import { PalFace, type PalVideo } from "./pal-face.ts";
import { FailureTimer, type PalFailure, type PalFailureKind } from "./pal-failure.ts";
import { PalVoice } from "./pal-voice.ts";
import { SpeakingEvents } from "./speaking-events.ts";
import { StreamListener } from "./stream-listener.ts";

/** The custom track that PAL `pipecat-stream` listens to. */
const STREAM_TRACK = "stream";
/** Echoed audio is buffered for this long, so that the first late message causes no gap. */
const ECHO_PREBUFFER_MS = 100;

/** Digital silence, also through a codec, stays far below this peak. */
const QUIET_PEAK = 100;

const HEAR_NOTHING = {
  "cam-audio": false,
  "cam-video": false,
  "screen-audio": false,
  "screen-video": false,
  custom: false,
} as const;

/** Events of a {@link Pal}, with the arguments that listeners receive. */
export type PalEvents = {
  /** 10 ms of the track `stream` reached the pal. `muted`: it belongs to an interrupted utterance and is not played. */
  heard: [data: AudioData, peak: number, muted: boolean];
  /** 10 ms left the pal's microphone. */
  played: [data: AudioData, peak: number];
  /** The pal started speaking. */
  startedSpeaking: [];
  /** The pal stopped speaking: at the end of an utterance of `durationMs` milliseconds, or because it was interrupted. */
  stoppedSpeaking: [stopped: { readonly interrupted: boolean; readonly durationMs: number }];
  /** A `conversation.interrupt` arrived. */
  interrupted: [];
  /** The mark in its picture changed together with its sound: white while the sound is loud. */
  mark: [isLoud: boolean];
  /** It froze, left or caused a failure, on request: {@link PalFailure}, `freeze()` or `leave()`. */
  failed: [kind: PalFailureKind];
  /** It thawed, or joined again. */
  recovered: [kind: PalFailureKind];
};

export interface PalOptions {
  readonly conversation: EmulatedConversation;
  readonly token: string | undefined;
  /** Delay from hearing a word to saying it, in milliseconds. */
  readonly renderLatencyMs: number;
  /** Silence on the track, in milliseconds, that separates new speech from interrupted speech. */
  readonly interruptionSilenceMs: number;
  readonly video: PalVideo;
  /** How it fails after it has joined for the first time. */
  readonly failure: PalFailure | undefined;
  /** Makes a failure happen that does not concern the pal alone. */
  readonly cause: (kind: PalFailureKind) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The pal of one conversation, as a participant of its room. May join, leave and join again. */
export class Pal {
  /** Emits what the pal hears and says. A listener that throws is logged and affects nothing else. */
  readonly events: SafeEmitter<PalEvents>;
  readonly #options: PalOptions;
  readonly #wrtc: Wrtc;
  readonly #echo: EchoBuffer;
  readonly #speaking: SpeakingEvents;
  readonly #listeners = new Map<string, StreamListener>();
  #room: RoomClient | undefined;
  #voice: PalVoice | undefined;
  #face: PalFace | undefined;
  #sessionId: string | undefined;
  #frozen = false;
  #failsNext: PalFailure | undefined;
  readonly #failure: FailureTimer;

  /** @internal */
  constructor(options: PalOptions) {
    this.#options = options;
    this.#failsNext = options.failure;
    this.#failure = new FailureTimer(
      options.clock,
      (failure) => {
        this.#fail(failure);
      },
      ({ kind }) => {
        this.#recover(kind);
      },
    );
    this.#wrtc = loadWrtc();
    this.events = new SafeEmitter((error, event) => {
      options.logger.error(`A listener of the pal's "${event}" failed.`, { error });
    });
    this.#echo = new EchoBuffer((samples, sampleRate) => {
      this.#voice?.say(samples, sampleRate, options.renderLatencyMs + ECHO_PREBUFFER_MS);
    });
    this.#speaking = new SpeakingEvents(options.conversation.id, options.clock, (message) => {
      this.#room?.sendAppMessage(message, "*");
    });
  }

  /** Its session id while it is in the room. */
  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** Whether it is in the room, but mute: see {@link Pal.freeze}. */
  get isFrozen(): boolean {
    return this.#frozen;
  }

  /** WebRTC statistics of what the pal receives on `stream`, from any sender, for measurements. */
  async streamStats(): Promise<Readonly<Record<string, unknown>>[]> {
    const stats: Readonly<Record<string, unknown>>[] = [];
    for (const sessionId of this.#listeners.keys()) {
      const report = await this.#room?.receivingConnection(sessionId)?.getStats();
      report?.forEach((entry: Readonly<Record<string, unknown>>) => stats.push(entry));
    }
    return stats;
  }

  /** Joins the room with face and voice, and announces itself as Tavus' pals do. No-op while it is there. */
  async join(): Promise<void> {
    if (this.#room) return;
    const { conversation, token, clock, logger } = this.#options;
    const { RTCPeerConnection, MediaStream } = this.#wrtc;
    const room = new RoomClient(
      { RTCPeerConnection, MediaStream, WebSocket: NodeWebSocket as unknown as typeof WebSocket },
      (error) => {
        logger.warn("The pal's media failed.", { error });
      },
    );
    this.#room = room;
    this.#voice = new PalVoice(this.#wrtc, clock, {
      mayFail: (durationMs) => this.#failure.speak(durationMs),
      onStarted: () => {
        this.#speaking.started(this.#echo.inferenceId);
        this.events.emit("startedSpeaking");
      },
      onStopped: (stopped) => {
        this.#speaking.stopped(stopped);
        this.events.emit("stoppedSpeaking", stopped);
      },
      onPlayed: (data, peak) => {
        this.#face?.speak(peak);
        this.events.emit("played", data, peak);
      },
    });
    room.publish("cam-audio", { track: this.#voice.track, on: true });
    if (!conversation.audioOnly) {
      this.#face = new PalFace(this.#wrtc, clock, this.#options.video, {
        isWatched: () => room.isSending("cam-video"),
        onMark: (isLoud) => {
          this.events.emit("mark", isLoud);
        },
      });
      room.publish("cam-video", { track: this.#face.track, on: true });
    }
    this.#listen(room);
    const sessionId = randomUUID();
    await room.join({ url: conversation.url, sessionId, token, userName: conversation.pal.name });
    this.#sessionId = sessionId;
    for (const id of room.peers.keys()) this.#hear(room, id);
    for (const event of ["system.pal_joined", "system.replica_joined"])
      room.sendAppMessage(this.#speaking.systemMessage(event, { face_id: conversation.face.id }), "*");
    if (this.#failsNext) this.#failure.arm(this.#failsNext);
    this.#failsNext = undefined;
  }

  /**
   * Freezes: it stays in the room and in the list of participants, with its tracks, but is mute: no sound, no moving
   * picture, no events. With `keepsSpeech` it says after the thaw what it received meanwhile; otherwise that is lost.
   */
  freeze({ keepsSpeech = false }: { readonly keepsSpeech?: boolean } = {}): void {
    if (!this.#room || this.#frozen) return;
    this.#frozen = true;
    this.#voice?.freeze(keepsSpeech);
    this.#face?.freeze();
    this.events.emit("failed", "freeze");
  }

  /** Ends a {@link Pal.freeze}. No-op while it is not frozen. */
  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#voice?.thaw();
    this.#face?.thaw();
    this.events.emit("recovered", "freeze");
  }

  /** Lets it fail later, counted from now: in the middle of a sentence, for example. Replaces a failure that is still to come. */
  failLater(failure: PalFailure): void {
    this.#failure.arm(failure);
  }

  /** Leaves the room; it may join again, under a new session id. */
  leave(): void {
    this.#failure.clear();
    if (!this.#room) return;
    this.#leave();
    this.events.emit("failed", "leave");
  }

  #leave(): void {
    const room = this.#room;
    this.#room = undefined;
    this.#sessionId = undefined;
    room?.leave();
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    this.#voice?.close();
    this.#face?.close();
    this.#voice = undefined;
    this.#face = undefined;
    this.#frozen = false;
    this.#echo.clear();
  }

  /** Sends the in-call event for the end of the conversation. @internal */
  shutdownMessage(reason: string): object {
    return this.#speaking.systemMessage("system.shutdown", { shutdown_reason: reason });
  }

  /** @internal */
  close(): void {
    this.#failure.clear();
    this.#leave();
    this.events.removeAllListeners();
  }

  #listen(room: RoomClient): void {
    room.events
      .on("peerJoined", ({ sessionId }) => {
        this.#hear(room, sessionId);
      })
      .on("peerLeft", ({ sessionId }) => {
        this.#deafTo(sessionId);
      })
      .on("track", (sessionId, tag, track) => {
        this.#deafTo(sessionId);
        if (track && tag === STREAM_TRACK) this.#attach(sessionId, track);
      })
      .on("appMessage", (data) => {
        this.#receive(data);
      })
      .on("ended", () => {
        this.#failure.clear();
        this.#leave();
      });
  }

  #fail({ kind, keepsSpeech }: PalFailure): void {
    if (kind === "freeze") {
      this.freeze({ keepsSpeech: keepsSpeech ?? false });
      return;
    }
    if (!this.#room) return;
    // The end of a conversation or a room takes its way through the emulator: nothing more is said meanwhile.
    this.#voice?.freeze(false);
    if (kind === "leave") this.#leave();
    this.events.emit("failed", kind);
    this.#options.cause(kind);
  }

  #recover(kind: PalFailureKind): void {
    if (kind === "freeze") {
      this.thaw();
      return;
    }
    if (kind !== "leave") return;
    this.join().then(
      () => this.events.emit("recovered", "leave"),
      (thrown: unknown) => {
        this.#options.logger.warn("The pal could not join again.", { error: asError(thrown) });
      },
    );
  }

  #hear(room: RoomClient, sessionId: string): void {
    const hearsTrack = this.#options.conversation.pal.delivery !== "messages";
    room.subscribe(sessionId, { ...HEAR_NOTHING, custom: hearsTrack ? { [STREAM_TRACK]: true } : false });
  }

  #deafTo(sessionId: string): void {
    this.#listeners.get(sessionId)?.close();
    this.#listeners.delete(sessionId);
  }

  #attach(sessionId: string, track: MediaStreamTrack): void {
    const { renderLatencyMs, interruptionSilenceMs } = this.#options;
    const listener = new StreamListener(this.#wrtc, track, interruptionSilenceMs, (data, peak, muted) => {
      this.events.emit("heard", data, peak, muted);
      // A sender's clock slightly faster than ours would fill the buffer over hours; quiet blocks are skipped to compensate.
      const isLate = (this.#voice?.bufferedMs ?? 0) > renderLatencyMs + 60;
      if (!muted && !(isLate && peak < QUIET_PEAK)) this.#voice?.say(data.samples, data.sampleRate, renderLatencyMs);
    });
    this.#listeners.set(sessionId, listener);
  }

  #receive(data: unknown): void {
    const interaction = readInteraction(data, this.#options.conversation.id);
    if (!interaction) return;
    if (interaction.event_type === "conversation.interrupt") {
      this.events.emit("interrupted");
      for (const listener of this.#listeners.values()) listener.muteOldSpeech();
      this.#voice?.interrupt();
      this.#echo.clear();
      return;
    }
    const { properties } = interaction;
    const isEcho = interaction.event_type === "conversation.echo" && properties?.modality === "audio";
    if (!isEcho || this.#options.conversation.pal.delivery === "track") return;
    if (this.#echo.take(properties)) this.#voice?.endUtterance();
  }
}
