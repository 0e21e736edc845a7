import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
};
const NOT_BUILT = "The page is not built yet. Run `npm install` and `npm run build` in the folder of the page.";

/** Answers with a file of the built page; `/` is its index.html. Nothing outside of `folder` can be read. */
export async function sendPageFile(folder: string, path: string, response: ServerResponse): Promise<void> {
  const name = path === "/" ? "index.html" : normalize(path).replace(/^[/\\]+/, "");
  const type = TYPES[extname(name)];
  const content =
    type === undefined || name.split(sep).includes("..")
      ? undefined
      : await readFile(join(folder, name)).catch(() => undefined);
  if (content === undefined) {
    const isUnbuilt = name === "index.html";
    response.writeHead(isUnbuilt ? 503 : 404, { "content-type": "text/plain; charset=utf-8" });
    response.end(isUnbuilt ? NOT_BUILT : "Not found.");
    return;
  }
  // Vite puts a hash into the names in assets/.
  const cacheControl = name.startsWith(`assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache";
  response.writeHead(200, {
    "content-type": type,
    "cache-control": cacheControl,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=()",
    "content-security-policy": "frame-ancestors 'none'",
  });
  response.end(content);
}
