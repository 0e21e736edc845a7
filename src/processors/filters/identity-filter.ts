import { FrameProcessor } from "../../pipeline/index.ts";

/** Lets everything go on: a place in a pipeline that does nothing, such as an unchanged branch beside others. */
export class IdentityFilter extends FrameProcessor {}
