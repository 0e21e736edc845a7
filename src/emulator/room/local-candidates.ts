import type { SendSignal } from "./outgoing-link.ts";
import type { Signal } from "./protocol.ts";

/**
 * Signals our ICE candidates, on this machine only. Node and our headless Chromium offer 127.0.0.1. A
 * person's browser omits that; then its host candidates are sent instead: addresses of this same machine, to which
 * the kernel delivers without a network. Names (mDNS) are never sent: resolving one would send multicast.
 */
export function sendLocalCandidates(pc: RTCPeerConnection, role: Signal["role"], send: SendSignal): void {
  let offeredLoopback = false;
  let others: RTCIceCandidate[] = [];
  const tell = ({ candidate, sdpMid, sdpMLineIndex }: RTCIceCandidate): void => {
    send({ role, candidate: { candidate, sdpMid, sdpMLineIndex } });
  };
  pc.onicecandidate = ({ candidate }) => {
    if (!candidate?.candidate) {
      if (!offeredLoopback) others.forEach(tell);
      others = [];
      return;
    }
    const [, , , , address = "", , , type] = candidate.candidate.split(" ");
    if (address === "127.0.0.1" || address === "::1") {
      offeredLoopback = true;
      tell(candidate);
    } else if (type === "host" && !address.endsWith(".local")) {
      others.push(candidate);
    }
  };
}
