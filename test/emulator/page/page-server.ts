import { homeRoutes } from "../../../src/emulator/page/server/home-routes.ts";
import type { ActivityView, Overview } from "../../../src/emulator/page/home-protocol.ts";
import { RoomServer } from "../../../src/emulator/room/room-server.ts";
import { TavusState, type TavusStateOptions } from "../../../src/emulator/state/tavus-state.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { createTavusApp } from "../../../src/emulator/api/index.ts";
import { RecordingHost } from "../api/serve-api.ts";

export const HOST = "127.0.0.1:4747";
export const ORIGIN = `http://${HOST}`;

/** The page's routes without a port: requests are passed to them directly. */
export class PageServer implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly host = new RecordingHost();
  readonly tavus: TavusState;
  readonly rooms: RoomServer;
  readonly #app: ReturnType<typeof homeRoutes>;
  readonly #api: ReturnType<typeof createTavusApp>;

  constructor(options: Partial<TavusStateOptions> = {}) {
    const { clock, host } = this;
    this.tavus = new TavusState({ host, origin: ORIGIN, clock, logger: silentLogger, ...options });
    const onRoom = this.tavus.activity.watch.bind(this.tavus.activity);
    this.rooms = new RoomServer({ clock, logger: silentLogger, onRoom });
    const roomUrl = (name: string): string => `${ORIGIN}/${encodeURIComponent(name)}`;
    this.#app = homeRoutes({ tavus: this.tavus, rooms: this.rooms, roomUrl });
    this.#api = createTavusApp(this.tavus);
  }

  /** Sends one request, with a valid Host unless the headers name another. */
  async request(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return await this.#app.request(path, { method, headers: { host: HOST, ...headers }, ...text });
  }

  /** The headers that a browser sends for the page's own script. */
  async ownHeaders(): Promise<Record<string, string>> {
    return { "x-page-token": await this.token(), origin: ORIGIN };
  }

  /** Sends a request as the page's script does. */
  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    return await this.request(method, `/_emulator/page/${path}`, await this.ownHeaders(), body);
  }

  async token(): Promise<string> {
    const html = await (await this.request("GET", "/")).text();
    return /name="page-token" content="([\w-]+)"/.exec(html)?.[1] ?? "";
  }

  async overview(after = 0): Promise<Overview> {
    return (await (await this.ask("GET", `overview?after=${after}`)).json()) as Overview;
  }

  async activity(): Promise<readonly ActivityView[]> {
    return (await this.overview()).activity;
  }

  /** Sends a request to the emulated API, with the valid key. */
  async api(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { "x-api-key": this.tavus.apiKey };
    const answer = await (await this.#api.request(`/v2${path}`, { method, headers, ...text })).text();
    return answer === "" ? {} : (JSON.parse(answer) as Record<string, unknown>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rooms.close();
    await this.tavus.close();
    this.tavus.jobs.close();
    this.tavus.webhooks.close();
  }
}
