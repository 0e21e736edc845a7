// In a project without the emulator's web server, as `npm install --omit=optional` leaves it (scripts/check-pack.mjs): a bot's
// modules load, and the emulator says what it misses.
import "tavus-transport";
import "tavus-transport/api";
import { startEmulator } from "tavus-transport/emulator";

const error = await startEmulator().then(
  () => undefined,
  (thrown) => thrown,
);
if (error?.name !== "MissingPackageError" || !error.packages.includes("hono")) throw error ?? new Error("It started.");
