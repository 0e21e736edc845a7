import type { InCallEvent } from "../../../api/events/index.ts";
import { SystemFrame } from "../../../frames/index.ts";

/** An event that the pal sent during the call: each one once, in order, and never from another participant. */
export class TavusEventFrame extends SystemFrame {
  /** Always "TavusEventFrame". */
  readonly kind = "TavusEventFrame";
  /** The event; `event.type` names it. */
  readonly event: InCallEvent;

  /** Made by the transport. */
  constructor(event: InCallEvent) {
    super();
    this.event = event;
  }
}
