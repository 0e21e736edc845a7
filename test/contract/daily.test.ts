import { tone } from "../support/tone.ts";
import { ScriptedDailyCall } from "../../src/testing/scripted-daily-call.ts";
import { openVirtualTransportStage } from "../../src/testing/virtual-transport-stage.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DailyTransport } from "../../src/transport/daily-room/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { describeTransport } from "./describe-transport.ts";

describeTransport("DailyTransport on a scripted call", () => {
  const clock = new VirtualClock();
  const call = new ScriptedDailyCall({ clock });
  const transport = new DailyTransport(
    { roomUrl: "https://example.daily.co/room", logger: silentLogger },
    { createCall: call.factory, clock, env: {} },
  );
  call.addParticipant({ userName: "User", sessionId: "u1" });
  return openVirtualTransportStage({
    clock,
    transport,
    heard: () => {
      const sink = call.sinks.get("microphone");
      return sink && { pcm: sink.heard(), sampleRate: sink.sampleRate };
    },
    userSpeaks: (durationMs) => void call.speak("u2", tone(700, 16_000, durationMs)),
    userComesBack: () => {
      call.removeParticipant("u1");
      call.addParticipant({ userName: "User", sessionId: "u2" });
    },
    endings: () => call.leaves,
  });
});
