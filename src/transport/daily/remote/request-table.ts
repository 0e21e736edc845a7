import { type Deferred, deferred } from "../../../util/deadline.ts";
import { DailyCallError } from "../daily-errors.ts";
import type { DriverMethod, DriverRequests } from "../driver-messages.ts";
import type { ControlAnswer, ControlRequest } from "./control-messages.ts";

/** The requests to a far side that have no answer yet. */
export class RequestTable {
  readonly #send: (request: ControlRequest) => void;
  readonly #open = new Map<number, Deferred<unknown>>();
  #nextId = 1;

  constructor(send: (request: ControlRequest) => void) {
    this.#send = send;
  }

  /** Sends a request. The promise rejects with a DailyCallError. */
  request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]> {
    const id = this.#nextId++;
    const answer = deferred<unknown>();
    this.#open.set(id, answer);
    this.#send({ id, method, argument });
    return answer.promise;
  }

  /** Settles the request that this answers; an answer to none is ignored. */
  answered(answer: Exclude<ControlAnswer, { readonly event: unknown }>): void {
    const request = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if (!request) return;
    if ("failure" in answer) request.reject(new DailyCallError(answer.failure.code, answer.failure.message));
    else request.resolve(answer.result);
  }

  /** Rejects everything that is open. */
  failAll(error: DailyCallError): void {
    for (const request of this.#open.values()) request.reject(error);
    this.#open.clear();
  }
}
