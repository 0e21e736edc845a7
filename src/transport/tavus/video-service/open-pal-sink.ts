import type { AudioSink } from "../../playout/audio-sink.ts";
import { openEchoSink, type EchoSinkContext } from "../echo/open-echo-sink.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";

/** Opens the way to the pal in the delivery that the client's options choose. */
export function openPalSink(client: TavusTransportClient, context: EchoSinkContext): Promise<AudioSink> {
  const { audioDelivery, streamTrackName } = client.options.params;
  const { sampleRate } = context;
  client.logger.debug("Opening the way to the pal.", { delivery: audioDelivery, sampleRate });
  if (audioDelivery === "track") return client.call.publishAudio(streamTrackName, { sampleRate });
  const sink = openEchoSink(client, context);
  client.events.on("palSpeaking", (event) => sink.palSpeaking(event));
  return Promise.resolve(sink);
}
