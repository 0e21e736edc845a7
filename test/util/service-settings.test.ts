import { describe, expect, it, test } from "vitest";

import { InvalidOptionError } from "../../src/util/errors.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { resolveServiceKey } from "../../src/util/service-key.ts";
import { checkServiceUrl } from "../../src/util/service-url.ts";

const SERVICE = { service: "DeepgramSTTService", variable: "DEEPGRAM_API_KEY" };

describe("the key of a service", () => {
  it("is the option, else the vendor's variable, without white space around it", () => {
    expect(resolveServiceKey(" from-option ", SERVICE, { DEEPGRAM_API_KEY: "from-environment" })).toBe("from-option");
    expect(resolveServiceKey(undefined, SERVICE, { DEEPGRAM_API_KEY: "from-environment\n" })).toBe("from-environment");
  });

  it.each([undefined, "", "  "])("that is missing (%j) names the option and the variable", (key) => {
    expect(() => resolveServiceKey(key, SERVICE, {})).toThrow(
      "apiKey: is required for DeepgramSTTService. Set DEEPGRAM_API_KEY, or pass apiKey.",
    );
  });

  it("that cannot be sent in a header is refused without being quoted", () => {
    for (const key of ["two words", "clé", "a\nb"]) {
      const resolve = (): string => resolveServiceKey(key, SERVICE, {});
      expect(resolve).toThrow(InvalidOptionError);
      expect(resolve).not.toThrow(key);
    }
  });
});

const RULE = { name: "Deepgram", field: "baseUrl", defaultUrl: "wss://api.deepgram.com" };

describe("the URL of a service", () => {
  it("is the default when none is given, and has no trailing slash", () => {
    expect(checkServiceUrl(undefined, RULE, silentLogger)).toBe("wss://api.deepgram.com");
    expect(checkServiceUrl(" ", RULE, silentLogger)).toBe("wss://api.deepgram.com");
    expect(checkServiceUrl("wss://eu.deepgram.com/base//", RULE, silentLogger)).toBe("wss://eu.deepgram.com/base");
  });

  it.each(["https://api.deepgram.com", "not a url", "wss://me:secret@host", "wss://host?key=secret", "wss://host#x"])(
    "that is not a plain WebSocket URL (%s) is refused by its option's name and without being quoted",
    (url) => {
      const check = (): string => checkServiceUrl(url, RULE, silentLogger);
      expect(check).toThrow(/^baseUrl: must /);
      expect(check).not.toThrow("secret");
    },
  );

  test.each([
    ["ws://example.com", 1],
    ["ws://127.0.0.1:9", 0],
    ["ws://localhost:9", 0],
    ["wss://example.com", 0],
  ])("of %s causes %i warnings that the key is sent unencrypted", (url, warnings) => {
    const seen: string[] = [];
    checkServiceUrl(url, RULE, { ...silentLogger, warn: (message) => seen.push(message) });
    expect(seen).toHaveLength(warnings);
  });
});
