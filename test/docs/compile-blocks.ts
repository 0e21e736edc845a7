import { join } from "node:path";
import ts from "typescript";

import { ROOT, type CodeBlock } from "./code-blocks.ts";

/** Compiles every block as a module of its own, as strictly as the sources. Resolves to what is wrong, by page and line. */
export function compileBlocks(blocks: readonly CodeBlock[]): string[] {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const modules = new Map(
    blocks.map((block, index) => [
      join(ROOT, "test", "docs", `block-${index}.ts`),
      { block, text: `export {};\n${block.needs}${block.code}`, codeFrom: 1 + block.needs.split("\n").length - 1 },
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists.call(host, path);
  host.readFile = (path) => modules.get(path)?.text ?? readFile.call(host, path);
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules].flatMap(([path, { block, codeFrom }]) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText, start = 0 }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) - codeFrom;
      const where = line < 0 ? `needs of line ${block.line}` : block.line + line;
      return `${block.page}:${where}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}
