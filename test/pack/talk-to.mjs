// `node talk-to.mjs ROOM_URL`: a user who joins, says something, hears the pal speak, and leaves with a friend. Runs in a project that
// has only the packed tarball installed (scripts/check-pack.mjs).
import { createDailyCall } from "tavus-transport";

const RATE = 16_000;
const DEADLINE_MS = 60_000; // CI may be slow; a bot usually answers within 5 s.
const LOUD = 2_000;
const [url] = process.argv.slice(2);

async function until(what, look) {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const user = await createDailyCall({ url });
const friend = await createDailyCall({ url });
try {
  await user.join({ url, userName: "User" });
  const pal = await until("the user sees the pal", () =>
    [...user.participants().values()].find(({ userId }) => userId.includes("tavus")),
  );
  let heard = 0;
  await user.captureAudio(pal.sessionId, "microphone", { sampleRate: RATE }, ({ pcm }) => {
    for (const sample of pcm) heard = Math.max(heard, Math.abs(sample));
  });
  const microphone = await user.publishAudio("microphone", { sampleRate: RATE });
  microphone.write(Int16Array.from({ length: RATE }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 440 * i) / RATE)));
  // A bot that greets whoever comes may have done so before the user could listen; it greets a friend as well.
  await friend.join({ url, userName: "Friend" });
  await until("the user hears the pal", () => heard > LOUD);
} finally {
  await Promise.all([user.close(), friend.close()]);
}
