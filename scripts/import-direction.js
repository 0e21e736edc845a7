import { dirname, relative, resolve, sep } from "node:path";

/** The longest room name that the path is in: `transport/base` before `transport`. A room may be a single file. */
function roomOf(path, rooms) {
  const around = rooms.filter((room) => path === room || path.startsWith(`${room}/`));
  return around.sort((a, b) => b.length - a.length)[0];
}

/**
 * ESLint rule: a file in a room of src/ imports only from its own room and from those that the room may use.
 * Options: `{ src, mayImport, index }`: the folder; room → rooms it may import;
 * the rooms that files directly in src/ may not import. All own imports are relative paths, so no resolver is needed.
 */
export const importDirection = {
  meta: {
    type: "problem",
    schema: [{ type: "object" }],
    messages: {
      direction: "src/{{room}} may import only {{allowed}} (the directions are in eslint.config.js), not {{target}}.",
      index: "{{target}} has an entry point of its own, or is nobody's to import.",
    },
  },
  create(context) {
    const { src, mayImport, index } = context.options[0];
    const rooms = Object.keys(mayImport);
    const inSrc = (path) => relative(src, path).split(sep).join("/");
    const room = roomOf(inSrc(context.filename), rooms);
    const isIndex = !inSrc(context.filename).includes("/");

    function check(source) {
      if (typeof source?.value !== "string" || !source.value.startsWith(".")) return;
      const target = inSrc(resolve(dirname(context.filename), source.value));
      const targetRoom = roomOf(target, rooms);
      if (isIndex) {
        if (index.includes(targetRoom)) context.report({ node: source, messageId: "index", data: { target } });
        return;
      }
      if (room === undefined || targetRoom === room) return;
      if (!mayImport[room].includes(targetRoom)) {
        const allowed = [room, ...mayImport[room]].join(", ");
        context.report({ node: source, messageId: "direction", data: { room, allowed, target } });
      }
    }

    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal),
    };
  },
};
