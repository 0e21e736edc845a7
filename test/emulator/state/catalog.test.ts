import { describe, expect, it } from "vitest";

import { startEmulator } from "../../../src/emulator/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { serveApi, type ServedApi } from "../api/serve-api.ts";

async function create(served: ServedApi, body: object): Promise<{ status: number; body: unknown }> {
  const response = await served.request("POST", "/conversations", body);
  return { status: response.status, body: await response.json() };
}

describe("Tavus' stock", () => {
  // Each is named in Tavus' documents or in code that uses it.
  it.each([
    ["r4067604db72", "LiveKit's default face (livekit-plugins-tavus 1.8.9)"],
    ["r79e1c033f", "example of the API reference"],
    ["rf4e9d9790f0", "example of the API reference"],
    ["rfe12d8b9597", "Tavus' skills for agents"],
    ["re8e740a42", "Tavus' skills for agents"],
    ["r90bbd427f71", "example of the documents"],
  ])("has the face %s: %s", async (faceId) => {
    await using served = await serveApi();
    expect((await create(served, { replica_id: faceId, persona_id: "pipecat0" })).status).toBe(200);
    expect((await served.request("GET", `/replicas/${faceId}`)).status).toBe(200);
  });

  it.each([
    ["p48fdf065d6b", "Tavus' browser examples"],
    ["pdac61133ac5", "documents: interviewer"],
    ["p1af207b8189", "documents: sales coach"],
    ["paaee96e4f87", "documents: customer support"],
    ["pcb7a34da5fe", "documents: sales development"],
    ["pdced222244b", "Tavus' skills for agents"],
    ["pb87e71797da", "LiveKit's default PAL"],
    ["p9a95912", "example of the documents"],
  ])("has the PAL %s: %s, with a face of its own", async (palId) => {
    await using served = await serveApi();
    expect((await create(served, { persona_id: palId })).status).toBe(200);
    expect(served.host.opened[0]?.face.type).toBe("system");
  });

  it("is listed as such", async () => {
    await using served = await serveApi();
    for (const path of ["/faces?face_type=system&limit=100", "/replicas?replica_type=system&limit=100"]) {
      const { data } = (await (await served.request("GET", path)).json()) as { data: object[] };
      expect(data.length).toBeGreaterThan(90);
    }
    const { data } = (await (await served.request("GET", "/pals?pal_type=system&limit=100")).json()) as {
      data: { pal_id: string; default_face_id: string | null }[];
    };
    const faceless = data.filter(({ default_face_id }) => default_face_id === null);
    expect(faceless.map(({ pal_id }) => pal_id)).toEqual(["pipecat0"]);
  });
});

describe("acceptAnyId", () => {
  it("is off by default: an unknown id is an error, as at Tavus", async () => {
    await using served = await serveApi();
    expect(await create(served, { pal_id: "p0123456789a" })).toMatchObject({ status: 400 });
    expect(await create(served, { face_id: "r0123456789a" })).toMatchObject({ status: 400 });
  });

  it("accepts the ids of a developer's own .env, as an echo PAL for both deliveries", async () => {
    await using served = await serveApi({ acceptAnyId: true });
    expect((await create(served, { face_id: "r0123456789a", pal_id: "p0123456789a" })).status).toBe(200);
    expect(served.host.opened).toMatchObject([
      { face: { id: "r0123456789a" }, pal: { id: "p0123456789a", delivery: "any", pipelineMode: "echo" } },
    ]);
    const pal: unknown = await (await served.request("GET", "/personas/p-other_1")).json();
    expect(pal).toMatchObject({ persona_id: "p-other_1", persona_name: "PAL p-other_1", pipeline_mode: "echo" });
    expect((await served.request("GET", "/faces/r-other_1")).status).toBe(200);
  });

  it("accepts nothing that cannot be an id, and no unknown conversation", async () => {
    await using served = await serveApi({ acceptAnyId: true });
    for (const id of ["a b", "<script>", "ä", "x".repeat(101)])
      expect((await create(served, { pal_id: id })).status, id).toBe(400);
    expect((await served.request("GET", "/conversations/c0123456789a")).status).toBe(400);
  });

  it("is bounded: after a thousand of a kind, others are unknown", async () => {
    await using served = await serveApi({ acceptAnyId: true });
    const { catalog } = served.state;
    for (let i = 0; i < 1200; i++) catalog.pal(`p${i}`);
    expect(catalog.pals).toHaveLength(1000);
    expect(catalog.pal("p1199")).toBeUndefined();
  });
});

describe("seeds", () => {
  const seeds = {
    faces: [{ face_id: "r0000000001", face_name: "Ada" }, { replica_id: "r0000000002" }],
    pals: [
      { pal_id: "p0000000001", pal_name: "Ada's bot", pipeline_mode: "echo", default_face_id: "r0000000001" },
      // The form in which GET /v2/personas/{id} answers.
      {
        persona_id: "p0000000002",
        persona_name: "Grace",
        pipeline_mode: "echo",
        system_prompt: " ",
        context: null,
        layers: { transport: { input_settings: { microphone: "enabled" } } },
        default_replica_id: null,
        created_at: "2024-10-18T23:20:28.943Z",
        updated_at: "2024-10-18T23:20:29.005Z",
      },
    ],
  } as const;

  it("exist under both names, and can be used", async () => {
    await using served = await serveApi({ seeds: structuredClone(seeds) });
    expect(await (await served.request("GET", "/replicas/r0000000001")).json()).toMatchObject({ replica_name: "Ada" });
    const own: unknown = await (await served.request("GET", "/pals?pal_type=user")).json();
    expect(own).toMatchObject({
      data: [{ pal_id: "p0000000001", default_face_id: "r0000000001" }, { pal_name: "Grace" }],
    });
    expect((await create(served, { persona_id: "p0000000001" })).status).toBe(200);
    expect((await create(served, { persona_id: "p0000000002", replica_id: "r0000000002" })).status).toBe(200);
    expect(served.host.opened).toMatchObject([
      { face: { name: "Ada" }, pal: { delivery: "any" } },
      { face: { name: "r0000000002" }, pal: { delivery: "track" } },
    ]);
  });

  it.each([
    [{ pals: [{ pal_name: "x" }] }, "pals.0.pal_id: is missing"],
    [{ faces: [{ face_id: "r1" }, { replica_id: "r1" }] }, "faces.1.face_id: r1 is there twice"],
    [{ pals: [{ pal_id: "pipecat0" }] }, "pals.0.pal_id: pipecat0 is one of Tavus' own"],
    [{ pals: [{ pal_id: "p1", default_face_id: "r0" }] }, "pals.0.default_face_id: no such face: r0; add it to faces"],
    [{ pals: [{ pal_id: "p 1" }] }, "pals.0.pal_id: must be 1 to 100"],
    [{ pals: [{ pal_id: "p1", pipeline_mode: "loud" }] }, "pals.0.pipeline_mode"],
    [{ pals: [{ pal_id: "p1", layers: 7 }] }, "pals.0.layers"],
    [{ personas: [] }, "personas"],
    [[], "expected object"],
    [null, "expected object"],
  ])("that cannot be used are refused before anything starts: %j", async (bad, problem) => {
    const starting = startEmulator({ seeds: bad as never, logger: silentLogger, pal: { join: "never" } });
    const failure: unknown = await starting.then(
      (emulator) => emulator.close(),
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(InvalidOptionError);
    expect(failure).toMatchObject({ field: "seeds" });
    expect((failure as Error).message).toContain(problem);
  });
});
