import { ControlFrame, DataFrame, SystemFrame } from "./frame.ts";

/** A call the model asks for. */
export interface FunctionCall {
  readonly functionName: string;
  /** Unique in the context. */
  readonly toolCallId: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The model asked for these calls; they are about to run. Broadcast. */
export class FunctionCallsStartedFrame extends SystemFrame {
  readonly kind = "FunctionCallsStartedFrame";
  readonly functionCalls: readonly FunctionCall[];

  constructor(functionCalls: readonly FunctionCall[]) {
    super();
    this.functionCalls = functionCalls;
  }
}

/** One call is running. */
export class FunctionCallInProgressFrame extends ControlFrame {
  readonly kind = "FunctionCallInProgressFrame";
  override readonly uninterruptible = true;
  readonly call: FunctionCall;
  /** Whether an interruption cancels it. Default true. */
  readonly cancelOnInterruption: boolean;
  /** Calls of one answer share it: the model runs again once, after the last of them. */
  readonly groupId: string | undefined;

  constructor(
    call: FunctionCall,
    options: { readonly cancelOnInterruption?: boolean; readonly groupId?: string | undefined } = {},
  ) {
    super();
    this.call = call;
    this.cancelOnInterruption = options.cancelOnInterruption ?? true;
    this.groupId = options.groupId;
  }
}

export interface FunctionCallResultOptions {
  /** Whether the model answers it. Default: yes, after the last call of its group, unless the result is undefined. */
  readonly runLLM?: boolean | undefined;
  readonly groupId?: string | undefined;
  /** False for a result so far, of a call that goes on. Default true. */
  readonly isFinal?: boolean | undefined;
}

/** What a call returned. Survives interruptions: the context must not keep an open call. */
export class FunctionCallResultFrame extends DataFrame {
  readonly kind = "FunctionCallResultFrame";
  override readonly uninterruptible = true;
  readonly call: FunctionCall;
  readonly result: unknown;
  readonly runLLM: boolean | undefined;
  readonly groupId: string | undefined;
  readonly isFinal: boolean;

  constructor(call: FunctionCall, result: unknown, options: FunctionCallResultOptions = {}) {
    super();
    this.call = call;
    this.result = result;
    this.runLLM = options.runLLM;
    this.groupId = options.groupId;
    this.isFinal = options.isFinal ?? true;
  }
}

/** A call was cancelled, mostly by an interruption, else by the model itself. */
export class FunctionCallCancelFrame extends SystemFrame {
  readonly kind = "FunctionCallCancelFrame";
  readonly call: FunctionCall;

  constructor(call: FunctionCall) {
    super();
    this.call = call;
  }
}
