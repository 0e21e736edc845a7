import { ConversationJournal, journalPath } from "../../api/journal/index.ts";
import type { Conversation } from "../../api/types.ts";
import { asError } from "../../util/errors.ts";
import { API_OPTIONS, parseChoice, type Command, type CommandCall } from "../command.ts";
import { createLogger } from "../io.ts";
import { COST_OPTIONS, RunningCost } from "../running-cost.ts";
import { openSession, withoutSecrets, type Session } from "../session.ts";
import { formatFields, makePrintable, formatTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const list: Command = {
  name: "conversations list",
  help: "lists the account's open conversations, and what they have cost until now",
  options: {
    status: { type: "string", value: "active|ended|all", help: "which ones (default active)" },
    ...COST_OPTIONS,
    ...API_OPTIONS,
  },
  async run({ io, options, json }) {
    const status = parseChoice(options, "status", ["active", "ended", "all"] as const) ?? "active";
    const cost = new RunningCost(io, options);
    const { api } = await openSession(io, options);
    const filter = status === "all" ? {} : { status };
    const found = await api.listConversations({ ...filter, signal: io.signal }).toArray();
    if (json) {
      io.out(JSON.stringify(found.map((one) => ({ ...withoutSecrets(one), ...cost.of(one) }))));
    } else if (found.length === 0) {
      io.out(status === "all" ? "No conversations." : `No ${status} conversations.`);
    } else {
      const headers = ["ID", "STATUS", "CREATED", "MINUTES", ...(cost.hasPrice ? ["COST"] : []), "NAME"];
      const rows = found.map((one) => [
        ...[one.conversationId, one.status, one.createdAt],
        ...cost.cells(one),
        one.conversationName,
      ]);
      io.out(`${formatTable(headers, rows)}\n\n${cost.total(found)}`);
    }
    return 0;
  },
};

const show: Command = {
  name: "conversations show",
  takes: "<id>",
  help: "shows one conversation and its events",
  options: API_OPTIONS,
  async run({ io, options, names: [id = ""], json }) {
    const { api } = await openSession(io, options);
    const conversation = await api.getConversation(id, { verbose: true, signal: io.signal });
    if (json) {
      io.out(JSON.stringify(withoutSecrets(conversation)));
      return 0;
    }
    const { events = [], ...fields } = withoutSecrets(conversation) as Partial<Conversation>;
    io.out(formatFields(fields));
    if (events.length > 0) {
      const rows = events.map(({ timestamp, eventType, properties }) => [timestamp, eventType, summarize(properties)]);
      io.out(`\n${formatTable(["TIME", "EVENT", "PROPERTIES"], rows)}`);
    }
    return 0;
  },
};

const SUMMARY_CHARACTERS = 100;

/** Shortens an event's properties for people: transcripts are long, and --json prints them whole. */
function summarize(properties: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(properties);
  return text.length > SUMMARY_CHARACTERS ? `${text.slice(0, SUMMARY_CHARACTERS - 1)}…` : text;
}

const end: Command = {
  name: "conversations end",
  takes: "<id>…",
  help: "ends conversations; one that is already over counts as ended",
  options: API_OPTIONS,
  async run(call) {
    return await endAll(call, await openSession(call.io, call.options), call.names);
  },
};

const endAllCommand: Command = {
  name: "conversations end-all",
  help: "ends every active conversation of the account, including those of other bots",
  options: { yes: { type: "boolean", help: "do not ask for confirmation" }, ...API_OPTIONS },
  async run(call) {
    const { io, options } = call;
    const session = await openSession(io, options);
    const active = await session.api.listConversations({ status: "active", signal: io.signal }).toArray();
    if (active.length > 0 && options.yes !== true) {
      if (!io.interactive)
        throw new UsageError(`end-all would end ${active.length} and cannot ask for confirmation here; pass --yes.`);
      for (const one of active) io.err(makePrintable(`  ${one.conversationId}  ${one.conversationName}`));
      if (!(await io.confirm(`End ${formatCount(active.length)}?`))) return 1;
    }
    const ids = active.map(({ conversationId }) => conversationId);
    return await endAll(call, session, ids);
  },
};

const sweep: Command = {
  name: "conversations sweep",
  help: "ends conversations that killed bots left open, as their journal records them",
  options: {
    journal: {
      type: "string",
      value: "DIR",
      help: "folder of the journal (default: TAVUS_JOURNAL, else the user's state folder)",
    },
    ...API_OPTIONS,
  },
  async run({ io, options, json }) {
    const path = journalPath(typeof options.journal === "string" ? options.journal : undefined, io.env);
    if (path === undefined)
      throw new UsageError("There is no journal: TAVUS_JOURNAL is off, or HOME is not set. Pass --journal DIR.");
    const { api, apiKey, apiUrl } = await openSession(io, options);
    const journal = new ConversationJournal({ path, apiKey, apiUrl, clock: io.clock, logger: createLogger(io) });
    const { ended, failed, kept } = await journal.sweep(api);
    const failures = failed.map(({ error, ...conversation }) => ({ ...conversation, error: error.message }));
    if (json) {
      io.out(JSON.stringify({ ended, failed: failures, kept }));
    } else {
      for (const id of ended) io.out(makePrintable(`Ended ${id}.`));
      for (const { conversationId, conversationName = "", error } of failures)
        io.err(makePrintable(`${conversationId ?? conversationName}: ${error}`));
      io.out(`${formatCount(ended.length)} ended, ${failed.length} failed, ${kept} left alone.`);
    }
    return failed.length > 0 ? 1 : 0;
  },
};

async function endAll({ io, json }: CommandCall, { api }: Session, ids: readonly string[]): Promise<number> {
  const ended: string[] = [];
  const failed: { conversationId: string; error: string }[] = [];
  for (const conversationId of ids) {
    io.signal.throwIfAborted();
    try {
      await api.endConversation(conversationId, { signal: io.signal });
      ended.push(conversationId);
      if (!json) io.err(makePrintable(`${ended.length + failed.length}/${ids.length}  ended ${conversationId}`));
    } catch (thrown) {
      const error = asError(thrown).message;
      failed.push({ conversationId, error });
      if (!json) io.err(makePrintable(`${ended.length + failed.length}/${ids.length}  ${conversationId}: ${error}`));
    }
  }
  if (json) io.out(JSON.stringify({ ended, failed }));
  else io.out(`${formatCount(ended.length)} ended${failed.length > 0 ? `, ${failed.length} failed` : ""}.`);
  return failed.length > 0 ? 1 : 0;
}

function formatCount(count: number): string {
  return count === 1 ? "1 conversation" : `${count} conversations`;
}

export const conversationCommands: readonly Command[] = [list, show, end, endAllCommand, sweep];
