export { createTavusApp } from "./app.ts";
export { createDailyApp } from "./daily/daily-app.ts";
export type { DailyState } from "./daily/daily-state.ts";
