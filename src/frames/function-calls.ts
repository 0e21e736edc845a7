import { ControlFrame, DataFrame, SystemFrame } from "./frame.ts";

/** A function call that the model requests. */
export interface FunctionCall {
  /** Name of the function, as it was registered. */
  readonly functionName: string;
  /** Id of the call, unique in the context. */
  readonly toolCallId: string;
  /** Parsed arguments of the call. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The model requested these calls, and they are about to run. Broadcast. */
export class FunctionCallsStartedFrame extends SystemFrame {
  readonly kind = "FunctionCallsStartedFrame";
  /** The calls of one answer, in the model's order. */
  readonly functionCalls: readonly FunctionCall[];

  constructor(functionCalls: readonly FunctionCall[]) {
    super();
    this.functionCalls = functionCalls;
  }
}

/** A function call is running. Survives interruptions. */
export class FunctionCallInProgressFrame extends ControlFrame {
  readonly kind = "FunctionCallInProgressFrame";
  override readonly uninterruptible = true;
  /** The call that is running. */
  readonly call: FunctionCall;
  /** Whether an interruption cancels it. Default true. */
  readonly cancelOnInterruption: boolean;
  /** Calls of one answer share this id. The model runs again once, after the last of them. */
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

/** Options of a {@link FunctionCallResultFrame}. */
export interface FunctionCallResultOptions {
  /**
   * Whether the model answers the result. Default: it does, after the last call of the group, unless the result is
   * undefined.
   */
  readonly runLLM?: boolean | undefined;
  /** Calls of one answer share this id. */
  readonly groupId?: string | undefined;
  /** False for an intermediate result of a call that is still running. Default true. */
  readonly isFinal?: boolean | undefined;
}

/** The result of a function call. Survives interruptions: the context must not keep an open call. */
export class FunctionCallResultFrame extends DataFrame {
  readonly kind = "FunctionCallResultFrame";
  override readonly uninterruptible = true;
  /** The call that returned. */
  readonly call: FunctionCall;
  /** Value that the function returned; undefined for none. */
  readonly result: unknown;
  /**
   * Whether the model answers the result. Undefined: it does, after the last call of the group, unless the result is
   * undefined.
   */
  readonly runLLM: boolean | undefined;
  /** Calls of one answer share this id. */
  readonly groupId: string | undefined;
  /** False for an intermediate result of a call that is still running. */
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

/** A function call was cancelled, usually by an interruption, otherwise by the model itself. */
export class FunctionCallCancelFrame extends SystemFrame {
  readonly kind = "FunctionCallCancelFrame";
  /** The call that was cancelled. */
  readonly call: FunctionCall;

  constructor(call: FunctionCall) {
    super();
    this.call = call;
  }
}
