import { checkPalFit } from "../api/conversations/pal-fit.ts";
import { JournalFolder } from "../api/journal/journal-folder.ts";
import { journalPath } from "../api/journal/journal-path.ts";
import { TavusApi } from "../api/tavus-api.ts";
import { resolveTavusOptions } from "../transport/tavus/tavus-options.ts";
import { asError } from "../util/errors.ts";
import { silentLogger } from "../util/logger.ts";
import type { OptionValues } from "./command.ts";
import type { CliIo } from "./io.ts";
import { findNodeVersionProblem } from "./node-version.ts";
import { openSession, type Session } from "./session.ts";

export interface CheckOutcome {
  readonly level: "ok" | "warn" | "fail" | "skip";
  readonly says: string;
}

/** What the checks hand on; they run one after the other. */
export interface CheckContext {
  readonly io: CliIo;
  readonly options: OptionValues;
  readonly offline: boolean;
  session: Session | undefined;
  /** Whether Tavus took the key. */
  reached?: boolean;
  hasNative?: boolean;
}

export interface Check {
  readonly name: string;
  /** Whether it asks Tavus. */
  readonly atTavus?: boolean;
  /** What it throws is a failure. */
  readonly run: (context: CheckContext) => Promise<CheckOutcome>;
}

function ok(says: string): CheckOutcome {
  return { level: "ok", says };
}
function warn(says: string): CheckOutcome {
  return { level: "warn", says };
}
function fail(says: string): CheckOutcome {
  return { level: "fail", says };
}
const NOT_REACHED: CheckOutcome = { level: "skip", says: "Tavus was not reached" };

async function checkNode(): Promise<CheckOutcome> {
  const problem = findNodeVersionProblem(process.versions.node);
  return problem === undefined ? ok(process.version) : fail(problem);
}

async function checkNativeModule(context: CheckContext): Promise<CheckOutcome> {
  const { loadWrtc } = await import("../util/wrtc.ts");
  try {
    loadWrtc();
  } catch (thrown) {
    return warn(asError(thrown).message);
  }
  context.hasNative = true;
  return ok("@roamhq/wrtc loads: rooms on this machine need no browser");
}

async function checkBrowser({ io, hasNative }: CheckContext): Promise<CheckOutcome> {
  try {
    const { holdBrowser } = await import("../transport/daily/chromium/shared-browser.ts");
    const held = await holdBrowser((message) => io.err(message));
    const { version } = held.browser;
    await held.release();
    return ok(`version ${version} starts: Daily's rooms can be joined`);
  } catch (thrown) {
    const why = asError(thrown).message.split("\n")[0] ?? "";
    return hasNative === true ? warn(`${why} Only rooms on this machine can be joined.`) : fail(why);
  }
}

async function checkEmulator({ hasNative }: CheckContext): Promise<CheckOutcome> {
  if (hasNative !== true) return { level: "skip", says: "needs the native module" };
  const { startEmulator } = await import("../emulator/index.ts");
  await using local = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
  const { apiKey, apiUrl } = local;
  const api = new TavusApi({ apiKey, apiUrl, logger: silentLogger });
  const { conversationId } = await api.createConversation({ palId: "pipecat0", faceId: "r90bbd427f71" });
  await api.endConversation(conversationId);
  return ok('a conversation with a pal on this machine; "tavus-transport emulator" keeps one running');
}

async function checkJournal({ io }: CheckContext): Promise<CheckOutcome> {
  const path = journalPath(undefined, io.env);
  if (path === undefined) return warn("none: what a killed bot leaves open is billed until its limit ends it");
  const entries = await new JournalFolder(path).entries();
  return ok(`${path}, ${entries.length} written down`);
}

async function checkKey(context: CheckContext): Promise<CheckOutcome> {
  const { io, options } = context;
  if ((io.env.TAVUS_API_KEY ?? "").trim() === "" && !io.interactive)
    return warn('TAVUS_API_KEY is not set; without an account, run "tavus-transport emulator"');

  context.session = await openSession(io, options);
  return ok(`there; it is for ${context.session.apiUrl}`);
}

async function checkOptions({ io }: CheckContext): Promise<CheckOutcome> {
  try {
    resolveTavusOptions({}, io.env, true, silentLogger);
    return ok("the environment is enough for new TavusTransport()");
  } catch (thrown) {
    return warn(
      asError(thrown)
        .message.split("\n")
        .map((line) => line.trim())
        .join(" "),
    );
  }
}

async function checkTavus(context: CheckContext): Promise<CheckOutcome> {
  const { session, io } = context;
  if (!session) return { level: "skip", says: "there is no key" };
  let active = 0;
  for await (const _one of session.api.listConversations({ status: "active", signal: io.signal })) active++;
  context.reached = true;
  return active === 0 ? ok("the key is taken") : warn(`the key is taken; ${active} conversations are open and billed`);
}

async function checkFace({ session, reached, io }: CheckContext): Promise<CheckOutcome> {
  const id = io.env.TAVUS_FACE_ID ?? io.env.TAVUS_REPLICA_ID ?? "";
  if (!session || reached !== true) return NOT_REACHED;
  if (id === "") return { level: "skip", says: "TAVUS_FACE_ID is not set" };
  const { faceName = id, status } = await session.api.getFace(id, { signal: io.signal });
  return status === "error"
    ? fail(`${faceName}: its training failed`)
    : ok(`${faceName}${status ? ` (${status})` : ""}`);
}

async function checkPal({ session, reached, io }: CheckContext): Promise<CheckOutcome> {
  const id = io.env.TAVUS_PAL_ID ?? io.env.TAVUS_PERSONA_ID ?? "";
  if (!session || reached !== true) return NOT_REACHED;
  if (id === "") return { level: "skip", says: "TAVUS_PAL_ID is not set; the stock echo PAL is used" };
  const found = await session.api.getPal(id, { signal: io.signal });
  const fit = checkPalFit(found, "track");
  return fit.level === "ok" ? ok(found.palName) : { level: fit.level === "error" ? "fail" : "warn", says: fit.message };
}

async function checkTestConversation({ session, reached, io }: CheckContext): Promise<CheckOutcome> {
  if (!session || reached !== true) return NOT_REACHED;
  const faceId = io.env.TAVUS_FACE_ID ?? io.env.TAVUS_REPLICA_ID;
  const palId = io.env.TAVUS_PAL_ID ?? io.env.TAVUS_PERSONA_ID;
  const { conversationId, status } = await session.api.createConversation(
    { testMode: true, ...(faceId && { faceId }), ...(palId && { palId }) },
    { signal: io.signal },
  );
  if (status === "ended") return ok(`${conversationId} in test mode: created, free, ended at once`);
  await session.api.endConversation(conversationId);
  return fail(`${conversationId} was open in spite of test mode; it has been ended`);
}

/** In the order in which one needs the other. */
export const CHECKS: readonly Check[] = [
  { name: "Node", run: checkNode },
  { name: "native module", run: checkNativeModule },
  { name: "browser", run: checkBrowser },
  { name: "emulator", run: checkEmulator },
  { name: "journal", run: checkJournal },
  { name: "options", run: checkOptions },
  { name: "key", atTavus: true, run: checkKey },
  { name: "Tavus", atTavus: true, run: checkTavus },
  { name: "face", atTavus: true, run: checkFace },
  { name: "PAL", atTavus: true, run: checkPal },
  { name: "test conversation", atTavus: true, run: checkTestConversation },
];
