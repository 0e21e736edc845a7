import { type Choices, type Overview, PAGE_TOKEN_HEADER, PAGE_TOKEN_META } from "./home-protocol.ts";

const TIMEOUT_MS = 15_000;

/** The emulator rejected a request. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The page's requests to its emulator. All reject with a {@link Refusal}, or when the emulator is unreachable. */
export class HomeClient {
  readonly #token = document.querySelector<HTMLMetaElement>(`meta[name="${PAGE_TOKEN_META}"]`)?.content ?? "";

  overview(after: number, signal: AbortSignal): Promise<Overview> {
    return this.#ask<Overview>(`overview?after=${after}`, { signal });
  }

  choices(): Promise<Choices> {
    return this.#ask<Choices>("choices", {});
  }

  create(fields: Readonly<Record<string, string>>): Promise<{ readonly id: string }> {
    return this.#ask<{ readonly id: string }>("conversations", { method: "POST", body: JSON.stringify(fields) });
  }

  async end(id: string): Promise<void> {
    await this.#ask(`conversations/${encodeURIComponent(id)}/end`, { method: "POST" });
  }

  async #ask<T>(path: string, { signal, ...init }: RequestInit): Promise<T> {
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`/_emulator/page/${path}`, {
      ...init,
      headers: { [PAGE_TOKEN_HEADER]: this.#token, "content-type": "application/json" },
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    const answer = (await response.json()) as T & { readonly error?: string; readonly message?: string };
    if (!response.ok) throw new Refusal(response.status, answer.error ?? answer.message ?? `status ${response.status}`);
    return answer;
  }
}
