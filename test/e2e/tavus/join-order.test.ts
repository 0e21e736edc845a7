import { describe, expect, it } from "vitest";

import type { RealRuntime } from "../../support/calls.ts";
import {
  joinUser,
  PAL_NAME,
  PAL_USER_ID,
  PlayedByPal,
  type RoomUser,
  type TavusBot,
  tavusStage,
  warmBrowser,
} from "../../support/tavus.ts";
import { amplitudeOf, measurePeak } from "../../support/tone.ts";
import { until } from "../../support/until.ts";

type Who = "bot" | "pal" | "user";
const ORDERS: readonly (readonly [Who, Who, Who])[] = [
  ["bot", "pal", "user"],
  ["bot", "user", "pal"],
  ["pal", "bot", "user"],
  ["pal", "user", "bot"],
  ["user", "bot", "pal"],
  ["user", "pal", "bot"],
];
const USER_HZ = 700;
const PAL_HZ = 400;
const NAME = PAL_NAME.track;

const stage = tavusStage();

/** Amplitude of a tone in the last ten frames that the bot heard from a participant. */
function levelHeard(bot: TavusBot, hz: number, userId: string): number {
  const last = bot.hearsOf(userId).slice(-10);
  const pcm = Int16Array.from(last.flatMap(({ audio }) => [...audio]));
  return amplitudeOf(hz, pcm, last[0]?.sampleRate ?? 16_000);
}

/** The test creates the conversation, so that the pal and the user can join before the bot. */
async function gather(order: readonly Who[], runtime: RealRuntime, userName: string) {
  const emulator = await stage.open({ pal: { join: "never" } });
  const headers = { "x-api-key": emulator.apiKey, "content-type": "application/json" };
  const body = JSON.stringify({ face_id: "r90bbd427f71", pal_id: "pipecat-stream" });
  const answer = await fetch(`${emulator.apiUrl}/conversations`, { method: "POST", headers, body });
  const created = (await answer.json()) as { conversation_id: string; conversation_url: string };
  const { conversation_id: id, conversation_url: url } = created;
  const pal = emulator.pal(id);
  if (!pal) throw new Error("The conversation has no pal.");
  let user: RoomUser | undefined;
  let joined: TavusBot | undefined;
  for (const who of order) {
    if (who === "pal") {
      await pal.join();
    } else if (who === "user") {
      user = await joinUser(stage.calls, url, userName);
    } else {
      // The API returns the existing conversation; everything else is unchanged.
      joined = stage.bot({
        runtime,
        dependencies: {
          api: {
            createConversation: () =>
              Promise.resolve({ conversationId: id, conversationUrl: url, palId: "pipecat-stream" }),
            endConversation: async () => {
              await fetch(`${emulator.apiUrl}/conversations/${id}/end`, { method: "POST", headers });
            },
            getPal: () => Promise.resolve({ palName: NAME, pipelineMode: "echo" }),
          },
        },
      });
      await joined.connected();
    }
  }
  if (!user || !joined) throw new Error("Someone is missing.");
  return { id, pal, played: new PlayedByPal(pal), user, bot: joined };
}

/** Has both speak at once, and expects only the user to be heard. */
async function expectOnlyUserHeard(bot: TavusBot, user: RoomUser, played: PlayedByPal): Promise<void> {
  bot.say(PAL_HZ, 2500);
  await until("the pal speaks", () => played.speaks);
  void user.speak(USER_HZ, 1500);
  await until("the user is heard", () => levelHeard(bot, USER_HZ, user.id) > 4000);
  const from = bot.hearsOf(user.id).length;
  const playedFrom = played.frames.length;
  await until("and for a while", () => bot.hearsOf(user.id).length > from + 30);
  expect(bot.heardUserIds()).toEqual([user.id]);
  // Otherwise the pal's silence would prove nothing. Uses the whole time, because one frame may have been concealed.
  const playedMs = (played.frames.length - playedFrom) * 10;
  expect(playedMs).toBeGreaterThan(0);
  expect(played.loudMs(playedFrom) / playedMs).toBeGreaterThan(0.7);
  expect(levelHeard(bot, PAL_HZ, user.id)).toBeLessThan(300);
}

describe.each([
  ["native", ORDERS],
  ["chromium", [["user", "pal", "bot"] as const, ["bot", "user", "pal"] as const]],
] as const)("on the %s runtime", (runtime, orders) => {
  warmBrowser(runtime);

  describe.each([
    ["with a name of their own", "User"],
    ["who carries the pal's name", NAME],
  ])("a user %s", (_what, userName) => {
    it.each(orders.map((order) => [order.join(", "), order] as const))(
      "is told from the pal when they join in the order %s",
      async (_title, order) => {
        const { user, bot, pal, played } = await gather(order, runtime, userName);
        await until("both are known", () => bot.events.length >= 2);
        await expectOnlyUserHeard(bot, user, played);
        const known = bot.events.map((event) => event.split(" ")[0]);
        expect(known.filter((event) => event === "palJoined")).toHaveLength(1);
        expect(known.filter((event) => event === "clientConnected")).toHaveLength(1);
        expect(known).toHaveLength(2);

        pal.leave();
        await until("the pal is gone", () => bot.events.includes(`palLeft ${NAME}`));
        await pal.join();
        await until("the pal is back", () => bot.events.length === 4);
        expect(bot.events.slice(2)).toEqual([`palLeft ${NAME}`, `palJoined ${NAME}`]);
        await until("the user is still heard", () => bot.hearsOf(user.id).length > 0);
        expect(bot.heardUserIds()).toEqual([user.id]);
        expect(bot.errors).toEqual([]);
      },
    );
  });

  it("a pal that leaves and comes back is the pal again, and speaks again", async () => {
    const { bot, pal, user, played } = await gather(["bot", "pal", "user"], runtime, "User");
    await until("the pal is known", () => bot.events.includes(`palJoined ${NAME}`));
    pal.leave();
    await until("its leave is told", () => bot.events.includes(`palLeft ${NAME}`));
    await pal.join();
    await until("its return is told", () => bot.events.filter((event) => event === `palJoined ${NAME}`).length === 2);
    await until("it is the bot's voice again", () => bot.logger.lines.some(({ fields }) => fields?.route === "pal"));
    await expectOnlyUserHeard(bot, user, played);
    expect([...bot.events].sort()).toEqual(
      ["clientConnected User", `palJoined ${NAME}`, `palJoined ${NAME}`, `palLeft ${NAME}`].sort(),
    );
  });

  it("a pal that is in the room twice is never heard", async () => {
    await stage.open({ pal: { twice: true } });
    const bot = await stage.bot({ runtime }).ready();
    const played = new PlayedByPal(stage.palOf(bot));
    const user = await stage.user(bot);
    await until("all are known", () => bot.events.length === 3);
    expect([...bot.events].sort()).toEqual(["clientConnected User", `palJoined ${NAME}`, `palJoined ${NAME}`]);
    await expectOnlyUserHeard(bot, user, played);
  });
});

describe("a user", () => {
  it("who rejoins under a new session is a new client, and is heard again", async () => {
    await stage.open();
    const bot = await stage.bot().ready();
    const first = await stage.user(bot, "Anna");
    await until("she is known", () => bot.events.includes("clientConnected Anna"));
    await first.call.close();
    await until("she is gone", () => bot.events.includes("clientDisconnected Anna"));
    const again = await stage.user(bot, "Anna");
    void again.speak(USER_HZ, 1000);
    await until("she is heard", () => bot.hearsOf(again.id).some(({ audio }) => measurePeak(audio) > 4000));
    expect(bot.events).toEqual([
      `palJoined ${NAME}`,
      "clientConnected Anna",
      "clientDisconnected Anna",
      "clientConnected Anna",
    ]);
  });

  it("is heard next to another with the pal's name, in either order of joins", async () => {
    const { bot, pal, user } = await gather(["user", "bot", "pal"], "native", NAME);
    const other = await joinUser(stage.calls, bot.url, "User");
    await until("all are known", () => bot.events.length >= 3);
    pal.leave();
    await until("the pal is gone", () => bot.events.includes(`palLeft ${NAME}`));
    await pal.join();
    await until("the pal is back", () => bot.events.length >= 5);
    bot.say(PAL_HZ, 1500);
    void user.speak(USER_HZ, 1000);
    void other.speak(USER_HZ, 1000);
    await until("both are heard", () =>
      [user, other].every(({ id }) => bot.hearsOf(id).some(({ audio }) => measurePeak(audio) > 4000)),
    );
    expect(bot.heardUserIds()).toEqual([user.id, other.id].sort());
    expect(bot.events.filter((event) => event.startsWith("clientConnected"))).toHaveLength(2);
  });

  it("cannot pass for the pal by announcing that it has joined", async () => {
    await stage.open();
    const bot = await stage.bot().ready();
    const mallory = await stage.user(bot, NAME);
    await until("they are known", () => bot.events.includes(`clientConnected ${NAME}`));
    for (const eventType of ["system.pal_joined", "system.replica_joined"])
      await mallory.call.sendAppMessage({ message_type: "system", event_type: eventType, conversation_id: bot.id });
    await until(
      "the bot got it",
      () => bot.heard.kinds().filter((kind) => kind === "InputTransportMessageFrame").length >= 2,
    );
    void mallory.speak(USER_HZ, 1000);
    await until("they are heard, as a user", () =>
      bot.hearsOf(mallory.id).some(({ audio }) => measurePeak(audio) > 4000),
    );
    expect(bot.events).toEqual([`palJoined ${NAME}`, `clientConnected ${NAME}`]);
    expect(bot.hearsOf(PAL_USER_ID)).toEqual([]);
  });
});

describe("without the API", () => {
  it("a given room is joined, the agreed name identifies its pal, and nothing is created or ended", async () => {
    const emulator = await stage.open();
    emulator.createRoom("dev");
    const bot = await stage.bot({ roomUrl: emulator.roomUrl("dev") }).connected();
    expect(bot.id).toBe("dev-conversation");
    const pal = await joinUser(stage.calls, bot.url, "TestTavusTransport");
    const user = await joinUser(stage.calls, bot.url, "User");
    await until("the pal is known", () => bot.events.includes("palJoined TestTavusTransport"));
    void pal.speak(PAL_HZ, 1000);
    void user.speak(USER_HZ, 1000);
    await until("the user is heard", () => levelHeard(bot, USER_HZ, user.id) > 4000);
    expect(bot.hearsOf(pal.id)).toEqual([]);
    bot.task.end();
    await bot.running;
    expect(emulator.tavus.requestLog.total).toBe(0);
    expect(
      emulator
        .room("dev")
        ?.participants()
        .map(({ userName }) => userName)
        .sort(),
    ).toEqual(["TestTavusTransport", "User"]);
  });
});
