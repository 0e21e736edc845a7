import { once } from "node:events";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "tavus-transport-browser-";
/** A socket that the owner of a folder listens on. The kernel closes it when the owner dies, in whatever way. */
const OWNER_SOCKET = "owner.sock";
/** A folder this young may belong to a process that does not listen yet. */
const YOUNGEST_SWEPT_MS = 60_000;
const MOST_SWEPT = 100;

/** A temporary folder for one browser: its profile and whatever the browser driver writes. */
export interface BrowserFolder {
  readonly path: string;
  /** Deletes the folder. Never rejects: what remains is swept by a later start. */
  remove(): Promise<void>;
}

/** Makes the folder for a browser, owned by this process. */
export async function makeBrowserFolder(): Promise<BrowserFolder> {
  const path = await mkdtemp(join(tmpdir(), PREFIX));
  const owner = createServer((socket) => socket.destroy());
  // Windows has no sockets in folders; folders there stay until the system tidies up.
  if (process.platform !== "win32") {
    owner.on("error", () => undefined);
    // Without a socket (too long a path, or a file system without sockets) the folder works, and is never swept.
    await new Promise((resolve) =>
      owner.once("error", resolve).listen(join(path, OWNER_SOCKET), () => resolve(undefined)),
    );
    owner.unref();
  }
  return {
    path,
    remove: async () => {
      owner.close();
      // A browser that was killed has children that still write for a moment.
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => undefined);
    },
  };
}

/**
 * Deletes the folders whose owners are gone: a process that is killed (SIGKILL, out of memory) cannot delete its own.
 * Never rejects.
 */
export async function sweepBrowserFolders(nowWallMs: number, folder = tmpdir()): Promise<void> {
  if (process.platform === "win32") return;
  const names = await readdir(folder).catch((): string[] => []);
  const ours = names.filter((name) => name.startsWith(PREFIX)).slice(0, MOST_SWEPT);
  await Promise.all(
    ours.map(async (name) => {
      const path = join(folder, name);
      try {
        const stats = await lstat(path);
        const isOldAndOurs = stats.uid === process.getuid?.() && nowWallMs - stats.mtimeMs > YOUNGEST_SWEPT_MS;
        if (!stats.isDirectory() || !isOldAndOurs || (await hasOwner(path))) return;
        await rm(path, { recursive: true, force: true });
      } catch {
        // Another process was faster, or the folder is not ours to delete.
      }
    }),
  );
}

/** Whether a living process may own the folder: only a socket that refuses proves that none does. */
async function hasOwner(path: string): Promise<boolean> {
  const socket = connect(join(path, OWNER_SOCKET));
  try {
    await once(socket, "connect");
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
