import { afterEach, describe, expect, it, vi } from "vitest";

import { consoleLogger, silentLogger, type Logger } from "../../src/util/logger.ts";
import { safeLogger } from "../../src/util/safe-logger.ts";
import { TestLogger } from "../transport/frames.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

function throwing(thrown: unknown): Logger {
  const log = (): void => {
    throw thrown;
  };
  return { debug: log, info: log, warn: log, error: log };
}

function reportedLines(): string[] {
  const lines: string[] = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => lines.push(line));
  return lines;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a guarded logger", () => {
  it.each([
    ["throws", throwing(new Error("no disk"))],
    ["throws what is no error", throwing(undefined)],
    ["lacks its methods", {} as Logger],
  ])("stops nothing when the application's %s, and reports it once", (_what, logger) => {
    const reported = reportedLines();
    for (const level of LEVELS) safeLogger(logger)[level]("a line", { secret: "k" });
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatch(/logger's "debug" failed/);
    expect(reported[0]).not.toContain("secret");
  });

  it("leaves no unhandled rejection of an asynchronous logger", async () => {
    const reported = reportedLines();
    const unhandled: unknown[] = [];
    const note = (thrown: unknown): void => void unhandled.push(thrown);
    process.on("unhandledRejection", note);
    // As an application may have it that looks at no types.
    const log = (() => Promise.reject(new Error("no network"))) as () => void;
    safeLogger({ debug: log, info: log, warn: log, error: log }).warn("a line");
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", note);
    expect([unhandled, reported.length]).toEqual([[], 1]);
  });

  it("stops nothing when standard error itself fails", () => {
    vi.spyOn(console, "error").mockImplementation(() => {
      throw new Error("EPIPE");
    });
    expect(() => safeLogger(consoleLogger).error("a line")).not.toThrow();
  });

  it("passes lines on as they are, as methods of the logger", () => {
    const logger = new TestLogger();
    safeLogger(logger).warn("with", { a: 1 });
    safeLogger(logger).info("without");
    expect(logger.lines).toEqual([
      { level: "warn", message: "with", fields: { a: 1 } },
      { level: "info", message: "without", fields: undefined },
    ]);
  });

  it("is the same for the same logger, and for a guard itself", () => {
    const guard = safeLogger(silentLogger);
    expect(safeLogger(silentLogger)).toBe(guard);
    expect(safeLogger(guard)).toBe(guard);
    expect(safeLogger()).toBe(safeLogger(consoleLogger));
  });
});
