import { describe, expect, it } from "vitest";

import { type PrioritySystem, raiseMediaPriority } from "../../../src/transport/daily/media-priority.ts";

const failure = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

/** A system that writes down what it is asked for, with a process 70 of the threads 70 and 71 that leads a session. */
function system(change: Partial<PrioritySystem> = {}) {
  const asked: string[] = [];
  const fake: PrioritySystem = {
    platform: "linux",
    setPriority: (id, nice) => void asked.push(`nice ${id} ${nice}`),
    threads: (session) => Promise.resolve(session === 70 ? [70, 71] : []),
    setSessionNice: (session, nice) => Promise.resolve(void asked.push(`session ${session} ${nice}`)),
    makeRealtime: (id) => Promise.resolve(void asked.push(`realtime ${id}`)),
    ...change,
  };
  return { asked, raise: (priority: "normal" | "high" | "realtime") => raiseMediaPriority(70, priority, fake) };
}

describe("the priority of the media", () => {
  it("is left alone when it is normal", async () => {
    const { asked, raise } = system();
    expect(await raise("normal")).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("is that of all threads and of their session when it is high", async () => {
    const { asked, raise } = system();
    expect(await raise("high")).toBeUndefined();
    expect(asked).toEqual(["session 70 -10", "nice 70 -10", "nice 71 -10"]);
  });

  it("is real-time on top of that", async () => {
    const { asked, raise } = system();
    expect(await raise("realtime")).toBeUndefined();
    expect(asked).toEqual(["session 70 -10", "nice 70 -10", "nice 71 -10", "realtime 70"]);
  });

  it("needs no groups of sessions, and no thread that has ended meanwhile", async () => {
    const asked: number[] = [];
    const { raise } = system({
      setSessionNice: () => Promise.reject(failure("ENOENT")),
      setPriority: (id) => {
        // As Node reports it.
        if (id === 70)
          throw Object.assign(new Error("A system error"), { code: "ERR_SYSTEM_ERROR", info: failure("ESRCH") });
        asked.push(id);
      },
    });
    expect(await raise("high")).toBeUndefined();
    expect(asked).toEqual([71]);
  });

  it.each([
    ["groups of sessions", { setSessionNice: () => Promise.reject(failure("EPERM")) }],
    [
      "threads",
      {
        setPriority: () => {
          throw failure("EACCES");
        },
      },
    ],
    ["real-time threads", { makeRealtime: () => Promise.reject(failure("EPERM")) }],
    ["real-time threads, for lack of chrt", { makeRealtime: () => Promise.reject(failure("ENOENT")) }],
  ])("that is not permitted for %s is a warning, with what to do", async (_what, change: Partial<PrioritySystem>) => {
    const problem = await system(change).raise("realtime");
    expect(problem).toMatch(/without the priority "realtime": E\w+: no\. In a container add the capability SYS_NICE/);
  });

  it("is that of the process where threads have none, and never real-time there", async () => {
    const { asked, raise } = system({ platform: "win32" });
    expect(await raise("high")).toBeUndefined();
    expect(await raise("realtime")).toBe('The media runs with the priority "high": "realtime" is for Linux.');
    expect(asked).toEqual(["nice 70 -10", "nice 70 -10"]);
  });
});
