import { DailyApi } from "../api/daily/daily-api.ts";
import { resolveDailyApiKey, resolveDailyApiUrl } from "../api/daily/daily-config.ts";
import { checkPalFit } from "../api/conversations/pal-fit.ts";
import { JournalFolder } from "../api/journal/journal-folder.ts";
import { journalPath } from "../api/journal/journal-path.ts";
import { TavusApi } from "../api/tavus-api.ts";
import { resolveTavusOptions } from "../transport/tavus/resolve-tavus-options.ts";
import { asError } from "../util/errors.ts";
import { silentLogger } from "../util/logger.ts";
import type { OptionValues } from "./command.ts";
import { createLogger, type CliIo } from "./io.ts";
import { findNodeVersionProblem } from "./node-version.ts";
import { openSession, type Session } from "./session.ts";

/** The result of one check. `says` is a short text for people. */
export interface CheckOutcome {
  readonly level: "ok" | "warn" | "fail" | "skip";
  readonly says: string;
}

/** The state that the checks share. They run one after the other. */
export interface CheckContext {
  readonly io: CliIo;
  readonly options: OptionValues;
  readonly offline: boolean;
  session: Session | undefined;
  /** Whether Tavus accepted the key. */
  reached?: boolean;
  hasNative?: boolean;
}

/** One check of the doctor. */
export interface Check {
  readonly name: string;
  /** Whether the check sends requests to Tavus or Daily. */
  readonly atTavus?: boolean;
  /** Runs the check. An error that it throws counts as a failure. */
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
  const { prewarmDailyRuntime } = await import("../transport/daily/index.ts");
  try {
    loadWrtc();
    context.hasNative = true;
    await using _warm = await prewarmDailyRuntime("native");
  } catch (thrown) {
    return warn(asError(thrown).message);
  }
  return ok("@roamhq/wrtc loads, and a media process starts; local rooms need no browser");
}

async function checkBrowser({ io, hasNative }: CheckContext): Promise<CheckOutcome> {
  try {
    const { holdBrowser } = await import("../transport/daily/chromium/shared-browser.ts");
    const held = await holdBrowser((message) => io.err(message));
    const { version } = held.browser;
    await held.release();
    return ok(`version ${version} starts; Daily rooms can be joined`);
  } catch (thrown) {
    const why = asError(thrown).message.split("\n")[0] ?? "";
    return hasNative === true ? warn(`${why} Only local rooms can be joined.`) : fail(why);
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
  return ok('created and ended a local conversation; "tavus-transport emulator" keeps an emulator running');
}

async function checkJournal({ io }: CheckContext): Promise<CheckOutcome> {
  const path = journalPath(undefined, io.env);
  if (path === undefined) return warn("none: a conversation that a killed bot leaves open is billed until its limit");
  const entries = await new JournalFolder(path).entries();
  return ok(`${path}, open conversations: ${entries.length}`);
}

async function checkKey(context: CheckContext): Promise<CheckOutcome> {
  const { io, options } = context;
  if ((io.env.TAVUS_API_KEY ?? "").trim() === "" && !io.interactive)
    return warn('TAVUS_API_KEY is not set; without an account, run "tavus-transport emulator"');
  context.session = await openSession(io, options);
  return ok(`set; sent to ${context.session.apiUrl}`);
}

async function checkOptions({ io }: CheckContext): Promise<CheckOutcome> {
  try {
    resolveTavusOptions({}, io.env, true, silentLogger);
    return ok("the environment is sufficient for new TavusTransport()");
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
  if (!session) return { level: "skip", says: "no key" };
  let active = 0;
  for await (const _one of session.api.listConversations({ status: "active", signal: io.signal })) active++;
  context.reached = true;
  const accepted = "the key is accepted";
  const open = active === 1 ? "1 conversation is" : `${active} conversations are`;
  return active === 0 ? ok(accepted) : warn(`${accepted}; ${open} open and billed`);
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
  if (status === "ended") return ok(`${conversationId}: created in test mode, free, already ended`);
  await session.api.endConversation(conversationId);
  return fail(`${conversationId} was open despite test mode; it has been ended`);
}

async function checkDaily({ io }: CheckContext): Promise<CheckOutcome> {
  if ((io.env.DAILY_API_KEY ?? "").trim() === "")
    return { level: "skip", says: "DAILY_API_KEY is not set; only rooms of your own need it" };
  const apiKey = resolveDailyApiKey(undefined, io.env);
  const apiUrl = resolveDailyApiUrl(undefined, createLogger(io), io.env);
  const { domainName } = await new DailyApi({ apiKey, apiUrl, logger: silentLogger }).getDomain({ signal: io.signal });
  return ok(`the key of the domain ${domainName} is accepted`);
}

/** The checks in order: later ones use the results of earlier ones. */
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
  { name: "Daily", atTavus: true, run: checkDaily },
];
