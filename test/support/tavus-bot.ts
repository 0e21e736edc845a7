import type { Emulator } from "../../src/emulator/index.ts";
import type { Frame, FrameDirection } from "../../src/frames/index.ts";
import { UserAudioRawFrame } from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../src/pipeline/index.ts";
import type { Participant } from "../../src/transport/daily/index.ts";
import { TavusTransport, type TavusTransportOptions } from "../../src/transport/tavus/index.ts";
import { type LogFields, type Logger } from "../../src/util/logger.ts";
import type { RealRuntime } from "./calls.ts";
import { until } from "./until.ts";

export const FACE_ID = "r90bbd427f71";

/** Stands in the middle of a bot's pipeline, counts what passes and says what it is told to. */
export class Middle extends FrameProcessor {
  readonly framesByUser = new Map<string, number>();
  readonly kinds: string[] = [];
  onFrame: (frame: Frame, direction: FrameDirection) => void = () => undefined;

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (frame instanceof UserAudioRawFrame) {
      this.framesByUser.set(frame.userId, (this.framesByUser.get(frame.userId) ?? 0) + 1);
    } else {
      this.kinds.push(frame.kind);
    }
    this.onFrame(frame, direction);
    context.push(frame, direction);
  }
}

/** A logger whose warnings can be looked at. */
export class KeptLogger implements Logger {
  readonly lines: string[] = [];

  debug(): void {
    // Nobody looks at these.
  }

  info(): void {
    // Nobody looks at these.
  }

  warn(message: string, fields?: LogFields): void {
    this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  }

  error(message: string, fields?: LogFields): void {
    this.warn(message, fields);
  }
}

export interface TavusBot {
  readonly transport: TavusTransport;
  readonly middle: Middle;
  readonly task: PipelineTask;
  readonly logger: KeptLogger;
  /** What `run()` came to: its result, or the error it rejected with. */
  readonly outcome: Promise<unknown>;
  readonly clients: Participant[];
  readonly clientsGone: Participant[];
  readonly pals: Participant[];
  readonly palsGone: Participant[];
  readonly errors: Error[];
  /** Resolves when the bot is in its room. */
  connected(): Promise<string>;
}

/** A bot on the emulator that only listens until its `middle` is told to say something. */
export function startTavusBot(
  emulator: Emulator,
  runtime: RealRuntime,
  options: TavusTransportOptions = {},
  processors: readonly FrameProcessor[] = [],
): TavusBot {
  const transport = new TavusTransport(
    { botName: "Bot", faceId: FACE_ID, apiKey: emulator.apiKey, apiUrl: emulator.apiUrl, runtime, ...options },
    { env: {} },
  );
  const middle = new Middle();
  const logger = new KeptLogger();
  const task = new PipelineTask(new Pipeline([transport.input(), middle, ...processors, transport.output()]), {
    logger,
  });
  const bot = {
    transport,
    middle,
    task,
    logger,
    clients: [] as Participant[],
    clientsGone: [] as Participant[],
    pals: [] as Participant[],
    palsGone: [] as Participant[],
    errors: [] as Error[],
  };
  let isConnected = false;
  transport
    .on("connected", () => (isConnected = true))
    .on("clientConnected", (participant) => bot.clients.push(participant))
    .on("clientDisconnected", (participant) => bot.clientsGone.push(participant))
    .on("palJoined", (participant) => bot.pals.push(participant))
    .on("palLeft", (participant) => bot.palsGone.push(participant))
    .on("error", (error) => bot.errors.push(error));
  const outcome = task.run().catch((thrown: unknown) => thrown);
  return {
    ...bot,
    outcome,
    connected: () => until("the bot is connected", () => isConnected && transport.conversationUrl, 20_000),
  };
}

/** The only conversation there ever was is over, and was ended by exactly one call. */
export function endedOnce(emulator: Emulator): { ended: number; open: number; created: number } {
  const { conversations, openConversations } = emulator.tavus;
  const ended = [...conversations.list()].reduce((sum, { id }) => sum + emulator.tavus.endCalls(id), 0);
  return { ended, open: openConversations, created: conversations.createdConversations };
}
