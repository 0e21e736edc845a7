import { ConversationJournal, journalPath } from "../../api/journal/index.ts";
import type { Conversation } from "../../api/types.ts";
import { asError } from "../../util/errors.ts";
import { API_OPTIONS, parseChoice, type Command, type CommandCall } from "../command.ts";
import { createLogger } from "../io.ts";
import { openSession, withoutSecrets, type Session } from "../session.ts";
import { formatFields, makePrintable, formatTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const list: Command = {
  name: "conversations list",
  help: "the conversations of the account that are open and cost money",
  options: {
    status: { type: "string", value: "active|ended|all", help: "which (default active)" },
    ...API_OPTIONS,
  },
  async run({ io, options, json }) {
    const status = parseChoice(options, "status", ["active", "ended", "all"] as const) ?? "active";
    const { api } = await openSession(io, options);
    const filter = status === "all" ? {} : { status };
    const found = await api.listConversations({ ...filter, signal: io.signal }).toArray();
    if (json) {
      io.out(JSON.stringify(found.map(withoutSecrets)));
    } else if (found.length === 0) {
      io.out(status === "all" ? "No conversations." : `No ${status} conversations.`);
    } else {
      const rows = found.map((one) => [one.conversationId, one.status, one.createdAt, one.conversationName]);
      io.out(formatTable(["ID", "STATUS", "CREATED", "NAME"], rows));
    }
    return 0;
  },
};

const show: Command = {
  name: "conversations show",
  takes: "<id>",
  help: "one conversation, with what happened in it",
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

/** Transcripts are long; --json has them whole. */
function summarize(properties: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(properties);
  return text.length > SUMMARY_CHARACTERS ? `${text.slice(0, SUMMARY_CHARACTERS - 1)}…` : text;
}

const end: Command = {
  name: "conversations end",
  takes: "<id>…",
  help: "ends them; one that is over already counts as ended",
  options: API_OPTIONS,
  async run(call) {
    return await endAll(call, await openSession(call.io, call.options), call.names);
  },
};

const endAllCommand: Command = {
  name: "conversations end-all",
  help: "ends every active conversation of the account, whoever runs it",
  options: { yes: { type: "boolean", help: "do not ask" }, ...API_OPTIONS },
  async run(call) {
    const { io, options } = call;
    const session = await openSession(io, options);
    const active = await session.api.listConversations({ status: "active", signal: io.signal }).toArray();
    if (active.length > 0 && options.yes !== true) {
      if (!io.interactive)
        throw new UsageError(`end-all would end ${active.length}; say --yes where nobody can be asked.`);
      for (const one of active) io.err(makePrintable(`  ${one.conversationId}  ${one.conversationName}`));
      if (!(await io.confirm(`End ${formatCount(active.length)}?`))) return 1;
    }
    const ids = active.map(({ conversationId }) => conversationId);
    return await endAll(call, session, ids);
  },
};

const sweep: Command = {
  name: "conversations sweep",
  help: "ends what killed bots of this machine left open, by their journal",
  options: {
    journal: {
      type: "string",
      value: "DIR",
      help: "the journal (default: TAVUS_JOURNAL, else the user's state folder)",
    },
    ...API_OPTIONS,
  },
  async run({ io, options, json }) {
    const path = journalPath(typeof options.journal === "string" ? options.journal : undefined, io.env);
    if (path === undefined)
      throw new UsageError("There is no journal here: TAVUS_JOURNAL is off, or there is no HOME.");
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
