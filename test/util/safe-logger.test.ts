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
    ["throws a value that is not an error", throwing(undefined)],
    ["lacks its methods", {} as Logger],
  ])("never throws when the application's logger %s, and reports it once", (_what, logger) => {
    const reported = reportedLines();
    for (const level of LEVELS) safeLogger(logger)[level]("a line", { secret: "k" });
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatch(/logger's "debug" failed/);
    expect(reported[0]).not.toContain("secret");
  });

  it("leaves no rejection of an asynchronous logger unhandled", async () => {
    const reported = reportedLines();
    const unhandled: unknown[] = [];
    const note = (thrown: unknown): void => void unhandled.push(thrown);
    process.on("unhandledRejection", note);
    // An application that does not check types may pass such a logger.
    const log = (() => Promise.reject(new Error("no network"))) as () => void;
    safeLogger({ debug: log, info: log, warn: log, error: log }).warn("a line");
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", note);
    expect([unhandled, reported.length]).toEqual([[], 1]);
  });

  it("never throws when standard error itself fails", () => {
    vi.spyOn(console, "error").mockImplementation(() => {
      throw new Error("EPIPE");
    });
    expect(() => safeLogger(consoleLogger).error("a line")).not.toThrow();
  });

  it("passes lines on unchanged, calling the logger's own methods", () => {
    const logger = new TestLogger();
    safeLogger(logger).warn("with", { a: 1 });
    safeLogger(logger).info("without");
    expect(logger.lines).toEqual([
      { level: "warn", message: "with", fields: { a: 1 } },
      { level: "info", message: "without", fields: undefined },
    ]);
  });

  it("exists once per logger, and is its own guard", () => {
    const guard = safeLogger(silentLogger);
    expect(safeLogger(silentLogger)).toBe(guard);
    expect(safeLogger(guard)).toBe(guard);
    expect(safeLogger()).toBe(safeLogger(consoleLogger));
  });
});
