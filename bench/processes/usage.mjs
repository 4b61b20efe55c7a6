// Measures what a thread uses. Node itself does not report this on every version that is measured.
import { readFileSync } from "node:fs";
import { json } from "node:stream/consumers";

/** Milliseconds of CPU that a process's main thread has used, or NaN where the system does not count by thread. */
export function mainThreadCpuMs(pid = process.pid) {
  try {
    // On Linux the main thread's id is the process's; the first number is nanoseconds on a CPU.
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return NaN;
  }
}

/** The bytes of all live objects on a worker's heap. Taking the snapshot collects the garbage first. */
export async function snapshotBytes(worker) {
  const { snapshot, nodes } = await json(await worker.getHeapSnapshot());
  const fields = snapshot.meta.node_fields;
  const size = fields.indexOf("self_size");
  let bytes = 0;
  for (let index = size; index < nodes.length; index += fields.length) bytes += nodes[index];
  return bytes;
}
