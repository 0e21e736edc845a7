import { REAL_RUNTIMES } from "../support/calls.ts";
import { PlayedByPal, TavusStage, warmBrowser } from "../support/tavus.ts";
import { passes, until } from "../support/until.ts";
import { addThrowingListener } from "../../src/testing/virtual-transport-stage.ts";
import { describeTransport } from "./describe-transport.ts";

for (const runtime of REAL_RUNTIMES) {
  warmBrowser(runtime);
  for (const audioDelivery of ["track", "messages"] as const) {
    describeTransport(`TavusTransport in a room, ${runtime}, by ${audioDelivery}`, async () => {
      const stage = new TavusStage();
      const emulator = await stage.open();
      const bot = await stage.bot({ runtime, params: { audioDelivery, audioOutEndSilenceMs: 200 } }).connected();
      const played = new PlayedByPal(stage.palOf(bot));
      let user = await stage.user(bot);
      await until("the user is known", () => bot.events.includes("clientConnected User"));
      return {
        task: bot.task,
        upstream: bot.upstream,
        heard: bot.heard,
        said: bot.said,
        loudMs: () => played.loudMs(),
        toleranceMs: 120,
        userSpeaks: (durationMs) => void user.speak(700, durationMs),
        userComesBack: async () => {
          await user.call.close();
          user = await stage.user(bot);
        },
        addThrowingListener: () => addThrowingListener(bot.transport),
        endings: () => emulator.tavus.endCalls(bot.id),
        until: async (what, condition) => {
          await until(what, condition, 10_000);
        },
        passes,
        finish: () => bot.running,
        close: () => stage.close(),
      };
    });
  }
}
