import type { InCallEvent } from "../../../api/events/index.ts";
import { SystemFrame } from "../../../frames/index.ts";

/** Something the pal told during the call: each thing once, in its order, and of nobody but the pal. */
export class TavusEventFrame extends SystemFrame {
  readonly kind = "TavusEventFrame";
  readonly event: InCallEvent;

  constructor(event: InCallEvent) {
    super();
    this.event = event;
  }
}
