import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Serves the bundled pages as a development server does: on this machine, at a different origin than the emulator's. */
export async function servePages(folder: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
    if (/^[\w-]+\.(?:js|css)$/.test(name)) {
      const type = name.endsWith(".css") ? "text/css" : "text/javascript";
      readFile(join(folder, name)).then(
        (code) => response.setHeader("content-type", `${type}; charset=utf-8`).end(code),
        () => response.writeHead(404).end(),
      );
    } else if (/^[\w-]+$/.test(name)) {
      response.setHeader("content-type", "text/html; charset=utf-8");
      const css = `<link rel="stylesheet" href="/${name}.css">`;
      response.end(`<!doctype html>${css}<div id="root"></div><script src="/${name}.js"></script>`);
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
