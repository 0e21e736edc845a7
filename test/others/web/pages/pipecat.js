// Pipecat's own client as an application uses it: only `dailyConfig` is ours.
import { PipecatClient } from "@pipecat-ai/client-js";
import { DailyTransport } from "@pipecat-ai/daily-transport";

const seen = [];
const note =
  (name) =>
  (...details) =>
    seen.push([name, ...details]);

window.pipecat = {
  seen,
  async connect({ url, bundlePathOverride, ...options }) {
    const client = new PipecatClient({
      transport: new DailyTransport({ dailyConfig: { bundlePathOverride } }),
      enableMic: true,
      enableCam: false,
      ...options,
      callbacks: {
        onTransportStateChanged: note("state"),
        onBotReady: ({ version }) => note("botReady")(version),
        onParticipantJoined: ({ name }) => note("joined")(name),
        onParticipantLeft: ({ name }) => note("left")(name),
        onTrackStarted: (track, participant) => note("trackStarted")(track.kind, participant?.name, participant?.local),
        onTrackStopped: (track, participant) => note("trackStopped")(track.kind, participant?.name),
        onRemoteAudioLevel: (level, participant) => level > 0.05 && note("loud")(participant?.name),
        onDeviceError: ({ devices, type, details }) => note("deviceError")(devices, type, details),
        onError: ({ data }) => note("error")(data),
        onMessageError: ({ data }) => note("messageError")(data),
        onBotConnected: ({ name }) => note("botConnected")(name),
        onUserTranscript: ({ text, final }) => note("userTranscript")(text, final),
        onUserStartedSpeaking: note("userStartedSpeaking"),
        onUserStoppedSpeaking: note("userStoppedSpeaking"),
        onBotStartedSpeaking: note("botStartedSpeaking"),
        onBotStoppedSpeaking: note("botStoppedSpeaking"),
        onBotOutput: ({ text, segment_id, spoken_status, spoken_progress }) =>
          note("botOutput")({ text, segment_id, spoken_status, heard: spoken_progress?.accumulated_text }),
        onServerMessage: note("serverMessage"),
      },
    });
    client.registerFunctionCallHandler("show", async ({ arguments: shown }) => {
      note("functionCalled")(shown);
      return { shown: true };
    });
    window.pipecat.client = client;
    await client.connect({ url });
  },
};
