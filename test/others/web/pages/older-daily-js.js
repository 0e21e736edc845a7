// daily-js before bundlePathOverride, as Tavus' example applications still pin it.
import Daily from "daily-js-0.84";

window.older = {
  version: Daily.version(),
  async join(url, callObjectBundleUrlOverride) {
    const call = Daily.createCallObject({ dailyConfig: { callObjectBundleUrlOverride } });
    window.older.call = call;
    await call.join({ url, userName: "Older" });
  },
  /** Joins as Tavus' recording example does: with only the room's URL. */
  async frame(url) {
    const call = Daily.createFrame(document.getElementById("root"), { showLeaveButton: true });
    await call.join({ url });
    call.startRecording({ recordingType: "cloud" });
    await new Promise((resolve) => call.once("recording-started", resolve));
    call.stopRecording();
    await new Promise((resolve) => call.once("recording-stopped", resolve));
    await call.leave();
  },
};
