export * from "./audio.ts";
export * from "./control.ts";
export * from "./frame.ts";
export * from "./lifecycle.ts";
export * from "./speaking.ts";
export * from "./text.ts";
export * from "./transport.ts";
