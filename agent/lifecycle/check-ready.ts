// Checks the setting that says when the app is ready.
import { isReadySetting, READY_VALUES, type ReadySetting } from "../../shared/ready-setting.ts";

/** The setting, unchanged. `name` says where it stands. @throws TypeError when it is none. */
export function checkReady(name: string, value: unknown): ReadySetting {
  if (isReadySetting(value)) return value;
  throw new TypeError(`Cannot configure the agent: ${name} must be ${READY_VALUES}`);
}
