import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { BotProcess } from "../../support/bot-process.ts";
import { tavusStage } from "../../support/tavus.ts";
import { until } from "../../support/until.ts";

const stage = tavusStage();
const script = new URL("bots/bot.ts", import.meta.url);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "journal-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A bot whose conversation outlives it: only the journal or its time limit ends it. */
function bot(): BotProcess {
  return new BotProcess(script, stage.emulator, { env: { TAVUS_JOURNAL: folder, BOT_LEFT_TIMEOUT_S: "600" } });
}

/** Ids, and "creating …" where the process does not know the id yet. */
function written(): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.map((name) => {
    const entry = JSON.parse(readFileSync(join(folder, name), "utf8")) as Record<string, string | undefined>;
    return entry.conversationId ?? `creating ${entry.conversationName ?? ""}`;
  });
}

describe("a conversation left open by a killed bot (kill -9)", () => {
  it("is ended when the next bot starts, before that bot needs its slot", async () => {
    const { tavus } = await stage.open({ maxConcurrent: 1 });
    await using first = bot();
    const orphan = await first.says(/^ready (\w+)$/m);
    first.child.kill("SIGKILL");
    await first.ended;
    expect([tavus.openConversations, tavus.endCalls(orphan), written()]).toEqual([1, 0, [orphan]]);

    await using second = bot();
    const id = await second.says(/^ready (\w+)$/m);
    expect(tavus.conversations.get(orphan)?.shutdownReason).toBe("end_conversation_endpoint_hit");
    expect([tavus.openConversations, tavus.endCalls(orphan), written()]).toEqual([1, 1, [id]]);
    expect(second.stderr).toContain("Ended a conversation that a killed bot left open");

    second.child.kill("SIGTERM");
    expect(await second.ends(6000)).toBe(143);
    expect([tavus.openConversations, tavus.endCalls(id), written()]).toEqual([0, 1, []]);
  });

  it("is distinguished from those of running bots", async () => {
    const { tavus } = await stage.open();
    await using first = bot();
    const running = await first.says(/^ready (\w+)$/m);
    await using second = bot();
    await second.says(/^ready (\w+)$/m);
    expect([tavus.openConversations, tavus.endCalls(running), written().length]).toEqual([2, 0, 2]);
    for (const one of [first, second]) {
      one.child.kill("SIGTERM");
      expect(await one.ends(6000)).toBe(143);
    }
    expect([tavus.openConversations, written()]).toEqual([0, []]);
  });

  it("whose id was not yet known is found by its name and ended", async () => {
    const { tavus } = await stage.open({ maxConcurrent: 1 });
    tavus.faults.next({ method: "POST", path: "/conversations", afterHandling: true, delayMs: 8000 });
    await using first = bot();
    await until("it is created and not answered", () => tavus.openConversations === 1, 20_000);
    first.child.kill("SIGKILL");
    await first.ended;
    const [orphan] = tavus.conversations.list();
    expect(first.stdout).toBe("");
    expect(written()).toEqual([`creating ${orphan?.name ?? "?"}`]);

    await using second = bot();
    const id = await second.says(/^ready (\w+)$/m);
    expect(orphan?.shutdownReason).toBe("end_conversation_endpoint_hit");
    expect([tavus.openConversations, tavus.endCalls(orphan?.id ?? ""), written()]).toEqual([1, 1, [id]]);
    expect(second.stderr).toContain("Ended a conversation that a killed bot left open");

    second.child.kill("SIGTERM");
    expect(await second.ends(6000)).toBe(143);
    expect([tavus.openConversations, written()]).toEqual([0, []]);
  });
});
