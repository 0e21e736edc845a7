import { FrameProcessor } from "../../pipeline/index.ts";

/** Passes every frame unchanged, for example as the unchanged branch of a parallel pipeline. */
export class IdentityFilter extends FrameProcessor {}
