import type { Clock } from "../../../util/clock.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import { EchoAudioSink } from "../echo/echo-audio-sink.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";

export interface PalSinkContext {
  readonly clock: Clock;
  /** In Hz. */
  readonly sampleRate: number;
  readonly onError: (error: Error) => void;
}

/** Opens the way to the pal in the delivery that the client's options choose. */
export function openPalSink(client: TavusTransportClient, context: PalSinkContext): Promise<AudioSink> {
  const { audioDelivery, streamTrackName, maxMessageBytes } = client.options.params;
  const { sampleRate, clock, onError } = context;
  client.logger.debug("Opening the way to the pal.", { delivery: audioDelivery, sampleRate });
  if (audioDelivery === "track") return client.call.publishAudio(streamTrackName, { sampleRate });
  const sink = new EchoAudioSink({
    ...{ clock, sampleRate, onError },
    logger: client.logger,
    conversationId: client.conversation?.conversationId ?? "",
    maxMessageCharacters: Math.min(client.call.maxAppMessageSize, maxMessageBytes ?? Infinity),
    send: (message) => client.sendAppMessage(message),
  });
  client.events.on("palSpeaking", (event) => sink.palSpeaking(event));
  return Promise.resolve(sink);
}
