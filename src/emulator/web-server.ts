import { serve, type ServerType } from "@hono/node-server";
import { Hono } from "hono";
import type { Server } from "node:http";

import { asError } from "../util/errors.ts";
import { createDailyApp, createTavusApp, type DailyState } from "./api/index.ts";
import { homeRoutes } from "./page/server/home-routes.ts";
import { roomRoutes } from "./room/room-routes.ts";
import type { RoomServer } from "./room/room-server.ts";
import { EmulatorStartError } from "./start-error.ts";
import type { TavusState } from "./state/tavus-state.ts";

export interface WebServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly tavus: TavusState;
  readonly daily: DailyState;
  readonly rooms: RoomServer;
  readonly roomUrl: (name: string) => string;
}

/**
 * Serves the APIs, the pages and what rooms need over HTTP, on 127.0.0.1. The one way to everything here that imports
 * hono: the emulator loads it when it starts, so that a process that starts no emulator never does.
 *
 * @throws EmulatorStartError when the port is taken.
 */
export function startWebServer({ port, tavus, daily, rooms, roomUrl }: WebServerOptions): Promise<Server> {
  // Tavus' own client ends some paths with a slash.
  const app = new Hono({ strict: false });
  app.route("/", createTavusApp(tavus));
  app.route("/", createDailyApp({ daily, tavus, roomUrl }));
  app.route("/", homeRoutes({ tavus, rooms, roomUrl }));
  app.route("/", roomRoutes(rooms));
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => {
      resolve(server as Server);
    });
    server.once("error", (thrown) => {
      const message = `The emulator cannot listen on port ${port} (${asError(thrown).message}). Choose another port, or 0 for any.`;
      reject(new EmulatorStartError(message, { cause: thrown }));
    });
  });
}
