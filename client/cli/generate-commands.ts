// `gen`: defines what can be generated, with its options.
import { Option, type Command } from "commander";
import type { Ending } from "./ending.ts";
import { optionsOf, subcommand } from "./options.ts";
import { UsageError } from "../terminal/failure.ts";
import type { Streams } from "../terminal/streams.ts";
import type * as ReleaseModule from "../generate/release.ts";

// A separate bundle beside this one: see build.mjs.
declare function require(bundle: "./gen.cjs"): typeof ReleaseModule;

const ABOUT_RELEASE = `
Existing files are kept: one that differs is only overwritten with --force, and package.json's "remsh" only gains settings.
Run it again with other options at any time.`;

/** Adds `gen release` to the program. */
export function addGenerateCommands(program: Command, streams: Streams, ending: Ending): void {
  const gen = subcommand(program, "gen", "Write what a release needs into the project: gen release")
    .usage("release [options]")
    .allowExcessArguments()
    .action(function () {
      const [what] = this.args;
      const given = what === undefined ? "say what" : `there is no "${what}"`;
      throw new UsageError(`Cannot generate: ${given} (gen release)`);
    });
  subcommand(gen, "release", "Write a launcher, tasks, hooks and settings into the project")
    .allowExcessArguments(false)
    .option("--docker", "Also write a Dockerfile, .dockerignore, bin/server and bin/migrate")
    .option("--kubernetes", "Also write a Deployment, a Job that migrates before it, and rel/kubernetes/deploy")
    .option("--systemd", "Also write a systemd unit")
    .option("--entry <file>", "What starts the app; default: package.json's, or the file that its start script runs")
    .option("--process <name>", "Add a process beside the app, such as a worker, which --entry starts")
    .option("--tasks <file>", "The module of the tasks; default: package.json's, or release.js or .ts beside the entry")
    .addOption(
      new Option(
        "--migrate <phase>",
        "When each instance migrates: before its app starts, or before it is ready",
      ).choices(["pre_start", "post_start"]),
    )
    .option("--force", "Overwrite files that differ")
    .option("--dry-run", "Only show what would be written")
    .addHelpText("after", ABOUT_RELEASE)
    .action(async function () {
      const { generateRelease } = require("./gen.cjs");
      ending.exitCode = await generateRelease(optionsOf<ReleaseModule.ReleaseOptions>(this), streams);
    });
}
