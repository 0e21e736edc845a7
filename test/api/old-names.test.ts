/* eslint-disable @typescript-eslint/no-deprecated -- the deprecated names are what is tested */
import { afterEach, describe, expect, it, vi } from "vitest";

import type { CreateConversationOptions, TavusApi, TavusApiOptions } from "../../src/api/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Creates a client that records its requests, with its own logger. */
function recording(options: TavusApiOptions = {}) {
  const sent: { path: string; body: Record<string, unknown> }[] = [];
  const warn = vi.fn<(message: string) => void>();
  const api = clientWith(
    async (url, init) => {
      const body = JSON.parse((init.body as string | undefined) ?? "{}") as Record<string, unknown>;
      sent.push({ path: url.replace("https://tavus.test/v2", ""), body });
      return Response.json({ conversation_id: "c1", conversation_url: "https://a.test/c1", pal_id: "p1" });
    },
    { logger: { ...silentLogger, warn }, ...options },
  );
  return { api, sent, warn, warnings: () => warn.mock.calls.map(([message]) => message) };
}

const NEW_IDS = { faceId: "option-face", palId: "option-pal" };
const OLD_IDS = { replicaId: "old-option-face", personaId: "old-option-pal" };
const NEW_ENV = { TAVUS_FACE_ID: "env-face", TAVUS_PAL_ID: "env-pal" };
const OLD_ENV = { TAVUS_REPLICA_ID: "old-env-face", TAVUS_PERSONA_ID: "old-env-pal" };

interface Case {
  readonly title: string;
  readonly options: CreateConversationOptions;
  readonly env: Record<string, string>;
  readonly face: string | undefined;
  readonly pal: string | undefined;
  readonly warns: readonly string[];
}

const cases: readonly Case[] = [
  { title: "of a new option", options: NEW_IDS, env: {}, face: "option-face", pal: "option-pal", warns: [] },
  {
    title: "of an old option, with a warning",
    options: OLD_IDS,
    env: {},
    face: "old-option-face",
    pal: "old-option-pal",
    warns: ["replicaId", "personaId"],
  },
  {
    title: "of a new option before an old one",
    options: { ...NEW_IDS, ...OLD_IDS },
    env: { ...NEW_ENV, ...OLD_ENV },
    face: "option-face",
    pal: "option-pal",
    warns: ["replicaId", "personaId"],
  },
  {
    title: "of an old option before a new variable",
    options: OLD_IDS,
    env: NEW_ENV,
    face: "old-option-face",
    pal: "old-option-pal",
    warns: ["replicaId", "personaId"],
  },
  { title: "of a new variable", options: {}, env: NEW_ENV, face: "env-face", pal: "env-pal", warns: [] },
  {
    title: "of a new variable before an old one",
    options: {},
    env: { ...NEW_ENV, ...OLD_ENV },
    face: "env-face",
    pal: "env-pal",
    warns: [],
  },
  {
    title: "of an old variable, with a warning",
    options: {},
    env: OLD_ENV,
    face: "old-env-face",
    pal: "old-env-pal",
    warns: ["TAVUS_REPLICA_ID", "TAVUS_PERSONA_ID"],
  },
  {
    title: "of an old variable when the new one is empty",
    options: {},
    env: { TAVUS_FACE_ID: "", TAVUS_PAL_ID: " ", ...OLD_ENV },
    face: "old-env-face",
    pal: "old-env-pal",
    warns: ["TAVUS_REPLICA_ID", "TAVUS_PERSONA_ID"],
  },
  { title: "of no option or variable", options: {}, env: {}, face: undefined, pal: undefined, warns: [] },
  { title: "of a PAL only", options: { palId: "p1" }, env: {}, face: undefined, pal: "p1", warns: [] },
  { title: "of a face only", options: { faceId: "r1" }, env: {}, face: "r1", pal: undefined, warns: [] },
];

// The precedence and the wire names of LiveKit's plugin since its rename.
describe("a conversation gets the face and the PAL", () => {
  it.each(cases)("$title", async ({ options, env, face, pal, warns }) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { api, sent, warnings } = recording();
    await api.createConversation(options);
    expect([sent[0]?.body.face_id, sent[0]?.body.pal_id]).toEqual([face, pal]);
    expect(Object.keys(sent[0]?.body ?? {})).not.toEqual(expect.arrayContaining(["replica_id", "persona_id"]));
    expect(warnings()).toHaveLength(warns.length);
    for (const name of warns) expect(warnings().join()).toContain(name);
  });

  it("with one warning per old name and logger, whichever client uses it", async () => {
    const { api, warn, warnings } = recording();
    const other = recording({ logger: { ...silentLogger, warn } });
    await api.createConversation({ replicaId: "r1" });
    await api.createConversation({ replicaId: "r1", personaId: "p1" });
    expect(warnings()).toHaveLength(2);
    await other.api.createConversation({ replicaId: "r1" });
    // Another logger object has not received the warning yet.
    expect(warnings()).toHaveLength(3);
  });

  it("under the old names on the wire on request", async () => {
    const { api, sent } = recording({ wireNames: "old" });
    await api.createConversation(OLD_IDS);
    expect(sent[0]?.body).toMatchObject({ replica_id: "old-option-face", persona_id: "old-option-pal" });
  });
});

describe("LiveKit's request bodies", () => {
  const livekit = { livekitWsUrl: "wss://lk.test", livekitRoomToken: "jwt" };

  it("use LiveKit's stock PAL and no face for a conversation in a LiveKit room", async () => {
    const { api, sent } = recording();
    await api.createConversation({ conversationName: "lk_conversation_1", properties: livekit });
    expect(sent[0]).toMatchObject({
      path: "/conversations",
      body: {
        pal_id: "pb87e71797da",
        conversation_name: "lk_conversation_1",
        properties: { livekit_ws_url: "wss://lk.test", livekit_room_token: "jwt" },
      },
    });
    expect(sent[0]?.body).not.toHaveProperty("face_id");
    await api.createConversation({ palId: "p1", properties: livekit });
    expect(sent[1]?.body.pal_id).toBe("p1");
  });

  it("merge extra fields last", async () => {
    const { api, sent } = recording();
    await api.createConversation({ palId: "p1", extra: { pal_id: "p2", audio_only: true } });
    expect(sent[0]?.body).toMatchObject({ pal_id: "p2", audio_only: true });
  });

  it("create a PAL for LiveKit", async () => {
    const { api, sent } = recording();
    await api.createPal({
      palName: "my-echo",
      defaultFaceId: "r90bbd427f71",
      pipelineMode: "echo",
      layers: { transport: { transportType: "livekit" } },
    });
    expect(sent).toEqual([
      {
        path: "/pals",
        body: {
          pal_name: "my-echo",
          default_face_id: "r90bbd427f71",
          pipeline_mode: "echo",
          layers: { transport: { transport_type: "livekit" } },
        },
      },
    ]);
  });

  it("take a PAL's face from the environment, and name the variable when there is none", async () => {
    const { api, sent, warnings } = recording();
    const pal = { palName: "n", pipelineMode: "echo" } as const;
    expect(await failureOf(api.createPal(pal))).toHaveProperty("message", expect.stringMatching(/TAVUS_FACE_ID/));
    vi.stubEnv("TAVUS_REPLICA_ID", "old-env-face");
    await api.createPal(pal);
    vi.stubEnv("TAVUS_FACE_ID", "env-face");
    await api.createPal(pal);
    await api.createPal({ ...pal, defaultReplicaId: "old-option-face" });
    expect(sent.map(({ body }) => body.default_face_id)).toEqual(["old-env-face", "env-face", "old-option-face"]);
    expect(warnings()).toHaveLength(2);
  });

  it("create a persona at the older endpoint under the old names, without a face", async () => {
    const { api, sent, warnings } = recording();
    expect(await api.createPersona({ personaName: "n", pipelineMode: "echo" })).toMatchObject({ palName: "n" });
    await api.createPersona({ personaName: "n", pipelineMode: "echo", defaultReplicaId: "r1" });
    expect(sent).toEqual([
      { path: "/personas", body: { persona_name: "n", pipeline_mode: "echo" } },
      { path: "/personas", body: { persona_name: "n", pipeline_mode: "echo", default_replica_id: "r1" } },
    ]);
    expect(warnings()).toEqual([expect.stringContaining("createPal")]);
  });

  it("create a PAL as a persona when the old names are on the wire", async () => {
    const { api, sent } = recording({ wireNames: "old" });
    await api.createPal({ palName: "n", pipelineMode: "echo", defaultFaceId: "r1" });
    expect(sent).toEqual([
      { path: "/personas", body: { persona_name: "n", pipeline_mode: "echo", default_replica_id: "r1" } },
    ]);
  });
});

describe("methods under their old names", () => {
  it("do the same as those under the new ones, and warn once each", async () => {
    await using served = await serveApi();
    const warn = vi.fn<(message: string) => void>();
    const api: TavusApi = clientOf(served, { logger: { ...silentLogger, warn } });
    for (let round = 0; round < 2; round++) {
      const { palId } = await api.createPersona({ personaName: "n", pipelineMode: "echo" });
      expect(await api.getPersona(palId)).toMatchObject({ palId, palName: "n" });
      expect(await api.listPersonas({ palType: "user" })).toHaveLength(1);
      await api.updatePersona(palId, [{ op: "replace", path: "/default_face_id", value: "r90bbd427f71" }]);
      expect((await api.getPal(palId)).defaultFaceId).toBe("r90bbd427f71");
      await api.deletePersona(palId);
      const { faceId } = await api.createReplica({ trainVideoUrl: "https://a.test/v.mp4", replicaName: "me" });
      await api.renameReplica(faceId, "you");
      expect(await api.getReplica(faceId)).toMatchObject({ faceName: "you" });
      expect(await api.listReplicas({ faceType: "user" })).toHaveLength(1);
      await api.deleteReplica(faceId);
    }
    expect(warn.mock.calls.map(([message]) => message.split(" ")[0])).toEqual([
      "createPersona",
      "getPersona",
      "listPersonas",
      "updatePersona",
      "deletePersona",
      "createReplica",
      "renameReplica",
      "getReplica",
      "listReplicas",
      "deleteReplica",
    ]);
  });

  it.each([
    ["new", ["/faces/r90bbd427f71", "/replicas/r90bbd427f71"]],
    ["old", ["/replicas/r90bbd427f71", "/faces/r90bbd427f71"]],
  ] as const)("request a face under both names, the %s one first", async (wireNames, paths) => {
    await using served = await serveApi();
    served.state.faults.next({ status: 404, body: { message: "Not Found" } });
    expect((await clientOf(served, { wireNames }).getFace("r90bbd427f71")).faceName).toBe("Anna - Casual");
    expect(served.state.requestLog.requests.map(({ path }) => path)).toEqual(paths);
  });
});
