import { rounded } from "../lib/time.ts";
import type { ChaosReport, Sample } from "./run.ts";

type Gauge = "rssMb" | "heapMb" | "handles" | "files" | "threads" | "treePssMb" | "emulatorRssMb";

/**
 * Counts samples in calls only; the value after the last call shows whether the end of a call releases everything. The
 * value at half time is there because Node warms up.
 */
function growth(samples: readonly Sample[], gauge: Gauge): string {
  const values = samples.filter(({ inCall }) => inCall).map((sample) => sample[gauge] ?? 0);
  const after = samples.findLast(({ inCall }) => !inCall)?.[gauge] ?? 0;
  const half = values[Math.floor(values.length / 2)] ?? 0;
  return `${values[0] ?? 0} at first, ${half} at half time, ${values.at(-1) ?? 0} at the end, ${Math.max(...values)} at most; ${after} after the last call`;
}

export function asText(report: ChaosReport): string {
  const { runtime, delivery, seed, lastedS, calls, verdict, samples, concealedMs, refused, ok } = report;
  const { rounds, utterances, words, interruptions } = verdict;
  const load = Math.max(...samples.map(({ load1 }) => load1));
  const lines = [
    `Chaos, ${runtime}, by ${delivery}, seed ${seed}: ${Math.round(lastedS / 6) / 10} min, ${calls} calls, ${rounds} rounds`,
    `said           ${utterances} utterances, ${words} words; ${interruptions} interruptions`,
    `lost           ${verdict.lostWords} words of utterances that were not interrupted, ${verdict.lostInterruptions} interruptions, ${refused} frames refused`,
    `old audio      ${verdict.oldAudioMs} ms, ${verdict.oldAudioOnSlowWayMs} of it when the transit time to the pal exceeded the pal's wait`,
    `truth          ${verdict.overclaimedWords} words reported as heard before the pal began them (at most ${verdict.overclaimedMost} at once), ${verdict.unclaimedWords} heard and not reported, ${verdict.unreportedWords} of whole utterances not reported`,
    `dropouts       ${verdict.dropoutMs} ms of silence inside utterances; ${concealedMs} ms concealed by the pal's jitter buffer`,
    `RSS, MB        ${growth(samples, "rssMb")}`,
    `heap, MB       ${growth(samples, "heapMb")}`,
    `all PSS, MB    ${growth(samples, "treePssMb")}`,
    `emulator, MB   ${growth(samples, "emulatorRssMb")}`,
    `handles        ${growth(samples, "handles")}`,
    `files          ${growth(samples, "files")}`,
    `threads        ${growth(samples, "threads")}`,
    `machine        load at most ${rounded(load, 2)}, ${report.cpuCount} cores, Node ${report.node}`,
  ];
  for (const loss of verdict.losses.slice(0, 10)) {
    const { utterance, round, kind, lostWords, heardMs } = loss;
    lines.push(
      `  lost: round ${round} (${kind}), utterance ${utterance}, words ${lostWords.join(" ")}; heard ms ${heardMs.join(" ")}`,
    );
  }
  for (const { utterance, round, afterMs, wayMs } of verdict.oldAudio.slice(0, 10)) {
    lines.push(
      `  old: round ${round}, utterance ${utterance}, ${afterMs} ms after the interruption arrived; transit ${wayMs} ms`,
    );
  }
  return [...lines, ok ? "Nothing lost, nothing old." : "FAILED"].join("\n");
}
