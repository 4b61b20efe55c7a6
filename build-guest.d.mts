import type { BuildResult } from "esbuild";

export function buildGuest(): Promise<BuildResult<{ write: false; metafile: true }>>;
