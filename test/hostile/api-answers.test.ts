import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";

import { afterEach, describe, expect, it } from "vitest";

import { TavusApi } from "../../src/api/index.ts";
import { silentLogger } from "../../src/util/logger.ts";

const LIMIT_BYTES = 16_777_216;

describe("an endless answer of the API", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function apiWhichAnswers(answer: (response: ServerResponse) => void): Promise<TavusApi> {
    const made = createServer((_, response) => {
      answer(response);
    });
    server = made;
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
    const apiUrl = `http://127.0.0.1:${(made.address() as AddressInfo).port}/v2`;
    return new TavusApi({ apiKey: "key", apiUrl, logger: silentLogger });
  }

  /** Writes as fast as the stream is read; returns a function that counts the bytes so far. */
  function pour(into: NodeJS.WritableStream): () => number {
    const chunk = Buffer.alloc(1_048_576, " ");
    let poured = 0;
    const more = (): void => {
      do poured += chunk.length;
      while (into.write(chunk));
    };
    into.on("drain", more);
    into.on("error", () => undefined);
    more();
    return () => poured;
  }

  it("is cut off at 16 MiB, as a bad response", async () => {
    let poured = (): number => 0;
    const api = await apiWhichAnswers((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      poured = pour(response);
    });
    await expect(api.getConversation("c1")).rejects.toMatchObject({ code: "badResponse", status: 200 });
    expect(poured()).toBeLessThan(4 * LIMIT_BYTES);
  });

  it("is cut off at 16 MiB after decompression", async () => {
    const api = await apiWhichAnswers((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      const gzip = createGzip();
      gzip.pipe(response);
      pour(gzip);
    });
    await expect(api.getConversation("c1")).rejects.toMatchObject({ code: "badResponse" });
  });
});
