// The lock of an engine's own command line.

/**
 * An engine's own lock. If it is an advisory lock, remsh takes it, too. If it is not, the engine says which session
 * holds it.
 */
export interface OwnLock {
  /** The engine's name, for reports. */
  readonly name: string;
  /** The key of its advisory lock, where it takes one: in MySQL, the name for GET_LOCK. */
  readonly advisoryLock?: bigint | string;
  /** The holder of the lock at this moment, if it is not remsh. */
  readonly lockedBy?: (client: unknown) => Promise<string | undefined>;
}
