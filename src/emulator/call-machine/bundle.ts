import { CallMachine } from "./call-machine.ts";

/**
 * What daily-js fetches and evaluates as `call-machine-object-bundle.js`, once for every call object: it adopts the
 * instances that wait for one. The globals it uses are the page's, or in Node those that only daily-js sees.
 */
const daily = window._daily;
for (const id of daily?.pendings.splice(0) ?? []) {
  const instance = daily?.instances[id];
  if (instance) new CallMachine(id, instance);
}
