import type { VendorFaults } from "./vendor-faults.ts";
import type { VendorRequest, VendorServer } from "./vendor-server.ts";

/** Base class of the fakes of vendors: a {@link VendorServer} with the vendor's routes, and the key that it takes. */
export abstract class FakeVendor implements AsyncDisposable {
  /** The key that it takes. */
  readonly apiKey: string;
  readonly #server: VendorServer;
  readonly #basePath: string;

  /** `basePath`: what the vendor's base URLs end with, such as "/v1". */
  protected constructor(server: VendorServer, apiKey: string, basePath = "") {
    this.#server = server;
    this.apiKey = apiKey;
    this.#basePath = basePath;
  }

  /** Base URL of its HTTP interface. */
  get url(): string {
    return `${this.#server.url}${this.#basePath}`;
  }

  /** Base URL of its WebSockets. */
  get wsUrl(): string {
    return `${this.#server.wsUrl}${this.#basePath}`;
  }

  /** Faults of the requests and connections to come. */
  get faults(): VendorFaults {
    return this.#server.faults;
  }

  /** The requests and connections so far, oldest first. */
  get requests(): readonly VendorRequest[] {
    return this.#server.requests;
  }

  /** Number of requests and connections that are not over. */
  get openCount(): number {
    return this.#server.openCount;
  }

  /** Breaks all connections and stops. Idempotent. */
  close(): Promise<void> {
    return this.#server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
