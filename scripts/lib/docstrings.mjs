// Which public symbols have no docstring, and which numbers no unit.
import { relative, sep } from "node:path";
import ts from "typescript";
import { entries, exportsOf } from "./api-surface.mjs";
import { root } from "./setup.mjs";

/** In a name: `timeoutMs`, and what is counted (`maxWords`, `queuedImages`) or only names something (`id`, `turnIdx`). */
const UNIT_IN_NAME = /(?:[a-z]s|Ms|Hz|Db|S|[iI]d|Idx|Index|[sS]eq|Seed)$/;
/** In a docstring. A count says so: "How many", "number of", "at most". */
const UNIT_IN_WORDS =
  /\b(?:ms|milliseconds?|s|seconds?|minutes?|hours?|Hz|bytes?|characters?|samples?|dB|dBFS|pixels?|percent|degrees|how many|numbers?|counts?|factor|share|ratio|linear|port|version|status|from -?\d|at most|at least)\b|%|^[A-Z]\w*s\b/i;

/** Every symbol that users see and that has no docstring, as `{ file, name }`. */
export function findUndocumented(program) {
  return inspect(program).filter(({ documented }) => !documented);
}

/** Every public number that gives no unit, neither by its name nor in its docstring. */
export function findUnitless(program) {
  return inspect(program).filter(({ documented, unitless }) => documented && unitless);
}

function inspect(program) {
  const checker = program.getTypeChecker();
  const found = new Map();
  for (const entry of entries) {
    for (const exported of exportsOf(program, checker, entry)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      for (const [name, one] of [[exported.name, symbol], ...membersOf(checker, exported.name, symbol)]) {
        const declaration = one.declarations?.[0];
        const file = relative(root, declaration?.getSourceFile().fileName ?? "")
          .split(sep)
          .join("/");
        if (!file.startsWith("dist/")) continue;
        const source = file.replace(/^dist\//, "src/").replace(/\.d\.ts$/, ".ts");
        found.set(one, { file: source, name, ...judge(checker, one, declaration) });
      }
    }
  }
  const byName = new Map([...found.values()].map((one) => [`${one.file}: ${one.name}`, one]));
  return [...byName.values()].sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
}

const compare = (a, b) => (a < b ? -1 : Number(a > b));

function judge(checker, symbol, declaration) {
  // With what a member inherits from the class or interface it comes from, as an editor shows it.
  const words = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  const replaced = symbol.getJsDocTags(checker).some(({ name }) => name === "deprecated");
  const unitless =
    isField(declaration) &&
    isNumber(checker, checker.getTypeOfSymbol(symbol)) &&
    !UNIT_IN_NAME.test(symbol.name) &&
    !UNIT_IN_WORDS.test(words);
  return { documented: words !== "" || replaced, unitless };
}

const isField = (node) => ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isGetAccessor(node);

function isNumber(checker, type) {
  const parts = type.isUnion() ? type.types : [type];
  const values = parts.filter(({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
  return values.length > 0 && values.every(({ flags }) => flags & ts.TypeFlags.Number);
}

/** The own members of a class, of an interface, and of the object types that an alias is made of: `[name, symbol]`. */
function membersOf(checker, name, symbol) {
  return (symbol.declarations ?? [])
    .flatMap((declaration) => memberNodes(declaration))
    .filter((node) => node.name !== undefined && isPublic(node) && !isDiscriminant(node))
    .map((node) => [node, checker.getSymbolAtLocation(node.name)])
    .filter(([, member]) => member !== undefined)
    .map(([node, member]) => [`${name}.${node.name.getText()}`, member]);
}

function memberNodes(node) {
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) return [...node.members];
  if (ts.isTypeAliasDeclaration(node)) return memberNodes(node.type);
  if (ts.isTypeLiteralNode(node)) return [...node.members];
  if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) return node.types.flatMap(memberNodes);
  if (ts.isParenthesizedTypeNode(node)) return memberNodes(node.type);
  return [];
}

function isPublic(node) {
  // What is named by a symbol is a protocol of JavaScript: iteration, disposal.
  if (ts.isPrivateIdentifier(node.name) || ts.isComputedPropertyName(node.name)) return false;
  return !(ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private);
}

/** `type: "utterance"` tells the members of a union apart, and needs no words. */
function isDiscriminant(node) {
  return node.type !== undefined && ts.isLiteralTypeNode(node.type) && ts.isStringLiteral(node.type.literal);
}
