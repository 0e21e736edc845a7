import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../../src/emulator/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";

// Other projects' clients, unmodified, against the emulator. We cannot change what they send and expect: when one of these
// tests fails, the emulator is wrong, or the service has changed.

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = here(process.platform === "win32" ? ".venv/Scripts/python.exe" : ".venv/bin/python");
const FACE = "r90bbd427f71";

describe("other people's REST clients against the emulator", () => {
  let emulator: Emulator;
  let folder: string;

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger, maxConcurrent: 100 });
    folder = mkdtempSync(join(tmpdir(), "others-rest-"));
  });
  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    emulator.tavus.faults.clear();
  });

  /** A client's output: one object, merged from all its lines. */
  async function saidBy(script: string, ...rest: string[]): Promise<Record<string, unknown>> {
    return await saidAbout([emulator.apiUrl, emulator.apiKey], script, ...rest);
  }
  async function saidAbout(
    api: readonly string[],
    script: string,
    ...rest: string[]
  ): Promise<Record<string, unknown>> {
    const args = [here(script), ...api, ...rest];
    const { stdout } = await run(PYTHON, args, { cwd: folder, timeout: 60_000 });
    const lines = stdout.trim().split("\n");
    return Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) as Record<string, unknown>;
  }
  const getStatus = (id: unknown): string | undefined => emulator.tavus.conversations.get(String(id))?.status;

  it.each(["pipecat0", "pipecat-stream"])("Pipecat's TavusApi creates, names and ends with the PAL %s", async (pal) => {
    const said = await saidBy("pipecat_client.py", FACE, pal);
    expect(said.created).toMatchObject({ conversation_id: said.ended, status: "active" });
    expect(said.personaName).toEqual(expect.any(String));
    expect(getStatus(said.ended)).toBe("ended");
    expect(said.refused).toBe(401);
  });

  it("LiveKit's TavusAPI creates conversations with and without ids, PALs and personas", async () => {
    const said = await saidBy("livekit_client.py", FACE, "pipecat0");
    const ids = [said.withoutIds, said.withIds, said.withOldIds, said.ofOwnPal];
    expect(new Set(ids).size).toBe(4);
    expect(ids.map(getStatus)).toEqual(["active", "active", "active", "active"]);
    for (const pal of [said.pal, said.persona, said.plainPersona]) expect(pal).toMatch(/^p[0-9a-f]+$/);
    expect(said).toMatchObject({ wrongKey: 401, unknownFace: 400 });
  });

  it("Pipecat's DailyRESTHelper creates and deletes rooms, and its tokens open them", async () => {
    const said = await saidAbout([emulator.dailyApiUrl, emulator.dailyApiKey], "pipecat_daily.py");
    const claims = (token: unknown): unknown =>
      JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString());
    const name = "pipecat-0123abcd";
    expect(said.defaults).toMatchObject({ privacy: "public", api_created: true, config: { enable_prejoin_ui: false } });
    expect(said.room).toMatchObject({
      name,
      privacy: "private",
      url: emulator.roomUrl(name),
      config: { exp: expect.any(Number) as number, eject_at_room_exp: true, enable_recording: "cloud" },
    });
    expect(said.again).toEqual(said.room);
    // Its tokens own the meeting unless told otherwise.
    expect(claims(said.token)).toMatchObject({ r: name, o: true, exp: expect.any(Number) as number });
    expect(claims(said.bounded)).toMatchObject({ r: name, o: false, u: "Ada", ud: "u1", vo: true });
    expect(said.taken).toMatch(/status: 400.*invalid-request-error/);
    expect(said).toMatchObject({ deleted: true, deletedAgain: true });
    expect(said.refused).toMatch(/status: 401.*authentication-error/);
    expect(emulator.room(name)).toBeUndefined();
  });

  // TEN's two extensions need TEN's runtime; what they send was read in their sources (TEN-framework/ten-framework,
  // ai_agents/agents: examples/tavus/…/tavus_python at 3822040, …/tavus_conversation_manager_python at 993c8c3).
  describe("accepts what TEN's extensions send", () => {
    async function post(path: string, body: object): Promise<Record<string, unknown>> {
      const headers = { "x-api-key": emulator.apiKey, "content-type": "application/json" };
      const answer = await fetch(emulator.apiUrl + path, { method: "POST", headers, body: JSON.stringify(body) });
      // tavus_python treats these two as success.
      expect([200, 201]).toContain(answer.status);
      return (await answer.json()) as Record<string, unknown>;
    }

    function expectRoom(conversation: Record<string, unknown>): void {
      expect(conversation.conversation_id).toMatch(/^c/);
      expect(conversation.conversation_url).toMatch(/^http/);
    }

    it("tavus_python creates a persona with all its layers, and a conversation with it", async () => {
      const persona = await post("/personas", {
        persona_name: "TEN Framework Persona",
        system_prompt: "You are a helpful AI assistant.",
        default_replica_id: FACE,
        pipeline_mode: "full",
        context: "You run in a call.",
        layers: {
          perception: { model: "raven-0" },
          stt: { smart_endpointing: true },
          llm: { provider: "openai", model: "gpt-4o", base_url: "https://api.openai.com/v1", api_key: "key" },
          tts: { provider: "cartesia", voice_id: "voice" },
        },
      });
      const conversation = await post("/conversations", {
        replica_id: FACE,
        persona_id: persona.persona_id,
        conversation_name: "TEN Agent Conversation",
        properties: { max_call_duration: 3600, enable_recording: false, language: "en" },
      });
      expectRoom(conversation);
    });

    it.each(["", "Hello!"])(
      "tavus_conversation_manager_python creates a conversation greeted with %j",
      async (greeting) => {
        const conversation = await post("/conversations", {
          conversational_context: "You are a helpful AI assistant.",
          custom_greeting: greeting,
          persona_id: "pdac61133ac5",
        });
        expectRoom(conversation);
      },
    );
  });

  describe("tavus-cli", () => {
    let cli: ChildProcessByStdio<Writable, Readable, null>;
    let lines: Interface;

    beforeAll(() => {
      const env = { ...process.env, TAVUS_PUBLIC_API_BASE_URL: emulator.apiUrl, TAVUS_API_KEY: emulator.apiKey };
      cli = spawn(PYTHON, [here("tavus_cli.py")], { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"] });
      lines = createInterface(cli.stdout);
    });
    afterAll(() => cli.kill());

    /** Resolves with the command's output; throws when the command failed. */
    async function tavus(...args: string[]): Promise<string> {
      const answered = new Promise<string>((resolve) => lines.once("line", resolve));
      cli.stdin.write(`${JSON.stringify(args)}\n`);
      const { code, output } = JSON.parse(await answered) as { code: number; output: string };
      if (code !== 0) throw new Error(`tavus ${args.join(" ")} ended with ${code}:\n${output}`);
      return output;
    }

    /** Resolves with the JSON that the command printed. */
    async function tavusJson(...args: string[]): Promise<Record<string, unknown>> {
      const output = await tavus(...args);
      return JSON.parse(output.slice(output.indexOf("{"))) as Record<string, unknown>;
    }
    function file(name: string, content: unknown): string {
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify(content));
      return path;
    }
    /** Finds the id in an answer, under any resource's name for it, wrapped or not. */
    function idIn(answer: Record<string, unknown>, ...names: string[]): string {
      const body = (answer.data ?? answer) as Record<string, unknown>;
      const id = names.map((name) => body[name]).find((value) => typeof value === "string");
      if (typeof id !== "string") throw new Error(`no ${names.join(" or ")} in ${JSON.stringify(answer)}`);
      return id;
    }
    const newPal = async (): Promise<string> =>
      idIn(await tavusJson("pal", "create", "--system-prompt", "You help.", "--face-id", FACE), "pal_id", "persona_id");

    it("finds the API reachable", async () => {
      expect(await tavus("doctor")).toContain("Network check passed");
    });

    it.each([
      ["face", "list"],
      ["pal", "list"],
      ["tool", "list"],
      ["skill", "list"],
      ["guardrail", "list"],
      ["guardrail", "tags"],
      ["objective", "list"],
      ["document", "list"],
      ["document", "tags"],
      ["pronunciation-dictionary", "list"],
      ["deployment", "list"],
      ["builder", "list"],
      ["resource", "list", "voices"],
    ])("lists: %s %s", async (...command) => {
      await tavus(...command);
    });

    it("creates, reads, patches and deletes a PAL", async () => {
      const pal = await newPal();
      expect(await tavusJson("pal", "get", pal)).toBeTruthy();
      await tavus("pal", "options", pal);
      await tavus("pal", "patch", pal, "--path", "/pal_name", "--value", "Renamed");
      expect(JSON.stringify(await tavusJson("pal", "get", pal))).toContain("Renamed");
      await tavus("pal", "patch", pal, "--path", "/document_ids", "--value", "[]");
      await tavus("pal", "delete", pal);
      await expect(tavus("pal", "get", pal)).rejects.toThrow();
    });

    it("creates and ends a conversation", async () => {
      const pal = await newPal();
      const id = idIn(await tavusJson("conversation", "create", "--pal-id", pal, "--face-id", FACE), "conversation_id");
      expect(getStatus(id)).toBe("active");
      await tavus("conversation", "end", id);
      expect(getStatus(id)).toBe("ended");
    });

    it("creates, patches, attaches, detaches and deletes a tool", async () => {
      const pal = await newPal();
      const body = await tavusJson("tool", "example");
      const tool = idIn(await tavusJson("tool", "create", "--file", file("tool.json", body)), "tool_id", "uuid", "id");
      await tavus("tool", "patch", tool, "--file", file("tool-patch.json", { description: "Tells the weather." }));
      expect(JSON.stringify(await tavusJson("tool", "get", tool))).toContain("Tells the weather.");
      await tavus("pal", "tools", "attach", pal, tool);
      expect(await tavus("pal", "tools", "list", pal)).toContain("weather_lookup");
      await tavus("pal", "tools", "detach", pal, tool);
      await tavus("tool", "delete", tool);
    });

    it("creates, patches and deletes a guardrail", async () => {
      const made = await tavusJson(
        "guardrail",
        "create",
        "--name",
        "No_advice",
        "--prompt",
        "Give no advice.",
        "--tag",
        "a",
      );
      const id = idIn(made, "uuid", "guardrail_id", "id", "guardrails_id");
      await tavus("guardrail", "patch", id, "--prompt", "Give no medical advice.");
      expect(JSON.stringify(await tavusJson("guardrail", "get", id))).toContain("medical");
      await tavus("guardrail", "delete", id);
    });

    it("validates, creates, patches and deletes objectives", async () => {
      const body = file("objectives.json", await tavusJson("objective", "example"));
      await tavus("objective", "validate", "--file", body);
      const id = idIn(await tavusJson("objective", "create", "--file", body), "objectives_id", "uuid", "id");
      const patch = [{ op: "replace", path: "/data/0/objective_prompt", value: "Say hello." }];
      await tavus("objective", "patch", id, "--file", file("objectives-patch.json", patch));
      expect(JSON.stringify(await tavusJson("objective", "get", id))).toContain("Say hello.");
      await tavus("objective", "delete", id);
    });

    it("creates, patches and deletes a pronunciation dictionary", async () => {
      const body = file("words.json", await tavusJson("pronunciation-dictionary", "example"));
      const made = await tavusJson("pronunciation-dictionary", "create", "--file", body);
      const id = idIn(made, "uuid", "pronunciation_dictionary_id", "dictionary_id", "id");
      await tavus("pronunciation-dictionary", "patch", id, "--file", file("words-patch.json", { name: "other" }));
      expect(JSON.stringify(await tavusJson("pronunciation-dictionary", "get", id))).toContain("other");
      await tavus("pronunciation-dictionary", "delete", id);
    });

    it("adds a document to a PAL's knowledge and takes it out", async () => {
      const pal = await newPal();
      const made = await tavusJson(
        "document",
        "create",
        "--url",
        "https://example.org/a.pdf",
        "--name",
        "A",
        "--tag",
        "t",
      );
      const id = idIn(made, "document_id", "uuid", "id");
      await tavus("document", "chunks", id);
      await tavus("pal", "knowledge", "add", pal, "--document-id", id);
      expect(await tavus("pal", "knowledge", "list", pal)).toContain(id);
      await tavus("pal", "knowledge", "remove", pal, "--document-id", id);
    });

    it("attaches, patches and detaches a skill", async () => {
      const pal = await newPal();
      await tavus("pal", "skills", "attach", pal, "internet_search", "--config", "{}");
      expect(await tavus("pal", "skills", "list", pal)).toContain("internet_search");
      await tavus("pal", "skills", "patch", pal, "internet_search", "--config", "{}");
      await tavus("pal", "skills", "detach", pal, "internet_search");
    });

    it("makes a PAL in one command", async () => {
      expect(await tavus("quickstart", "--system-prompt", "You help.")).toMatch(/p[0-9a-f]{8,}/);
    });
  });
});
