import type { Clock } from "../../../util/clock.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";
import { EchoAudioSink } from "./echo-audio-sink.ts";

export interface EchoSinkContext {
  readonly clock: Clock;
  /** In Hz. */
  readonly sampleRate: number;
  readonly onError: (error: Error) => void;
}

/** The way to the pal by `conversation.echo`, in the call that the client is in. Throws a DailyCallError outside of one. */
export function openEchoSink(client: TavusTransportClient, context: EchoSinkContext): EchoAudioSink {
  const { maxMessageBytes } = client.options.params;
  return new EchoAudioSink({
    ...context,
    logger: client.logger,
    conversationId: client.conversation?.conversationId ?? "",
    maxMessageCharacters: Math.min(client.call.maxAppMessageSize, maxMessageBytes ?? Infinity),
    send: (message) => client.sendAppMessage(message),
  });
}
