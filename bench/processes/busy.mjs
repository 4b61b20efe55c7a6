// Keeps one core busy, and does nothing with it.
import { answerParent } from "./parent.mjs";

const SLICE_MS = 50;

answerParent({ flood: () => void setImmediate(beBusy) });

function beBusy() {
  const end = performance.now() + SLICE_MS;
  while (performance.now() < end);
  setImmediate(beBusy);
}
