import { randomUUID } from "node:crypto";
import { constants, type FileHandle, open, rm, statfs } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

/** The names of sockets in a journal's folder. */
export const PRESENCE_NAME = /^\.[0-9a-f]{32}\.sock$/;

/**
 * What a socket in the folder shows about the process that created it. "answers" proves that it is alive. "refuses": as
 * far as this kernel knows, no process is listening any more.
 */
export type PresenceAnswer = "answers" | "refuses" | "unknown";

/**
 * Shows other processes that this one is alive: it listens on a Unix socket in the journal's folder for as long as it
 * has entries there. The kernel closes the socket when the process dies, however it dies, and the path of a socket has
 * the same meaning in every container that mounts the folder. So no process id, clock or host name has to be trusted.
 *
 * Linux only. On other systems, and on file systems without sockets, the journal relies on process ids.
 */
export class Presence {
  readonly #folder: string;
  readonly #entries = new Set<string>();
  #opening: Promise<OpenPresence | undefined> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Keeps the socket open for an entry. Resolves to its name, which the entry records; undefined for none. Never
   * rejects.
   */
  async hold(entry: string): Promise<string | undefined> {
    this.#entries.add(entry);
    this.#opening ??= openPresence(this.#folder).catch(() => undefined);
    return (await this.#opening)?.name;
  }

  /** Closes the socket after its last entry is released. Does nothing for an entry that was never held. */
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
  // A successful connection already answers the question.
  const server = createServer((socket) => socket.on("error", () => undefined).destroy());
  server.unref();
  await withShortPath(folder, name, async (path) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    server.once("error", reject).once("listening", () => resolve(undefined));
    // Exclusive: in a cluster worker, the socket would otherwise belong to the primary process and outlive the worker.
    server.listen({ path, exclusive: true });
    await promise;
  });
  server.on("error", () => undefined);
  return { name, server };
}

/** Connects to the socket of that name to see whether its process is alive. Never rejects. */
export async function askPresence(folder: string, name: string): Promise<PresenceAnswer> {
  if (process.platform !== "linux") return "unknown";
  try {
    return await withShortPath(folder, name, async (path) => {
      const { promise, resolve } = Promise.withResolvers<PresenceAnswer>();
      const socket = connect(path);
      socket
        .once("connect", () => resolve("answers"))
        .on("error", ({ code }: NodeJS.ErrnoException) => {
          // Too many connections are waiting: the process is busy or stopped, so it is alive.
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

/** Shortens the path of a socket, which may have at most 107 bytes; the path of the folder alone may be longer. */
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
 * File systems that only one kernel uses, by the magic number of statfs: ext2 to 4, XFS, Btrfs, tmpfs, overlayfs, F2FS,
 * ZFS, bcachefs. On others, such as NFS or a folder shared with a virtual machine, the socket of a live process on
 * another machine refuses connections too.
 */
const ONE_KERNEL = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0xca451a4e,
]);

/** Whether only this kernel uses the file system of a folder. */
export async function isSingleKernelFolder(folder: string): Promise<boolean> {
  try {
    return ONE_KERNEL.has((await statfs(folder)).type);
  } catch {
    return false;
  }
}
