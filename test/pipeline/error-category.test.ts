import { describe, expect, it } from "vitest";

import { type ErrorCategory, type ErrorFrame, TextFrame } from "../../src/frames/index.ts";
import { categorizeError, categorizeStatus, ServiceError } from "../../src/pipeline/index.ts";
import { settle } from "../../src/testing/virtual-clock.ts";
import { DeadlineError } from "../../src/util/errors.ts";
import { Station, chain } from "./harness.ts";

const withFields = (fields: object, message = "failed"): Error => Object.assign(new Error(message), fields);

describe("the category of an error", () => {
  it.each([
    [400, "invalidRequest"],
    [401, "authentication"],
    [402, "quota"],
    [403, "authorization"],
    [404, "invalidRequest"],
    [408, "connectivity"],
    [418, undefined],
    [422, "invalidRequest"],
    [429, "rateLimit"],
    [500, "server"],
    [503, "server"],
    [599, "server"],
    [200, undefined],
    [600, undefined],
  ] as const)("status %i is %s", (status, category) => {
    expect(categorizeStatus(status)).toBe(category);
    expect(categorizeError(withFields({ status }))).toBe(category ?? "unknown");
  });

  it.each([
    ["statusCode", { statusCode: 401 }],
    ["response.status", { response: { status: 401 } }],
    ["the cause", { cause: withFields({ status: 401 }) }],
    ["the cause of the cause", { cause: withFields({ cause: withFields({ status: 401 }) }) }],
  ])("the status is found in %s", (_where, fields) => {
    expect(categorizeError(withFields(fields))).toBe("authentication");
  });

  it("the status is found in the message of a rejected WebSocket", () => {
    expect(categorizeError(new Error("Unexpected server response: 403"))).toBe("authorization");
    expect(categorizeError(new Error("Unexpected server response: 4031"))).toBe("unknown");
  });

  it.each([
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENOTFOUND",
    "EAI_AGAIN",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_SOCKET",
  ])("%s is connectivity, also as the cause of fetch's TypeError", (code) => {
    expect(categorizeError(withFields({ code }))).toBe("connectivity");
    expect(categorizeError(new TypeError("fetch failed", { cause: withFields({ code }) }))).toBe("connectivity");
  });

  it("a host that refuses at all its addresses, a deadline and AbortSignal.timeout are connectivity", () => {
    const refused = new AggregateError([withFields({ code: "ECONNREFUSED" })], "");
    expect(categorizeError(new TypeError("fetch failed", { cause: refused }))).toBe("connectivity");
    expect(categorizeError(new DeadlineError("The answer", 10))).toBe("connectivity");
    expect(categorizeError(new DOMException("timed out", "TimeoutError"))).toBe("connectivity");
  });

  it("anything else is unknown, also an error that is its own cause", () => {
    const circular = withFields({});
    circular.cause = circular;
    for (const error of [circular, new Error("?"), undefined, "text"]) expect(categorizeError(error)).toBe("unknown");
  });
});

class Service extends Station {
  category: ErrorCategory | undefined;
  override classifyError(): ErrorCategory | undefined {
    return this.category;
  }
  settingsChanged(): void {
    this.becomeUsable();
  }
}

async function service() {
  const station = new Service();
  const line = await chain([new Station(), station]);
  const notes: string[] = [];
  station.on("usableChanged", (usable) => notes.push(`usable ${usable}`));
  station.on("error", (frame) => notes.push(`error ${frame.errorCategory}, usable ${station.usable}`));
  return { ...line, station, notes, lastError: () => line.up.at(-1) as ErrorFrame };
}

describe("pushError", () => {
  it("the caller's category precedes the processor's own classifier, and that precedes the status", async () => {
    const { station, lastError } = await service();
    const error = withFields({ status: 500 });
    station.pushError(error);
    await settle();
    expect(lastError().errorCategory).toBe("server");
    station.category = "quota";
    station.pushError(error);
    await settle();
    expect(lastError().errorCategory).toBe("quota");
    station.pushError(error, { category: "rateLimit" });
    await settle();
    expect(lastError().errorCategory).toBe("rateLimit");
  });

  it("a classifier that throws does not hide the error", async () => {
    const { station, lastError } = await service();
    station.classifyError = () => {
      throw new Error("mine");
    };
    station.pushError(withFields({ status: 402 }, "no money"));
    await settle();
    expect(lastError()).toMatchObject({ errorCategory: "quota", error: { message: "no money" } });
  });

  it("what a handler throws is classified by what it threw", async () => {
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) throw withFields({ status: 401 });
      ctx.push(frame, direction);
    });
    const { send, up } = await chain([station]);
    send(new TextFrame("a"));
    await settle();
    expect(up[0]).toMatchObject({ errorCategory: "authentication", permanent: false, processor: station.name });
    expect(station.usable).toBe(true);
  });

  it.each([400, 401, 403, 404, 422])("status %i of one request leaves the processor usable", async (status) => {
    const { station, notes, lastError } = await service();
    station.pushError(withFields({ status }));
    station.pushError(withFields({ cause: withFields({ status }) }), {});
    await settle();
    expect(lastError().permanent).toBe(false);
    expect(notes.every((note) => note.endsWith("usable true"))).toBe(true);
  });

  it("the processor's classifier can make an error permanent", async () => {
    const { station, lastError } = await service();
    station.category = "authentication";
    station.pushError(withFields({ status: 500 }));
    await settle();
    expect(lastError()).toMatchObject({ errorCategory: "authentication", permanent: true });
    expect(station.usable).toBe(false);
  });

  it.each([
    [{ category: "authentication" }, true],
    [{ category: "invalidRequest", permanent: false }, false],
    [{ category: "quota", permanent: true }, true],
    [{ category: "quota" }, false],
  ] as const)("a service's own error %o is permanent: %s, thrown or pushed", async (options, permanent) => {
    const error = new ServiceError("refused", { ...options, cause: withFields({ status: 503 }) });
    const throwing = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) throw error;
      ctx.push(frame, direction);
    });
    const { send, up } = await chain([throwing]);
    send(new TextFrame("a"));
    const { station, lastError } = await service();
    station.pushError(error);
    await settle();
    expect(up[0]).toMatchObject({ errorCategory: options.category, permanent });
    expect(lastError()).toMatchObject({ errorCategory: options.category, permanent });
    expect([throwing.usable, station.usable]).toEqual([!permanent, !permanent]);
  });

  it("the processor's classifier sees what its handler threw, not the report of it", async () => {
    const thrown = new Error("no seats left");
    class Seats extends Station {
      override classifyError(error: Error): ErrorCategory | undefined {
        return error === thrown ? "quota" : undefined;
      }
    }
    const station = new Seats((frame, direction, ctx) => {
      if (frame instanceof TextFrame) throw thrown;
      ctx.push(frame, direction);
    });
    const { send, up } = await chain([station]);
    send(new TextFrame("a"));
    await settle();
    expect(up[0]).toMatchObject({ errorCategory: "quota" });
  });

  it.each(["authentication", "authorization", "invalidRequest"] as const)(
    "%s makes the processor unusable before any listener is called, and listeners are called once",
    async (category) => {
      const { station, notes, up } = await service();
      expect(station.usable).toBe(true);
      station.pushError(new Error("no"), { category });
      station.pushError(new Error("no"), { category });
      expect(notes).toEqual(["usable false", `error ${category}, usable false`, `error ${category}, usable false`]);
      await settle();
      expect(up).toHaveLength(2);
    },
  );

  it("an error marked as permanent makes it unusable, and a passing one does not", async () => {
    const { station, notes } = await service();
    station.pushError(new Error("busy"), { category: "rateLimit" });
    station.pushError(new Error("busy"), { category: "authentication", permanent: false });
    expect(station.usable).toBe(true);
    station.pushError(new Error("gone"), { permanent: true });
    expect(station.usable).toBe(false);
    expect(notes.filter((note) => note === "usable false")).toHaveLength(1);
  });

  it("changed settings make it usable again; listeners are called once", async () => {
    const { station, notes } = await service();
    station.settingsChanged();
    station.pushError(new Error("no"), { permanent: true });
    station.settingsChanged();
    station.settingsChanged();
    expect(station.usable).toBe(true);
    expect(notes.filter((note) => note.startsWith("usable"))).toEqual(["usable false", "usable true"]);
  });
});
