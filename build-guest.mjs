// Builds what runs inside a sandbox beside an expression: small, because vm2 parses it whenever one starts. It is text to the
// program that opens the sandbox.
import { build } from "esbuild";

/** esbuild's result: one file, with the list of what went into it. */
export function buildGuest() {
  return build({
    bundle: true,
    platform: "neutral",
    target: "es2022",
    format: "iife",
    globalName: "guest",
    minify: true,
    write: false,
    outdir: "dist",
    logLevel: "warning",
    metafile: true,
    inject: ["agent/sandbox/guest-globals.ts"],
    entryPoints: ["agent/sandbox/guest.ts"],
  });
}
