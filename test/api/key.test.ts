import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";

import { DEFAULT_API_URL } from "../../src/api/config.ts";
import { TavusApi, TavusKeyError } from "../../src/api/index.ts";
import { consoleLogger, type Logger } from "../../src/util/logger.ts";
import { clientWith, failureOf } from "./clients.ts";

const KEY = "tvs-0123456789abcdef";

afterEach(() => {
  vi.unstubAllEnvs();
});

function everything(value: unknown): string {
  return [inspect(value, { depth: 10, showHidden: true, getters: true }), JSON.stringify(value), String(value)].join(
    "\n",
  );
}

describe("the API key", () => {
  it("is in no error, log, URL or inspection, even when a server or a fetch returns it", async () => {
    const logged: unknown[] = [];
    const log = (...what: unknown[]): number => logged.push(what);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const urls: string[] = [];
    const answers = [
      () => Response.json({ message: `bad key ${KEY}` }, { status: 401 }),
      () => new Response(`<html>${KEY}</html>`, { status: 200 }),
      () => Response.json({ pal_id: KEY.repeat(50) }),
      () => {
        throw Object.assign(new TypeError(`failed with ${KEY}`), {
          config: { headers: { "x-api-key": KEY } },
          cause: Object.assign(new Error(`header ${KEY}`), { code: "ECONNREFUSED", headers: { key: KEY } }),
        });
      },
    ];
    for (const answer of answers) {
      const api = clientWith(
        async (url) => {
          urls.push(url);
          return answer();
        },
        { apiKey: KEY, logger },
      );
      for (const call of [() => api.getPal("p1"), () => api.createConversation(), () => api.getConversation("c1")]) {
        const error = await failureOf(call());
        expect(everything(error)).not.toContain(KEY);
        expect((error as Error).stack).not.toContain(KEY);
      }
      expect(everything(api)).not.toContain(KEY);
    }
    expect(logged.length).toBeGreaterThan(0);
    expect(everything(logged)).not.toContain(KEY);
    expect(urls.join()).not.toContain(KEY);
  });

  it("and other secrets (meeting tokens, the keys in a PAL's layers) are in no error", async () => {
    const secrets = {
      meeting_token: "jwt-of-the-room",
      layers: { llm: { api_key: "sk-of-the-llm", token: 'quoted"sk-of-the-rest', tools: [] } },
    };
    for (const answer of [
      () => Response.json({ conversation_url: "not a url", ...secrets }),
      () => Response.json({ conversation_url: "not a url", ...secrets }, { status: 400 }),
      () => Response.json(secrets, { status: 302 }),
    ]) {
      const error = await failureOf(clientWith(async () => answer()).getConversation("c1"));
      expect(everything(error)).not.toMatch(/jwt-of-the-room|sk-of-the/);
    }
  });

  it("is taken from the option, else from TAVUS_API_KEY, and trimmed", async () => {
    const keys: unknown[] = [];
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      keys.push((init.headers as Record<string, string>)["x-api-key"]);
      return new Response();
    };
    vi.stubEnv("TAVUS_API_KEY", " from-env\n");
    await new TavusApi({ fetch }).endConversation("c1");
    await new TavusApi({ fetch, apiKey: "from-option" }).endConversation("c1");
    expect(keys).toEqual(["from-env", "from-option"]);
  });

  it("is an error with the next steps when it is missing", () => {
    vi.stubEnv("TAVUS_API_KEY", "");
    expect(() => new TavusApi()).toThrow(TavusKeyError);
    expect(() => new TavusApi()).toThrow(/TAVUS_API_KEY.*emulator/);
  });

  it("is rejected without being quoted when no header can carry it", () => {
    const make = (): TavusApi => new TavusApi({ apiKey: "sec\nret" });
    expect(make).toThrow(/apiKey/);
    expect(make).not.toThrow(/sec|ret\b/);
  });
});

describe("the API's URL", () => {
  async function urlOf(apiUrl?: string): Promise<string> {
    let seen = "";
    const fetch = async (url: string): Promise<Response> => {
      seen = url;
      return new Response();
    };
    await new TavusApi({ apiKey: KEY, fetch, ...(apiUrl === undefined ? {} : { apiUrl }) }).endConversation("c1");
    return seen.replace("/conversations/c1/end", "");
  }

  it("is taken from the option, else from TAVUS_API_URL, else is Tavus' own", async () => {
    expect(await urlOf()).toBe(DEFAULT_API_URL);
    vi.stubEnv("TAVUS_API_URL", "http://127.0.0.1:1234/v2/");
    expect(await urlOf()).toBe("http://127.0.0.1:1234/v2");
    expect(await urlOf("https://other.test/v2")).toBe("https://other.test/v2");
  });

  it.each(["nonsense", "ftp://a.test", "https://user:pass@a.test/v2", "https://a.test/v2?key=1"])(
    "rejects %s",
    (apiUrl) => {
      expect(() => new TavusApi({ apiKey: KEY, apiUrl })).toThrow(/apiUrl/);
    },
  );

  it("causes a warning without https, except on this machine", () => {
    const warn = vi.fn();
    const logger = { ...consoleLogger, warn };
    for (const apiUrl of ["http://127.0.0.1:1/v2", "http://localhost:1/v2", "http://[::1]:1/v2", "https://a.test/v2"])
      new TavusApi({ apiKey: KEY, apiUrl, logger });
    expect(warn).not.toHaveBeenCalled();
    new TavusApi({ apiKey: KEY, apiUrl: "http://a.test/v2", logger });
    expect(warn).toHaveBeenCalledOnce();
  });
});
