import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { toCallback, eventsAfterCall } from "./callbacks.ts";
import type {
  ConversationHost,
  EmulatedConversation,
  EmulatedEvent,
  ShutdownReason,
  TranscriptEntry,
} from "./conversation.ts";
import { ConversationTimers } from "./conversation-timers.ts";
import { CreditMeter } from "./credit-meter.ts";
import { toIsoTime } from "../state/time.ts";

export interface ConversationStoreOptions {
  readonly host: ConversationHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many conversations may be open at once. */
  readonly maxConcurrent: number;
  /** Seconds of conversation left in the account. */
  readonly creditsS: number;
  readonly onEnded: (conversation: EmulatedConversation) => void;
  /** Called with every event of every conversation. */
  readonly onEvent?: (conversation: EmulatedConversation, event: EmulatedEvent) => void;
  /** Sends the callbacks of conversations that have a callback URL. */
  readonly sendCallback: (url: string, body: Readonly<Record<string, unknown>>) => void;
}

interface Entry {
  readonly conversation: EmulatedConversation;
  /** Settles when the host has opened it (or failed to). Undefined for a conversation that was never opened. */
  opened: Promise<unknown> | undefined;
  timers: ConversationTimers | undefined;
  ending: Promise<void> | undefined;
  endCalls: number;
  /** When each running recording started, by id. */
  readonly recordingSinceMs: Map<string, number>;
}

/** Ended conversations stay readable; beyond this many the oldest are dropped. */
const MAX_ENDED = 1000;
const HOST_TIMEOUT_MS = 10_000;
/** Entries per conversation; later speech is not transcribed. */
const MAX_TRANSCRIPT = 10_000;
const MAX_RECORDINGS = 100;

/** The account's conversations: opens them, bounds them by timers and credits, and ends them. */
export class ConversationStore {
  readonly #options: ConversationStoreOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #credits: CreditMeter;
  #created = 0;
  #open = 0;

  /** @internal */
  constructor(options: ConversationStoreOptions) {
    this.#options = options;
    this.#credits = new CreditMeter(options.clock, options.creditsS, () => {
      this.runOutOfCredits();
    });
  }

  /** How many conversations are open, and billed. */
  get openConversations(): number {
    return this.#open;
  }

  /** How many conversations were ever created, including those in test mode. */
  get createdConversations(): number {
    return this.#created;
  }

  /** Seconds of conversation left now. Every open conversation consumes them. */
  get creditsS(): number {
    return this.#credits.leftS;
  }

  set creditsS(seconds: number) {
    this.#credits.leftS = seconds;
  }

  /**
   * Uses the account's credits up now: all open conversations end, and a create is answered with 402 until `creditsS` is
   * set. As at Tavus, participants see the reason of the duration limit.
   */
  runOutOfCredits(): void {
    this.#credits.leftS = 0;
    for (const { conversation } of [...this.#entries.values()])
      if (conversation.status === "active") void this.end(conversation.id, "max_call_duration reached");
  }

  /** @internal */
  get maxConcurrent(): number {
    return this.#options.maxConcurrent;
  }

  /** @internal */
  get isFull(): boolean {
    return this.#open >= this.maxConcurrent;
  }

  /** The conversation with this id, open or ended. The last 1000 ended conversations are kept. */
  get(id: string): EmulatedConversation | undefined {
    return this.#entries.get(id)?.conversation;
  }

  /** All conversations, newest first. */
  list(): EmulatedConversation[] {
    return [...this.#entries.values()].map(({ conversation }) => conversation).reverse();
  }

  /** How often the end of this conversation was requested over HTTP. */
  endCalls(id: string): number {
    return this.#entries.get(id)?.endCalls ?? 0;
  }

  /** @internal */
  countEndCall(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.endCalls++;
  }

  /** Adds a conversation and has the host open it. Rejects, with nothing left open, when the host fails. @internal */
  async add(conversation: EmulatedConversation): Promise<void> {
    const entry: Entry = {
      conversation,
      opened: undefined,
      timers: undefined,
      ending: undefined,
      endCalls: 0,
      recordingSinceMs: new Map(),
    };
    this.#entries.set(conversation.id, entry);
    this.#created++;
    if (conversation.status === "ended") return;
    const { clock, host } = this.#options;
    this.#open++;
    this.#credits.started();
    entry.timers = new ConversationTimers(clock, conversation.limits, (reason) => {
      void this.end(conversation.id, reason);
    });
    try {
      const opened = withDeadline(clock, host.open(conversation), HOST_TIMEOUT_MS, "Opening the room");
      entry.opened = opened;
      conversation.meetingToken = (await opened).meetingToken;
    } catch (thrown) {
      await this.end(conversation.id, "exception_encountered_during_conversation_startup");
      throw thrown;
    }
  }

  /** @internal */
  participantJoined(id: string, who: { readonly isPal: boolean }): void {
    const entry = this.#entries.get(id);
    if (entry?.conversation.status !== "active") return;
    if (!who.isPal) {
      entry.conversation.attended = true;
      entry.timers?.participantJoined();
      return;
    }
    // Both names of the event are sent, with the same content.
    const properties = { face_id: entry.conversation.face.id };
    this.#record(entry.conversation, "system.pal_joined", properties);
    this.#record(entry.conversation, "system.replica_joined", properties);
  }

  /** @internal */
  participantLeft(id: string, who: { readonly isPal: boolean }): void {
    const entry = this.#entries.get(id);
    if (entry?.conversation.status === "active" && !who.isPal) entry.timers?.participantLeft();
  }

  /** Adds an utterance to the transcript that is reported after the call. */
  transcribe(id: string, role: TranscriptEntry["role"], content: string): void {
    const conversation = this.get(id);
    if (conversation?.status !== "active" || conversation.transcript.length >= MAX_TRANSCRIPT) return;
    const nowMs = this.#options.clock.wallMs();
    const fromStartS = (nowMs - conversation.createdWallMs) / 1000;
    conversation.transcript.push({ role, content, timestamp: nowMs / 1000, seconds_from_start: fromStartS });
  }

  /** A recording was started in the room. Ignored where the conversation does not permit recording. @internal */
  recordingStarted(id: string, recordingId: string): void {
    const entry = this.#entries.get(id);
    if (entry?.conversation.status !== "active" || entry.conversation.properties.enable_recording !== true) return;
    if (entry.recordingSinceMs.size >= MAX_RECORDINGS || entry.recordingSinceMs.has(recordingId)) return;
    entry.recordingSinceMs.set(recordingId, this.#options.clock.nowMs());
  }

  /** A recording was stopped. The end of the call stops running recordings; their webhooks follow the call. @internal */
  recordingStopped(id: string, recordingId: string): void {
    const entry = this.#entries.get(id);
    if (entry) this.#stopRecording(entry, recordingId);
  }

  /** Adds an event to a conversation, during or after it, and sends its callback. */
  record(id: string, eventType: string, properties: Readonly<Record<string, unknown>>): void {
    const conversation = this.get(id);
    if (conversation) this.#record(conversation, eventType, properties);
  }

  /** Ends a conversation with its timers and room. Never rejects; later calls wait for the first. @internal */
  end(id: string, reason: ShutdownReason): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.conversation.testMode) return Promise.resolve();
    entry.ending ??= this.#end(entry, reason);
    return entry.ending;
  }

  /** @internal */
  async remove(id: string): Promise<void> {
    await this.end(id, "daily_room_has_been_deleted");
    this.#entries.delete(id);
  }

  /** @internal */
  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((id) => this.end(id, "daily_room_has_been_deleted")));
  }

  async #end(entry: Entry, reason: ShutdownReason): Promise<void> {
    const { conversation } = entry;
    const { clock, host, logger } = this.#options;
    entry.timers?.clear();
    for (const recordingId of [...entry.recordingSinceMs.keys()]) this.#stopRecording(entry, recordingId);
    conversation.status = "ended";
    conversation.shutdownReason = reason;
    this.#open--;
    this.#credits.stopped();
    this.#record(conversation, "system.shutdown", { reason });
    for (const { eventType, properties } of eventsAfterCall(conversation))
      this.#record(conversation, eventType, properties);
    this.#options.onEnded(conversation);
    this.#forgetOldest();
    try {
      // A room that is still opening cannot be closed yet.
      await entry.opened?.catch(() => undefined);
      await withDeadline(clock, host.close(conversation.id, reason), HOST_TIMEOUT_MS, "Closing the room");
    } catch (thrown) {
      logger.error("The emulator could not close a room.", {
        conversationId: conversation.id,
        error: asError(thrown).message,
      });
    }
  }

  #record(conversation: EmulatedConversation, eventType: string, properties: Readonly<Record<string, unknown>>): void {
    const timestamp = toIsoTime(this.#options.clock.wallMs());
    conversation.updatedAt = timestamp;
    const event = { event_type: eventType, timestamp, properties };
    conversation.events.push(event);
    this.#options.onEvent?.(conversation, event);
    if (conversation.callbackUrl !== "")
      this.#options.sendCallback(conversation.callbackUrl, toCallback(conversation, event));
  }

  #stopRecording({ conversation, recordingSinceMs }: Entry, recordingId: string): void {
    const startedMs = recordingSinceMs.get(recordingId);
    if (startedMs === undefined) return;
    recordingSinceMs.delete(recordingId);
    if (conversation.recordings.length >= MAX_RECORDINGS) return;
    const durationS = (this.#options.clock.nowMs() - startedMs) / 1000;
    conversation.recordings.push({ recordingId, durationS });
  }

  #forgetOldest(): void {
    if (this.#entries.size - this.#open <= MAX_ENDED) return;
    for (const [id, { conversation }] of this.#entries) {
      if (conversation.status !== "ended") continue;
      this.#entries.delete(id);
      return;
    }
  }
}
