// Keeps one core busy without doing anything.
import { answerParent } from "./parent.mjs";

const SLICE_MS = 50;

answerParent({ flood: () => void setImmediate(beBusy) });

function beBusy() {
  const end = performance.now() + SLICE_MS;
  while (performance.now() < end);
  setImmediate(beBusy);
}
