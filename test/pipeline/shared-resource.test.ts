import { describe, expect, it } from "vitest";

import { SharedResource } from "../../src/pipeline/index.ts";
import { settle } from "../../src/testing/virtual-clock.ts";
import { gate } from "./harness.ts";

const [input, output, video] = [{}, {}, {}];

/** A resource whose builds are numbered and wait for a gate; notes what is done to it. */
function connection(options: { readonly fails?: boolean } = {}) {
  const notes: string[] = [];
  const build = gate();
  const tearDown = gate();
  let built = 0;
  const resource = new SharedResource<string>(
    async () => {
      built += 1;
      const name = `connection ${built}`;
      notes.push(`build ${name}`);
      await build.opened;
      if (options.fails) throw new Error("no network");
      return name;
    },
    async (name) => {
      notes.push(`tear down ${name}`);
      await tearDown.opened;
    },
  );
  return { resource, notes, build, tearDown };
}

describe("acquire", () => {
  it("[39] only the first owner builds; later owners wait for it and get the same", async () => {
    const { resource, notes, build } = connection();
    const got: string[] = [];
    void resource.acquire(input).then((name) => got.push(`input ${name}`));
    void resource.acquire(output).then((name) => got.push(`output ${name}`));
    await settle();
    expect([notes, got]).toEqual([["build connection 1"], []]);
    build.open();
    await settle();
    expect(got).toEqual(["input connection 1", "output connection 1"]);
    expect(await resource.acquire(video)).toBe("connection 1");
    expect(notes).toEqual(["build connection 1"]);
    expect(resource.owners).toBe(3);
  });

  it("[41] a failed build is reported to every owner, current and later, and is not tried again", async () => {
    const { resource, notes, build } = connection({ fails: true });
    const owners = [resource.acquire(input), resource.acquire(output)];
    build.open();
    for (const outcome of await Promise.allSettled(owners)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { message: "no network" } });
    }
    await expect(resource.acquire(video)).rejects.toThrow("no network");
    await expect(resource.acquire(input)).rejects.toThrow("no network");
    expect(notes).toEqual(["build connection 1"]);
  });

  it("[41] after a failed build nothing is torn down, and owners count for nothing", async () => {
    const { resource, notes, build } = connection({ fails: true });
    const acquired = resource.acquire(input);
    build.open();
    await expect(acquired).rejects.toThrow();
    expect(resource.owners).toBe(0);
    await resource.release(input);
    expect(notes).toEqual(["build connection 1"]);
  });

  it("[41] who asks anew while an abandoned build fails gets that failure, not a second build", async () => {
    const { resource, notes, build } = connection({ fails: true });
    const abandoned = resource.acquire(input);
    void resource.release(input);
    const next = resource.acquire(output);
    build.open();
    await expect(abandoned).rejects.toThrow("no network");
    await expect(next).rejects.toThrow("no network");
    expect(notes).toEqual(["build connection 1"]);
  });
});

describe("release", () => {
  it("[40] only the last owner tears down, and waits for it", async () => {
    const { resource, notes, build, tearDown } = connection();
    build.open();
    await Promise.all([resource.acquire(input), resource.acquire(output)]);
    await resource.release(input);
    expect(notes).toEqual(["build connection 1"]);
    let released = false;
    const last = resource.release(output).then(() => {
      released = true;
    });
    await settle();
    expect(notes).toEqual(["build connection 1", "tear down connection 1"]);
    expect(released).toBe(false);
    tearDown.open();
    await last;
  });

  it("[40] an extra release is harmless, also by one who never had it", async () => {
    const { resource, notes, build, tearDown } = connection();
    build.open();
    tearDown.open();
    await resource.release(input);
    await Promise.all([resource.acquire(input), resource.acquire(output)]);
    await resource.release(input);
    await resource.release(input);
    await resource.release(video);
    expect(notes).toEqual(["build connection 1"]);
    await resource.release(output);
    await resource.release(output);
    expect(notes).toEqual(["build connection 1", "tear down connection 1"]);
  });

  it("[40] an owner counts once, however often it acquires", async () => {
    const { resource, notes, build, tearDown } = connection();
    build.open();
    tearDown.open();
    await resource.acquire(input);
    await resource.acquire(input);
    await resource.release(input);
    expect(notes).toHaveLength(2);
  });

  it("[40] a release during the build tears down what it brings", async () => {
    const { resource, notes, build, tearDown } = connection();
    void resource.acquire(input);
    const released = resource.release(input);
    await settle();
    expect(notes).toEqual(["build connection 1"]);
    build.open();
    tearDown.open();
    await released;
    expect(notes).toEqual(["build connection 1", "tear down connection 1"]);
  });

  it("a teardown that fails rejects the last release, and the resource can be had again", async () => {
    const resource = new SharedResource(
      () => Promise.resolve("it"),
      () => Promise.reject(new Error("stuck")),
    );
    await resource.acquire(input);
    await expect(resource.release(input)).rejects.toThrow("stuck");
    expect(await resource.acquire(input)).toBe("it");
  });
});

it("[42] it can be acquired again after a full release, once the teardown is through", async () => {
  const { resource, notes, build, tearDown } = connection();
  build.open();
  await resource.acquire(input);
  void resource.release(input);
  const again = resource.acquire(output);
  await settle();
  expect(notes).toEqual(["build connection 1", "tear down connection 1"]);
  tearDown.open();
  expect(await again).toBe("connection 2");
});

it("[42] different resources are counted separately", async () => {
  const [one, two] = [connection(), connection()];
  for (const { build, tearDown } of [one, two]) {
    build.open();
    tearDown.open();
  }
  await one.resource.acquire(input);
  await two.resource.acquire(input);
  await one.resource.release(input);
  expect(one.notes).toHaveLength(2);
  expect(two.notes).toHaveLength(1);
});
