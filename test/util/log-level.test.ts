import { describe, expect, it } from "vitest";

import { readLogLevel } from "../../src/util/log-level.ts";
import { formatLogLine } from "../../src/util/log-line.ts";
import { createLineLogger, type Logger } from "../../src/util/logger.ts";
import { toPlace, withoutQueries } from "../../src/util/url-text.ts";

describe("TAVUS_TRANSPORT_LOG", () => {
  it.each([
    [undefined, "warn"],
    ["", "warn"],
    ["debug", "debug"],
    [" INFO ", "info"],
    ["error", "error"],
    ["off", "off"],
  ])("%j is level %s", (value, level) => {
    expect(readLogLevel({ TAVUS_TRANSPORT_LOG: value })).toEqual({ level });
  });

  it("an unknown value is a problem that names the rule, and leaves the default", () => {
    const { level, problem } = readLogLevel({ TAVUS_TRANSPORT_LOG: "verbose" });
    expect(level).toBe("warn");
    expect(problem).toBe(
      "TAVUS_TRANSPORT_LOG: must be one of debug, info, warn, error, off; logging warnings and errors.",
    );
  });
});

describe("a line logger", () => {
  const severities = ["debug", "info", "warn", "error"] as const;

  it.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["off", []],
  ] as const)("at %s writes %j", (level, written) => {
    const seen: (keyof Logger)[] = [];
    const logger = createLineLogger(level, (_line, severity) => seen.push(severity));
    for (const severity of severities) logger[severity]("a line");
    expect(seen).toEqual(written);
  });

  it("does not even read the fields of a line below its level", () => {
    const fields = {
      get expensive(): string {
        throw new Error("read");
      },
    };
    expect(() => createLineLogger("warn", () => undefined).debug("a line", fields)).not.toThrow();
  });
});

describe("a log line", () => {
  it("is the message and its fields, quoted where they are not plain", () => {
    expect(formatLogLine("Joined.", { room: "tavus.daily.co/c1", tookMs: 8, name: "Ada L.", none: undefined })).toBe(
      'Joined. room=tavus.daily.co/c1 tookMs=8 name="Ada L."',
    );
  });

  it("stays one line, whatever other people write", () => {
    const line = formatLogLine("Said.", { text: "a\nb\u001b[2J\u009b2J\u2028c" });
    expect(line).toBe('Said. text="a\\nb\\u001b[2J\\u009b2J\\u2028c"');
  });

  it("has the message of an error, and its stack below", () => {
    const [first, ...stack] = formatLogLine("Failed.", { error: new Error("no disk") }).split("\n");
    expect(first).toBe('Failed. error="no disk"');
    expect(stack[0]).toBe("Error: no disk");
  });

  it("survives what cannot be shown", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(formatLogLine("Odd.", { cyclic, big: 1n })).toBe('Odd. cyclic="(cannot be shown)" big="(cannot be shown)"');
  });
});

describe("URLs in logs", () => {
  it("are host and path alone", () => {
    expect(toPlace("https://user:pass@tavus.daily.co/c1?t=secret#x")).toBe("tavus.daily.co/c1");
    expect(toPlace("nonsense")).toBe("(no URL)");
  });

  it("lose their queries inside a text", () => {
    expect(withoutQueries("left https://a.daily.co/c1?t=secret&x=1, then wss://b/c#frag.")).toBe(
      "left https://a.daily.co/c1 then wss://b/c",
    );
  });
});
