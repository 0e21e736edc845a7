import { checkPalFit } from "../../api/conversations/pal-fit.ts";
import { asError } from "../../util/errors.ts";
import { API_OPTIONS, parseChoice, type Command } from "../command.ts";
import { openSession, withoutSecrets } from "../session.ts";
import { formatFields, makePrintable, formatTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const list: Command = {
  name: "pals list",
  help: "lists the PALs (formerly personas) that the account can use",
  options: {
    type: { type: "string", value: "user|system", help: "your own, or Tavus' stock (default: both)" },
    ...API_OPTIONS,
  },
  async run({ io, options, json }) {
    const palType = parseChoice(options, "type", ["user", "system"] as const);
    const { api } = await openSession(io, options);
    const found = await api.listPals({ palType, signal: io.signal }).toArray();
    if (json) {
      io.out(JSON.stringify(found.map(withoutSecrets)));
    } else if (found.length === 0) {
      io.out("No PALs.");
    } else {
      const rows = found.map((pal) => [pal.palId, pal.palName, pal.pipelineMode, pal.defaultFaceId]);
      io.out(formatTable(["ID", "NAME", "PIPELINE", "FACE"], rows));
    }
    return 0;
  },
};

const show: Command = {
  name: "pals show",
  takes: "<id>",
  help: "shows one PAL and whether a bot can speak through it",
  options: API_OPTIONS,
  async run({ io, options, names: [id = ""], json }) {
    const { api } = await openSession(io, options);
    const pal = await api.getPal(id, { signal: io.signal });
    const fit = { track: checkPalFit(pal, "track"), messages: checkPalFit(pal, "messages") };
    if (json) {
      io.out(JSON.stringify({ ...withoutSecrets(pal), fit }));
    } else {
      io.out(formatFields(withoutSecrets(pal)));
      for (const [delivery, found] of Object.entries(fit)) {
        io.out(
          makePrintable(`\nWith a bot, audioDelivery "${delivery}": ${found.level === "ok" ? "fits." : found.message}`),
        );
      }
    }
    return 0;
  },
};

const remove: Command = {
  name: "pals delete",
  takes: "<id>…",
  help: "deletes PALs of the account permanently",
  options: { yes: { type: "boolean", help: "do not ask for confirmation" }, ...API_OPTIONS },
  async run({ io, options, names, json }) {
    const { api } = await openSession(io, options);
    if (options.yes !== true) {
      if (!io.interactive) throw new UsageError("delete cannot ask for confirmation here; pass --yes.");
      if (!(await io.confirm(`Delete ${names.join(", ")} permanently?`))) return 1;
    }
    const deleted: string[] = [];
    const failed: { palId: string; error: string }[] = [];
    for (const palId of names) {
      io.signal.throwIfAborted();
      try {
        await api.deletePal(palId, { signal: io.signal });
        deleted.push(palId);
        if (!json) io.out(makePrintable(`Deleted ${palId}.`));
      } catch (thrown) {
        const error = asError(thrown).message;
        failed.push({ palId, error });
        if (!json) io.err(makePrintable(`${palId}: ${error}`));
      }
    }
    if (json) io.out(JSON.stringify({ deleted, failed }));
    return failed.length > 0 ? 1 : 0;
  },
};

export const palCommands: readonly Command[] = [list, show, remove];
