import { defineConfig } from "vite";

/** Where `server.ts` listens. */
const BOT_SERVER = process.env.BOT_SERVER ?? "http://127.0.0.1:7860";

export default defineConfig({
  // While you work on the page, Vite serves it and passes on what only the server can do. The page's own Host header stays, so
  // that the server sees a request of its own origin.
  server: { proxy: { "/start": { target: BOT_SERVER, changeOrigin: false } } },
  // Most of it is daily-js and the client, which the browser keeps.
  build: { chunkSizeWarningLimit: 1000 },
});
