export { createTavusApp } from "./app.ts";
