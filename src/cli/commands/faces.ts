import { API_OPTIONS, parseChoice, type Command } from "../command.ts";
import { openSession, withoutSecrets } from "../session.ts";
import { formatFields, formatTable } from "../table.ts";

const list: Command = {
  name: "faces list",
  help: "lists the faces (formerly replicas) that the account can use",
  options: {
    type: { type: "string", value: "user|system", help: "your own, or Tavus' stock (default: both)" },
    ...API_OPTIONS,
  },
  async run({ io, options, json }) {
    const faceType = parseChoice(options, "type", ["user", "system"] as const);
    const { api } = await openSession(io, options);
    const found = await api.listFaces({ faceType, signal: io.signal }).toArray();
    if (json) {
      io.out(JSON.stringify(found.map(withoutSecrets)));
    } else if (found.length === 0) {
      io.out("No faces.");
    } else {
      const rows = found.map((face) => [face.faceId, face.faceName, face.status, face.modelName]);
      io.out(formatTable(["ID", "NAME", "STATUS", "MODEL"], rows));
    }
    return 0;
  },
};

const show: Command = {
  name: "faces show",
  takes: "<id>",
  help: "shows one face",
  options: API_OPTIONS,
  async run({ io, options, names: [id = ""], json }) {
    const { api } = await openSession(io, options);
    const face = withoutSecrets(await api.getFace(id, { signal: io.signal }));
    io.out(json ? JSON.stringify(face) : formatFields(face));
    return 0;
  },
};

export const faceCommands: readonly Command[] = [list, show];
