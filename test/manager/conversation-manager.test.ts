import { describe, expect, it } from "vitest";

import { BudgetError, CostMeter } from "../../src/api/index.ts";
import { ConversationManagerError, type ConversationManagerOptions } from "../../src/manager/index.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";
import { ConversationManager } from "../../src/manager/conversation-manager.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { ManagerRig } from "./manager-rig.ts";

const MINUTE = 60_000;

describe("a conversation manager", () => {
  it("opens one conversation for all users, and ends it a while after the last one has left", async () => {
    const { manager, clock, api, events } = new ManagerRig();
    const [ada, grace] = [manager.userJoined("ada"), manager.userJoined("grace")];
    await clock.advance(0);
    expect(await ada).toEqual({
      conversationId: "c1",
      conversationUrl: "https://tavus.daily.co/c1",
      meetingToken: "secret",
    });
    expect(await grace).toEqual(await ada);
    expect(manager.conversation).toEqual(await ada);
    await manager.userLeft("ada");
    await clock.advance(MINUTE);
    const left = manager.userLeft("grace");
    await clock.advance(4900);
    expect(events).toEqual(["created c1"]);
    await clock.advance(100);
    await left;
    expect(events).toEqual(["created c1", "ended c1 lastUserLeft"]);
    expect([api.open.size, manager.state, manager.users]).toEqual([0, "idle", []]);
  });

  it("keeps the conversation of a user who comes back in time", async () => {
    const { manager, clock, events } = new ManagerRig({ leaveGraceMs: 1000 });
    await clock.advanceUntil(manager.userJoined("ada"));
    const left = manager.userLeft("ada");
    await clock.advance(999);
    expect((await manager.userJoined("ada")).conversationId).toBe("c1");
    await left;
    await clock.advance(MINUTE);
    expect(events).toEqual(["created c1"]);
  });

  it("starts once for any number of calls, and after an end again", async () => {
    const { manager, clock, events } = new ManagerRig();
    const started = Promise.all([manager.start(), manager.start(), manager.userJoined("ada")]);
    expect(manager.state).toBe("starting");
    await clock.advanceUntil(started);
    await clock.advanceUntil(Promise.all([manager.end(), manager.end()]));
    expect(manager.users).toEqual([]);
    await clock.advanceUntil(manager.start());
    expect(events).toEqual(["created c1", "ended c1 ended", "created c2"]);
  });

  it("ends a conversation that was still being created, and starts the next one after it", async () => {
    const { manager, clock, api, events } = new ManagerRig();
    api.delayMs = 3000;
    const first = manager.start();
    await clock.advance(1000);
    const ended = manager.end();
    const second = manager.start();
    await expect(first).rejects.toThrow(ConversationManagerError);
    await expect(first).rejects.toMatchObject({ code: "ended" });
    await clock.advance(2000);
    await clock.advance(300);
    await ended;
    expect(events).toEqual(["created c1", "ended c1 ended"]);
    await clock.advance(3000);
    expect((await second).conversationId).toBe("c2");
    expect(api.mostOpen).toBe(1);
  });

  it("ends what it created for a user who left meanwhile", async () => {
    const { manager, clock, api, events } = new ManagerRig({ leaveGraceMs: 0 });
    api.delayMs = 3000;
    const joined = manager.userJoined("ada");
    joined.catch(() => undefined);
    await clock.advance(1000);
    const left = manager.userLeft("ada");
    await clock.advance(3000);
    await left;
    await expect(joined).rejects.toMatchObject({ code: "ended" });
    expect(events).toEqual(["created c1", "ended c1 lastUserLeft"]);
  });

  it("reports a failed creation to all callers, and tries again when asked again", async () => {
    const { manager, clock, api, errors, events } = new ManagerRig();
    api.createFailures = 1;
    const failed = Promise.allSettled([manager.userJoined("ada"), manager.start()]);
    await clock.advance(0);
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(errors).toMatchObject([{ code: "outOfCredits" }]);
    expect(manager.state).toBe("idle");
    expect((await clock.advanceUntil(manager.userJoined("grace"))).conversationId).toBe("c1");
    await clock.advance(MINUTE);
    expect(events).toEqual(["created c1"]);
  });

  it("says when an end is not confirmed, and ends the conversation later", async () => {
    const { manager, clock, api, ended, errors } = new ManagerRig();
    await clock.advanceUntil(manager.start());
    api.endFailures = 3;
    await clock.advanceUntil(manager.end());
    expect(ended).toMatchObject([{ conversationId: "c1", confirmed: false }]);
    expect(errors).toHaveLength(1);
    expect(api.open.size).toBe(1);
    await clock.advance(20_000);
    expect(api.open.size).toBe(0);
  });

  it("notices the time limit, and a conversation that is reported to be over", async () => {
    const { manager, clock, ended } = new ManagerRig({ maxCallDurationS: 120 });
    await clock.advanceUntil(manager.userJoined("ada"));
    await clock.advance(5 * MINUTE);
    expect(ended).toMatchObject([{ conversationId: "c1", reason: "timeLimit", confirmed: true }]);
    await clock.advanceUntil(manager.start());
    await manager.conversationOver("c1");
    expect(manager.state).toBe("open");
    await clock.advanceUntil(manager.conversationOver("c2"));
    expect(ended[1]).toMatchObject({ conversationId: "c2", reason: "over" });
  });

  it("counts minutes and cost, and ends the conversation when the budget is spent", async () => {
    const cost = { pricePerMinute: 0.5, budget: { conversation: { minutes: 2 }, process: { minutes: 3 } } };
    const { manager, clock, api, ended, errors } = new ManagerRig({ cost });
    await clock.advanceUntil(manager.start());
    expect(api.created[0]?.properties?.maxCallDuration).toBe(180);
    await clock.advance(MINUTE);
    expect(manager.cost).toMatchObject({ conversation: { minutes: 1, money: 0.5 }, process: { open: 1 } });
    await clock.advance(2 * MINUTE);
    expect(ended).toEqual([{ conversationId: "c1", reason: "budgetSpent", minutes: 2, money: 1, confirmed: true }]);
    await clock.advanceUntil(manager.start());
    await clock.advance(2 * MINUTE);
    expect(ended[1]).toMatchObject({ conversationId: "c2", reason: "budgetSpent", minutes: 1 });
    await expect(manager.start()).rejects.toThrow(BudgetError);
    expect(errors).toEqual([expect.any(BudgetError)]);
    expect(api.created).toHaveLength(2);
  });

  it("shares a meter", async () => {
    const { clock } = new ManagerRig();
    const cost = new CostMeter({ clock, env: {}, logger: silentLogger });
    const rig = new ManagerRig({ cost });
    await rig.clock.advanceUntil(rig.manager.start());
    expect(cost.report.open).toBe(1);
  });

  it("starts at once with autoStart, with its listeners in place", async () => {
    const { clock, events } = new ManagerRig({ autoStart: true });
    await clock.advance(0);
    expect(events).toEqual(["created c1"]);
    const broken = new ManagerRig({ autoStart: true });
    broken.api.createFailures = 1;
    await broken.clock.advance(0);
    expect(broken.errors).toHaveLength(1);
  });

  it("closes for good: ends what there is, and refuses what comes", async () => {
    const { manager, clock, api, events } = new ManagerRig({ autoCreatePal: true, faceId: "f1", deletePal: true });
    await clock.advanceUntil(manager.userJoined("ada"));
    await clock.advanceUntil(Promise.all([manager.close(), manager.close(), manager.userLeft("ada")]));
    expect(events).toEqual(["pal p1", "created c1", "ended c1 closed"]);
    expect(api.deletedPals).toEqual(["p1"]);
    await expect(manager.start()).rejects.toMatchObject({ code: "managerClosed" });
    await expect(manager.userJoined("ada")).rejects.toMatchObject({ code: "managerClosed" });
    await manager.end();
    expect([manager.users, clock.pendingTimers]).toEqual([[], 0]);
  });

  it("always asks for limits at the server", async () => {
    const { manager, clock, api } = new ManagerRig();
    await clock.advanceUntil(manager.start());
    expect(api.created[0]?.properties).toEqual({
      maxCallDuration: 1800,
      participantLeftTimeout: 30,
      participantAbsentTimeout: 120,
    });
  });

  it("survives listeners that throw or end the conversation", async () => {
    const { manager, clock, api } = new ManagerRig();
    manager.on("conversationCreated", () => {
      void manager.end();
      throw new Error("listener");
    });
    const started = manager.start();
    started.catch(() => undefined);
    await clock.advance(1000);
    await expect(started).rejects.toMatchObject({ code: "ended" });
    expect([manager.state, api.open.size]).toEqual(["idle", 0]);
  });
});

describe("the PAL of a manager", () => {
  it("is created with its layers, once, for the first conversation", async () => {
    const { manager, clock, api, events } = new ManagerRig({
      autoCreatePal: true,
      faceId: "f1",
      palName: "Ari",
      systemPrompt: "Be brief.",
      context: "The user is Ada.",
      enablePerception: true,
      enableSmartTurnDetection: false,
      llm: { model: "gpt", baseUrl: "https://llm.example", apiKey: "k" },
      tts: { engine: "cartesia", voiceId: "v1" },
      layers: { tts: { ttsEmotionControl: true }, stt: { hotwords: "Tavus" } },
    });
    await clock.advanceUntil(manager.start());
    await clock.advanceUntil(manager.end());
    await clock.advanceUntil(manager.start());
    expect(events.filter((event) => event.startsWith("pal"))).toEqual(["pal p1"]);
    expect(api.created.map(({ palId }) => palId)).toEqual(["p1", "p1"]);
    expect(api.pals).toEqual([
      {
        palName: "Ari",
        defaultFaceId: "f1",
        pipelineMode: "full",
        systemPrompt: "Be brief.\n\nThe user is Ada.",
        layers: {
          perception: { perceptionModel: "raven-1" },
          conversationalFlow: { turnDetectionModel: "timebased" },
          llm: { model: "gpt", baseUrl: "https://llm.example", apiKey: "k" },
          tts: { ttsEngine: "cartesia", externalVoiceId: "v1", ttsEmotionControl: true },
          stt: { hotwords: "Tavus" },
        },
      },
    ]);
    await clock.advanceUntil(manager.close());
    expect(api.deletedPals).toEqual([]);
  });

  it("is not created where one is given, or none is asked for", async () => {
    for (const options of [{ autoCreatePal: true, faceId: "f1", palId: "mine" }, {}]) {
      const { manager, clock, api } = new ManagerRig(options);
      await clock.advanceUntil(manager.start());
      expect([api.pals, api.created[0]?.palId]).toEqual([[], options.palId]);
    }
  });

  it("that cannot be created is a failed start", async () => {
    const { manager, clock, api, errors } = new ManagerRig({ autoCreatePal: true, faceId: "f1" });
    api.palFailures = 1;
    await expect(clock.advanceUntil(manager.start())).rejects.toThrow("400");
    expect([errors.length, api.created.length]).toEqual([1, 0]);
    expect((await clock.advanceUntil(manager.start())).conversationId).toBe("c1");
  });
});

describe("the names of TEN's extension", () => {
  const properties = {
    tavus_api_key: "key",
    persona_id: "",
    replica_id: "f1",
    conversation_name: "demo",
    max_call_duration: 600,
    enable_recording: true,
    language: "en",
    auto_create_persona: true,
    persona_name: "Ari",
    system_prompt: "Be kind.",
    context: "Now.",
    enable_perception: true,
    perception_model: "raven-0",
    enable_smart_turn_detection: true,
    auto_start_on_boot: true,
    llm_provider: "openai",
    llm_model: "gpt",
    llm_base_url: "https://llm.example",
    llm_api_key: "k",
    tts_provider: "cartesia",
    tts_voice_id: "v1",
    default_greeting: "Hello.",
  };

  it("are accepted", async () => {
    const { clock, api } = new ManagerRig(properties);
    await clock.advance(0);
    expect(api.pals[0]).toMatchObject({
      palName: "Ari",
      systemPrompt: "Be kind.\n\nNow.",
      layers: {
        perception: { perceptionModel: "raven-0" },
        conversationalFlow: { turnDetectionModel: "sparrow-1" },
        llm: { model: "gpt", baseUrl: "https://llm.example", apiKey: "k" },
        tts: { ttsEngine: "cartesia", externalVoiceId: "v1" },
      },
    });
    expect(api.created[0]).toMatchObject({
      faceId: "f1",
      palId: "p1",
      conversationName: "demo",
      customGreeting: "Hello.",
      properties: { maxCallDuration: 600, enableRecording: true, languages: ["en"] },
    });
  });

  it("name the events as well", async () => {
    const { manager, clock, data } = new ManagerRig(properties);
    await clock.advance(MINUTE);
    await clock.advanceUntil(manager.end());
    const wallMs = Date.UTC(2026, 0, 1);
    expect(data).toEqual([
      {
        data_type: "tavus_event",
        event: "persona_created",
        timestamp_ms: wallMs,
        payload: { persona_id: "p1", persona_name: "Ari" },
      },
      {
        data_type: "tavus_event",
        event: "conversation_created",
        timestamp_ms: wallMs,
        payload: { conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1" },
      },
      {
        data_type: "tavus_event",
        event: "conversation_ended",
        timestamp_ms: wallMs + MINUTE,
        payload: { conversation_id: "c1", reason: "ended", minutes: 1 },
      },
    ]);
  });

  it("give way to ours, in any order", async () => {
    for (const options of [
      { persona_id: "old", palId: "new", llm_model: "a", llm: { model: "b" } },
      { llm: { model: "b" }, palId: "new", llm_model: "a", persona_id: "old" },
    ]) {
      const { manager, clock, api } = new ManagerRig(options);
      await clock.advanceUntil(manager.start());
      expect(api.created[0]?.palId).toBe("new");
    }
  });
});

describe("the options of a manager", () => {
  it("come from the environment where they are not given", async () => {
    const env = {
      TAVUS_FACE_ID: "f9",
      TAVUS_PERSONA_ID: "p9",
      TAVUS_CONVERSATION_NAME: "env",
      TAVUS_MAX_CALL_DURATION: "300",
      TAVUS_ENABLE_RECORDING: "yes",
      TAVUS_LANGUAGE: "spanish",
      TAVUS_GREETING: "Hola.",
    };
    const { manager, clock, api } = new ManagerRig({ conversationName: "given" }, env);
    await clock.advanceUntil(manager.start());
    expect(api.created[0]).toMatchObject({
      faceId: "f9",
      palId: "p9",
      conversationName: "given",
      customGreeting: "Hola.",
      properties: { maxCallDuration: 300, enableRecording: true, language: "spanish" },
    });
  });

  it.each<[ConversationManagerOptions & Record<string, unknown>, Record<string, string>, RegExp]>([
    [{ maxCallDurationS: 0, leaveGraceMs: -1 }, {}, /2 problems[^]*maxCallDurationS[^]*leaveGraceMs/],
    [{ autoCreatePal: true }, {}, /faceId: missing/],
    [{}, { TAVUS_MAX_CALL_DURATION: "long" }, /maxCallDurationS/],
    [{}, { TAVUS_ENABLE_RECORDING: "perhaps" }, /enableRecording/],
    [{ conversation_nam: "x" }, {}, /conversation_nam/],
    [{ cost: { pricePerMinute: -1 } }, {}, /pricePerMinute/],
  ])("%j with %j are refused", (options, env, message) => {
    const make = (): unknown => new ManagerRig(options, env);
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(message);
  });

  it("need a key unless there is an API", () => {
    expect(() => new ConversationManager({}, { env: {} })).toThrow("TAVUS_API_KEY");
  });
});
