import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { InvalidOptionError } from "../../../src/api/index.ts";
import { failureOf } from "../clients.ts";
import { dailyWith, json, roomBody, scripted } from "./daily-clients.ts";
import { DailyServer } from "../../emulator/api/daily/daily-server.ts";

describe("DailyApi's list of rooms", () => {
  it("has every room once, newest first, whatever the page size and whatever changes meanwhile", async () => {
    const scenario = fc.record({
      rooms: fc.integer({ min: 0, max: 12 }),
      pageSize: fc.integer({ min: 1, max: 5 }),
      // After how many rooms read one is created and one is deleted.
      createAfter: fc.nat(12),
      deleteAfter: fc.nat(12),
      deleted: fc.nat(11),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ rooms, pageSize, createAfter, deleteAfter, deleted }) => {
        await using server = new DailyServer();
        const api = server.client();
        const names = Array.from({ length: rooms }, (_, index) => `r${index}`);
        for (const name of names) await api.createRoom({ name });
        const seen: string[] = [];
        for await (const { name } of api.listRooms({ pageSize })) {
          seen.push(name);
          if (seen.length === createAfter) await api.createRoom({ name: "new" });
          if (seen.length === deleteAfter) await api.deleteRoom(`r${deleted}`);
        }
        expect(new Set(seen).size).toBe(seen.length);
        const expected = names.toReversed();
        const gone = `r${deleted}`;
        expect(seen.filter((name) => name !== gone)).toEqual(expected.filter((name) => name !== gone));
      }),
      { numRuns: 60 },
    );
  });

  it("sends the cursor that Daily documents: the id of the last room", async () => {
    const body = { total_count: 3, data: [roomBody("c"), roomBody("b")] };
    const { fetch, requests } = scripted(
      () => json(body),
      () => json({ total_count: 3, data: [roomBody("a")] }),
    );
    const names = (await dailyWith(fetch).listRooms({ pageSize: 2 })).map(({ name }) => name);
    expect(names).toEqual(["c", "b", "a"]);
    expect(requests.map(({ query }) => query)).toEqual([{ limit: "2" }, { limit: "2", starting_after: "id-of-b" }]);
  });

  it("ends when the server ignores the cursor, or returns the page of others", async () => {
    const { fetch, requests } = scripted(() => json({ data: [roomBody("a"), roomBody("b")] }));
    expect(await dailyWith(fetch).listRooms()).toHaveLength(2);
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it("ends after a hundred pages", async () => {
    let count = 0;
    const { fetch, requests } = scripted(() => json({ data: [roomBody(`r${count++}`)] }));
    expect(await dailyWith(fetch).listRooms({ pageSize: 1 })).toHaveLength(100);
    expect(requests).toHaveLength(100);
  });

  it("leaves out rooms that it cannot read, and fails when it can read none", async () => {
    const some = { total_count: 2, data: [{ id: "x" }, roomBody("a")] };
    expect(await dailyWith(scripted(() => json(some)).fetch).listRooms()).toMatchObject([{ name: "a" }]);
    for (const body of [{ data: [{ id: "x" }] }, { data: "none" }, [], {}])
      {expect(await failureOf(dailyWith(scripted(() => json(body)).fetch).listRooms())).toMatchObject({
        code: "badResponse",
      });}
  });

  it.each([0, 101, 1.5])("rejects a page size of %d", (pageSize) => {
    expect(() => dailyWith(scripted().fetch).listRooms({ pageSize })).toThrow(InvalidOptionError);
  });
});
