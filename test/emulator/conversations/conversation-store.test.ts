import { describe, expect, it } from "vitest";

import { createConversation } from "../../../src/emulator/api/create-conversation.ts";
import type { EmulatedConversation } from "../../../src/emulator/conversations/conversation.ts";
import { TavusState, type TavusStateOptions } from "../../../src/emulator/state/tavus-state.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { RecordingHost } from "../api/serve-api.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

const BOT = { isPal: false };
const PAL = { isPal: true };

function setUp(options: Partial<TavusStateOptions> = {}) {
  const clock = new VirtualClock();
  const host = new RecordingHost();
  const state = new TavusState({ host, origin: "http://rooms.test", clock, logger: silentLogger, ...options });
  const create = (properties: object = {}, more: object = {}): Promise<EmulatedConversation> =>
    createConversation(state, { ...more, properties });
  return { clock, host, state, create };
}

describe("the limits of a conversation", () => {
  it("max_call_duration ends it, whatever the number of participants", async () => {
    const { clock, host, state, create } = setUp();
    const { id } = await create({ max_call_duration: 60 });
    state.participantJoined(id, BOT);
    await clock.advance(59_999);
    expect(state.openConversations).toBe(1);
    await clock.advance(1);
    expect(state.openConversations).toBe(0);
    expect(host.closed).toEqual([{ id, reason: "max_call_duration reached" }]);
  });

  it("max_call_duration is silently capped", async () => {
    const { clock, state, create } = setUp({ maxCallDurationCapS: 100 });
    const { id } = await create({ max_call_duration: 3600 });
    state.participantJoined(id, BOT);
    await clock.advance(100_000);
    expect(state.openConversations).toBe(0);
  });

  it("participant_absent_timeout ends it when only the pal has joined, 300 s after its creation by default", async () => {
    const { clock, host, state, create } = setUp();
    const { id } = await create();
    state.participantJoined(id, PAL);
    await clock.advance(299_999);
    expect(state.openConversations).toBe(1);
    await clock.advance(1);
    expect(host.closed).toEqual([{ id, reason: "participant_absent_timeout reached" }]);
  });

  it("participant_left_timeout ends it after the last participant has left", async () => {
    const { clock, host, state, create } = setUp();
    const { id } = await create({ participant_left_timeout: 30 });
    state.participantJoined(id, BOT);
    state.participantJoined(id, BOT);
    state.participantLeft(id, BOT);
    await clock.advance(500_000);
    expect(state.openConversations).toBe(1);
    state.participantLeft(id, BOT);
    await clock.advance(29_999);
    expect(state.openConversations).toBe(1);
    await clock.advance(1);
    expect(host.closed).toEqual([{ id, reason: "participant_left_timeout reached" }]);
  });

  it("participant_left_timeout is 0 by default, and the pal does not count", async () => {
    const { clock, state, create } = setUp();
    const { id } = await create();
    state.participantJoined(id, PAL);
    state.participantJoined(id, BOT);
    state.participantLeft(id, BOT);
    await clock.advance(0);
    expect(state.openConversations).toBe(0);
  });

  it("a participant that rejoins in time keeps it open", async () => {
    const { clock, state, create } = setUp();
    const { id } = await create({ participant_left_timeout: 30 });
    state.participantJoined(id, BOT);
    state.participantLeft(id, BOT);
    await clock.advance(20_000);
    state.participantJoined(id, BOT);
    await clock.advance(600_000);
    expect(state.openConversations).toBe(1);
  });

  it("leave no timer behind once it is over", async () => {
    const { clock, state, create } = setUp();
    const { id } = await create();
    state.participantJoined(id, BOT);
    state.participantLeft(id, BOT);
    await state.conversations.end(id, "end_conversation_endpoint_hit");
    expect(clock.pendingTimers).toBe(0);
    state.participantJoined(id, BOT);
    state.participantLeft(id, BOT);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("the account", () => {
  it("refuses a conversation beyond the maximum until another ends", async () => {
    const { state, create } = setUp({ maxConcurrent: 2 });
    const { id } = await create();
    await create();
    await expect(create()).rejects.toMatchObject({
      status: 400,
      body: { message: "User has reached maximum concurrent conversations" },
    });
    await state.conversations.end(id, "end_conversation_endpoint_hit");
    await create();
    expect(state.openConversations).toBe(2);
  });

  it("counts conversations that are still being opened", async () => {
    const { host, state, create } = setUp({ maxConcurrent: 1 });
    const opening = Promise.withResolvers<object>();
    host.open = () => opening.promise;
    const first = create();
    await expect(create()).rejects.toMatchObject({ status: 400 });
    opening.resolve({});
    await first;
    expect(state.openConversations).toBe(1);
  });

  it("that runs out of credits ends a call as the duration limit does, and refuses the next", async () => {
    const { clock, host, state, create } = setUp({ creditsS: 90 });
    const { id } = await create({ max_call_duration: 600 });
    state.participantJoined(id, BOT);
    await clock.advance(90_000);
    expect(host.closed).toEqual([{ id, reason: "max_call_duration reached" }]);
    await expect(create()).rejects.toMatchObject({ status: 402 });
  });

  it("shares its credits among open conversations, and all of them end when there are none left", async () => {
    const { clock, host, state, create } = setUp({ creditsS: 120 });
    const first = await create({ max_call_duration: 600 });
    state.participantJoined(first.id, BOT);
    await clock.advance(40_000);
    expect(state.conversations.creditsS).toBe(80);
    const second = await create({ max_call_duration: 600 });
    state.participantJoined(second.id, BOT);
    await clock.advance(30_000);
    expect(state.conversations.creditsS).toBe(20);
    await clock.advance(9999);
    expect(state.openConversations).toBe(2);
    await clock.advance(1);
    expect(state.conversations.creditsS).toBe(0);
    expect(host.closed.map(({ reason }) => reason)).toEqual(["max_call_duration reached", "max_call_duration reached"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends its calls at once when it is made to run out of credits, until it has new ones", async () => {
    const { host, state, create } = setUp();
    const { id } = await create();
    state.conversations.runOutOfCredits();
    expect(state.openConversations).toBe(0);
    await state.conversations.end(id, "end_conversation_endpoint_hit");
    expect(host.closed).toEqual([{ id, reason: "max_call_duration reached" }]);
    await expect(create()).rejects.toMatchObject({ status: 402 });
    state.conversations.creditsS = Infinity;
    await create();
    expect(state.openConversations).toBe(1);
  });

  it("can gain or lose credits during a call", async () => {
    const { clock, state, create } = setUp({ creditsS: 10 });
    const { id } = await create({ max_call_duration: 600 });
    state.participantJoined(id, BOT);
    state.conversations.creditsS = 100;
    await clock.advance(50_000);
    expect(state.openConversations).toBe(1);
    state.conversations.creditsS = 0;
    await clock.advance(0);
    expect(state.openConversations).toBe(0);
  });

  it("can refuse a conversation beyond the maximum with 429", async () => {
    const { create } = setUp({ maxConcurrent: 0, concurrencyStatus: 429 });
    await expect(create()).rejects.toMatchObject({ status: 429 });
  });

  it("pays nothing and opens nothing for a test-mode conversation", async () => {
    const { host, state, create } = setUp({ maxConcurrent: 0, creditsS: 0 });
    const { id, status, url } = await create({}, { test_mode: true });
    expect({ status, url }).toEqual({ status: "ended", url: `http://rooms.test/${id}` });
    expect(host.opened).toEqual([]);
    await state.conversations.end(id, "end_conversation_endpoint_hit");
    expect(host.closed).toEqual([]);
    expect(state.openConversations).toBe(0);
  });
});

describe("a room", () => {
  it("that cannot be opened leaves no conversation open", async () => {
    const { clock, host, state, create } = setUp();
    host.failure = new Error("no room");
    await expect(create()).rejects.toMatchObject({ status: 400 });
    expect(state.openConversations).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("that is still being opened is closed only once it is open", async () => {
    const { host, state, create } = setUp();
    const opening = Promise.withResolvers<object>();
    host.open = () => opening.promise;
    const created = create();
    const [conversation] = state.conversations.list();
    const ended = state.conversations.end(conversation?.id ?? "", "end_conversation_endpoint_hit");
    await new Promise((resolve) => setImmediate(resolve));
    expect(host.closed).toEqual([]);
    opening.resolve({});
    await Promise.all([created, ended]);
    expect(host.closed).toHaveLength(1);
  });

  it("is closed once, whatever the number of concurrent ends", async () => {
    const { host, state, create } = setUp();
    const { id } = await create();
    await Promise.all([
      state.conversations.end(id, "end_conversation_endpoint_hit"),
      state.conversations.end(id, "max_call_duration reached"),
      state.close(),
    ]);
    expect(host.closed).toEqual([{ id, reason: "end_conversation_endpoint_hit" }]);
  });

  it("that cannot be closed does not keep the conversation open", async () => {
    const { host, state, create } = setUp();
    const { id } = await create();
    host.close = () => Promise.reject(new Error("stuck"));
    await state.conversations.end(id, "end_conversation_endpoint_hit");
    expect(state.openConversations).toBe(0);
  });
});

it("ended conversations beyond a thousand are forgotten, open ones never", async () => {
  const { state, create } = setUp({ maxConcurrent: 2 });
  const { id: open } = await create();
  for (let i = 0; i < 1010; i++) {
    const { id } = await create();
    await state.conversations.end(id, "end_conversation_endpoint_hit");
  }
  expect(state.conversations.list()).toHaveLength(1001);
  expect(state.conversations.get(open)?.status).toBe("active");
});

describe("the webhook of a recording", () => {
  const PLACE = { recording_storage: { provider: "s3", bucket_name: "b" } };

  async function findRecordings(properties: object, during: (state: TavusState, id: string) => void, closeMs = 0) {
    const { clock, state, create } = setUp();
    const { id } = await create(properties);
    state.participantJoined(id, BOT);
    during(state, id);
    await clock.advance(closeMs);
    await state.conversations.end(id, "end_conversation_endpoint_hit");
    const events = state.conversations.get(id)?.events ?? [];
    return events.filter(({ event_type }) => event_type === "application.recording_ready").map((one) => one.properties);
  }

  it("is sent for what was recorded until it was stopped, or until the end", async () => {
    const properties = { enable_recording: true, ...PLACE };
    const running = await findRecordings(
      properties,
      (state, id) => {
        state.recordingStarted(id, "rec1");
      },
      5000,
    );
    expect(running).toMatchObject([{ duration: 5, bucket_name: "b", storage_provider: "s3" }]);
    expect(running[0]?.s3_key).toContain("rec1");
    const two = await findRecordings(
      properties,
      (state, id) => {
        for (const rec of ["rec1", "rec2"]) state.recordingStarted(id, rec);
        state.recordingStopped(id, "rec1");
        state.recordingStopped(id, "rec1");
      },
      5000,
    );
    expect(two).toMatchObject([{ duration: 0 }, { duration: 5 }]);
  });

  it("is not sent without a recording, a permission or a storage", async () => {
    const record = (state: TavusState, id: string): void => {
      state.recordingStarted(id, "rec1");
    };
    expect(await findRecordings({ enable_recording: true, ...PLACE }, () => undefined)).toEqual([]);
    expect(await findRecordings(PLACE, record)).toEqual([]);
    expect(await findRecordings({ enable_recording: true }, record)).toEqual([]);
  });
});
