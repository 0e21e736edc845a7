import { randomUUID } from "node:crypto";
import { constants, type FileHandle, open, rm, statfs } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

/** Of the sockets in a journal's folder. */
export const PRESENCE_NAME = /^\.[0-9a-f]{32}\.sock$/;

/**
 * What a socket in the folder says about the process that made it. "answers" is proof that it lives. "refuses": nobody
 * listens any more, as far as this kernel knows.
 */
export type PresenceAnswer = "answers" | "refuses" | "unknown";

/**
 * Shows other processes that this one lives: a Unix socket in the journal's folder on which it listens for as long as it
 * has entries there. The kernel closes it at the process's death, however it dies, and a socket's path means the same in
 * every container that has the folder: no process number, clock or host name has to be trusted.
 *
 * Linux only; elsewhere, and where the file system has no sockets, there is none and the process number must do.
 */
export class Presence {
  readonly #folder: string;
  readonly #entries = new Set<string>();
  #opening: Promise<OpenPresence | undefined> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The socket's name, for the entry to carry; undefined for none. Never rejects. */
  async hold(entry: string): Promise<string | undefined> {
    this.#entries.add(entry);
    this.#opening ??= openPresence(this.#folder).catch(() => undefined);
    return (await this.#opening)?.name;
  }

  /** The entry is not there any more. Harmless for one that was never held. */
  async release(entry: string): Promise<void> {
    if (!this.#entries.delete(entry) || this.#entries.size > 0) return;
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = await opening;
    opened?.server.close();
    if (opened) await rm(join(this.#folder, opened.name), { force: true });
  }
}

interface OpenPresence {
  readonly name: string;
  readonly server: Server;
}

async function openPresence(folder: string): Promise<OpenPresence | undefined> {
  if (process.platform !== "linux") return undefined;
  const name = `.${randomUUID().replaceAll("-", "")}.sock`;
  // Whoever connects has learned all there is to learn.
  const server = createServer((socket) => socket.on("error", () => undefined).destroy());
  server.unref();
  await withShortPath(folder, name, async (path) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    server.once("error", reject).once("listening", () => resolve(undefined));
    // Exclusive: in a worker of a cluster the socket would else be the primary's, and outlive the worker.
    server.listen({ path, exclusive: true });
    await promise;
  });
  server.on("error", () => undefined);
  return { name, server };
}

/** Asks the socket of that name. Never rejects. */
export async function askPresence(folder: string, name: string): Promise<PresenceAnswer> {
  if (process.platform !== "linux") return "unknown";
  try {
    return await withShortPath(folder, name, async (path) => {
      const { promise, resolve } = Promise.withResolvers<PresenceAnswer>();
      const socket = connect(path);
      socket
        .once("connect", () => resolve("answers"))
        .on("error", ({ code }: NodeJS.ErrnoException) => {
          // Too many wait to be let in: it is busy or stopped, and lives.
          if (code === "EAGAIN") resolve("answers");
          else resolve(code === "ECONNREFUSED" ? "refuses" : "unknown");
        });
      try {
        return await promise;
      } finally {
        socket.destroy();
      }
    });
  } catch {
    return "unknown";
  }
}

/** A socket's path has at most 107 bytes, and the folder's alone may have more. */
async function withShortPath<T>(folder: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    return await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle?.close();
  }
}

/**
 * Kinds of file systems that one kernel has to itself (by the magic number of statfs): ext2 to 4, XFS, Btrfs, tmpfs,
 * overlayfs, F2FS, ZFS, bcachefs. In others, such as NFS or a folder shared with a virtual machine, a socket of a living
 * process on another machine refuses as well.
 */
const ONE_KERNEL = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0xca451a4e,
]);

export async function isSingleKernelFolder(folder: string): Promise<boolean> {
  try {
    return ONE_KERNEL.has((await statfs(folder)).type);
  } catch {
    return false;
  }
}
