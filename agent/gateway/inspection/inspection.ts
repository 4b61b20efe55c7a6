// Uses Node's inspector on the main thread in two ways: to sample its stack, and to stop what a console executes. Each
// of them pauses the main thread, so they take turns.
import type { StackResult } from "../../../shared/messages/messages.ts";
import { endsWithin } from "../../../shared/within.ts";
import { noInspector } from "../../border/inspector-access.ts";
import { PAUSE_LIMIT_MS, sampleStack, type StackSample } from "./stack-sample.ts";
import { stopExecution, type StopVerdict } from "./stop-execution.ts";

/** The inspector's work on the main thread. */
export class Inspection {
  readonly #mayInspect: boolean;
  #sample: StackSample | undefined;
  #stopping: Promise<void> | undefined;

  constructor(mayInspect: boolean) {
    this.#mayInspect = mayInspect;
  }

  /**
   * Where the main thread is now. Callers at the same moment share one sample.
   *
   * @throws RpcError NOT_SUPPORTED when the process may not use the inspector.
   */
  async stack(): Promise<Omit<StackResult, "stalledMs">> {
    if (!this.#mayInspect) throw noInspector("look at the stack");
    // A stop that meets native code is released only when that code returns.
    while (this.#stopping)
      if (!(await endsWithin(PAUSE_LIMIT_MS, this.#stopping))) return { state: "native", frames: [] };
    this.#sample ??= this.#startSample();
    return this.#sample.result;
  }

  /** Tries once to stop what a console executes. */
  async stopExecution(isExecuting: () => boolean, mark: () => void): Promise<StopVerdict> {
    while (this.#stopping ?? this.#sample) await (this.#stopping ?? this.#sample?.released);
    if (!isExecuting()) return "left";
    const stop = stopExecution(isExecuting, mark);
    const forget = () => (this.#stopping = undefined);
    this.#stopping = stop.released.then(forget, forget);
    return stop.result;
  }

  #startSample(): StackSample {
    const sample = sampleStack();
    const forget = () => (this.#sample = undefined);
    sample.released.then(forget, forget);
    return sample;
  }
}
