import { get } from "node:http";

import { describe, expect, it } from "vitest";

import { serveApi, type ServedApi } from "./serve-api.ts";

const ORIGIN = "https://app.example.org";

/** The preflight of a browser before a request with a key and a JSON body; it carries no key. */
function preflight(served: ServedApi, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${served.apiUrl}${path}`, {
    method: "OPTIONS",
    headers: {
      origin: ORIGIN,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-api-key",
      ...headers,
    },
  });
}

function allowedOrigin(response: Response): string | null {
  return response.headers.get("access-control-allow-origin");
}

// Tavus' own browser examples call the API from the page, with the key in a header.
describe("a page of another origin", () => {
  it("may send a preflight without the key", async () => {
    await using served = await serveApi();
    const answer = await preflight(served, "/conversations");
    expect(answer.status).toBe(204);
    expect(allowedOrigin(answer)).toBe("*");
    expect(answer.headers.get("access-control-allow-headers")).toBe("content-type,x-api-key");
    const methods = answer.headers.get("access-control-allow-methods") ?? "";
    expect(methods.split(",")).toEqual(["GET", "POST", "PUT", "PATCH", "DELETE"]);
    expect(await answer.text()).toBe("");
    expect(answer.headers.get("access-control-allow-private-network")).toBeNull();
    const ofPublicPage = await preflight(served, "/pals", { "access-control-request-private-network": "true" });
    expect(ofPublicPage.headers.get("access-control-allow-private-network")).toBe("true");
  });

  it("learns nothing else from a preflight", async () => {
    await using served = await serveApi();
    const there = await preflight(served, "/pals/pipecat0");
    const nowhere = await preflight(served, "/nowhere/at/all");
    const told = (answer: Response): object =>
      Object.fromEntries([...answer.headers].filter(([name]) => name !== "date"));
    expect(told(there)).toEqual(told(nowhere));
    expect(served.state.requestLog.total).toBe(0);
  });

  it("reads answers with the key, including errors", async () => {
    await using served = await serveApi();
    for (const [method, path] of [
      ["POST", "/conversations"],
      ["GET", "/pals/p0"],
      ["GET", "/nowhere"],
    ] as const) {
      const answer = await served.request(method, path, undefined, { origin: ORIGIN });
      expect([path, allowedOrigin(answer)]).toEqual([path, "*"]);
    }
  });

  it("reads answers that a fault made", async () => {
    await using served = await serveApi();
    served.state.faults.next({ status: 429, body: { error: "slow" }, headers: { "retry-after": "2" } });
    const answer = await served.request("GET", "/pals", undefined, { origin: ORIGIN });
    expect(answer.status).toBe(429);
    expect(allowedOrigin(answer)).toBe("*");
    expect(answer.headers.get("access-control-expose-headers")).toContain("retry-after");
  });

  it("can read nothing without the key", async () => {
    await using served = await serveApi();
    for (const key of ["", "wrong"]) {
      const answer = await served.request("GET", "/pals", undefined, { origin: ORIGIN, "x-api-key": key });
      expect(answer.status).toBe(401);
      expect(allowedOrigin(answer)).toBeNull();
    }
  });
});

describe("a name that was rebound to this machine", () => {
  /** Sends a request with this host, which fetch does not allow to set. */
  function statusFor(served: ServedApi, host: string): Promise<number | undefined> {
    const headers = { host, "x-api-key": served.state.apiKey };
    return new Promise((resolve, reject) => {
      get(`${served.apiUrl}/pals`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
  }

  it.each(["evil.example", "evil.example:4747", "127.0.0.1.evil.example"])("%j is refused", async (host) => {
    await using served = await serveApi();
    expect(await statusFor(served, host)).toBe(403);
  });

  it.each(["127.0.0.1", "localhost:4747", "[::1]:4747"])("%j is this machine", async (host) => {
    await using served = await serveApi();
    expect(await statusFor(served, host)).toBe(200);
  });
});
