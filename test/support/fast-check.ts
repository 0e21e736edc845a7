// What tests get as "fast-check" (vitest.config.ts). Its seed is fixed, so that a change is judged by what it does and not by
// the examples that it happens to draw. `PROPERTY_SEED=random npm test` looks further, as `npm run fuzz` does.
import fc from "../../node_modules/fast-check/lib/fast-check.js";

const { PROPERTY_SEED = "20261121" } = process.env;
if (PROPERTY_SEED !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(PROPERTY_SEED) });

export * from "../../node_modules/fast-check/lib/fast-check.js";
export default fc;
