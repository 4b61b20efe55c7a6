// The demo's steps, in order: what is typed, and the expected answer.
import { spawnSync } from "node:child_process";

/** What an output must contain, or match. */
export type Expected = string | RegExp;

/** One command. A stream without an expectation must stay empty. */
export interface Step {
  why: string;
  /** For the shell, in the app's folder. */
  line: string;
  /** What it exits with. Default 0. */
  code?: number;
  stdout?: Expected[];
  stderr?: Expected[];
  /**
   * The command continues in the background while the next steps run; they begin when the app has printed this. Its
   * result belongs to the step with `wait`.
   */
  behind?: RegExp;
  wait?: true;
  /** For a command that ends the app: what the app prints at its end. The app must exit 0. */
  endsApp?: RegExp;
}

/** All steps but the last. `url` is where the app listens. */
export function steps(url: string): Step[] {
  return [...deploy(url), ...mistakes(), ...lookInside(), ...whileBlocked(url), ...deadline()];
}

/** The end of the app. */
export function closingSteps(): Step[] {
  return [
    {
      why: "Stop it: not ready first, then SIGTERM; it returns when the process is gone",
      line: "bin/shop stop",
      endsApp: /The shop is closed/,
    },
    {
      why: "Nobody answers any more",
      line: "bin/shop ping",
      code: 69,
      stderr: [/^Cannot reach shop: it does not run here/],
    },
  ];
}

function deploy(url: string): Step[] {
  return [
    {
      why: "The app is started by bin/shop start. It counts as ready when its hook has migrated the database",
      line: "cat rel/hooks/post_start.d/10-migrate",
      stdout: ["remsh ping --wait && remsh rpc Release.migrate\n"],
    },
    { why: "Wait until it is", line: "bin/shop ping --ready --wait 60s", stdout: ["pong\n"] },
    {
      why: "What can be called in it",
      line: "bin/shop tasks",
      stdout: ["Release.migrate", "Release.purge <days>", "Release.seed [--name value ...]", "Report.rebuild"],
    },
    ...migrate(),
    {
      why: "How one task is called",
      line: "bin/shop tasks Release.seed",
      stdout: ["Usage: shop rpc Release.seed", "--count <integer>  How many products (default: 10)"],
    },
    {
      why: "A call with arguments",
      line: "bin/shop rpc Release.seed --count 3",
      stdout: ["{ products: 3, orders: 3 }\n"],
    },
    {
      why: "And the app serves the data",
      line: get(`${url}/products`),
      stdout: ['"Mug 1"', '"Kettle 2"', '"Teapot 3"'],
    },
    { why: "A plain function is a task, too", line: "bin/shop rpc Release.purge 30", stdout: ["2 orders deleted\n"] },
  ];
}

function migrate(): Step[] {
  return [
    {
      why: "What the hook has applied",
      line: "bin/shop rpc Release.migrations",
      stdout: ["up      20250114093000000_products", "up      20250203080000000_daily-sales"],
    },
    {
      why: "All of them rolled back",
      line: "bin/shop rpc Release.rollback --all",
      stdout: [/Rolled back 3 migrations/],
      stderr: ["20250203080000000_daily-sales …\n"],
    },
    {
      why: "A gate for a deploy: it says what is pending",
      line: "bin/shop rpc Release.migrate --check",
      code: 75,
      stderr: [/^3 migrations pending: 20250114093000000_products, /],
    },
    {
      why: "And applied again",
      line: "bin/shop rpc Release.migrate",
      stdout: [/Applied 3 migrations/],
      stderr: ["20250203080000000_daily-sales …\n"],
    },
    {
      why: "A task in a process of its own: the app need not run",
      line: "bin/shop eval Release.migrations",
      stdout: ["up      20250114093000000_products", "up      20250203080000000_daily-sales"],
    },
  ];
}

function mistakes(): Step[] {
  return [
    {
      why: "A task that fails: its error, its stack, exit code 1",
      line: "bin/shop rpc Release.brokenImport",
      code: 1,
      stderr: [/^"Release.brokenImport" threw error: duplicate key value/, "products.ts", 'code: "23505"'],
    },
    {
      why: "Arguments are checked before the task begins",
      line: "bin/shop rpc Release.seed --count many",
      code: 65,
      stderr: [/^Cannot call "Release.seed": count: /],
    },
    {
      why: "A name that is not quite right",
      line: "bin/shop rpc Release.migrat",
      code: 65,
      stderr: ['Cannot call "Release.migrat": no task has that name (did you mean "Release.migrate"?)\n'],
    },
  ];
}

function lookInside(): Step[] {
  return [
    {
      why: "How the app is",
      line: "bin/shop status",
      stdout: [/^shop \d+\n/, /state +ready/, /version +1\.4\.0/, /pid +\d+/, /loop delay +\d/],
    },
    { why: "Where its main thread is: nowhere, it has nothing to do", line: "bin/shop stack", stdout: [/is idle/] },
  ];
}

function whileBlocked(url: string): Step[] {
  return [
    {
      why: "A request that blocks the app's event loop for six seconds",
      line: get(`${url}/report?ms=6000`),
      behind: /GET \/report/,
    },
    {
      why: "Meanwhile: ping says so, for how long, and where",
      line: "sleep 2; bin/shop ping",
      code: 75,
      stderr: [/^shop \d+ is stalled: its event loop has not turned for .* s, at stretch \(report\.ts:\d+\)\n$/],
    },
    {
      why: "The whole stack of the blocked main thread",
      line: "bin/shop stack",
      stdout: [
        /is running, and its event loop has not turned for/,
        /at stretch \(report\.ts:\d+\)/,
        /signReport \(report\.ts:/,
      ],
    },
    { why: "The request was not disturbed", line: "wait", wait: true, stdout: ['"signature"'] },
  ];
}

function deadline(): Step[] {
  return [
    {
      why: "A slow task tells how far it is",
      line: "bin/shop rpc Report.rebuild --days 3",
      stdout: ["3 days rebuilt\n"],
      stderr: ["1/3 ", "2/3 ", "3/3 "],
    },
    {
      why: "One that takes too long is cancelled, and the truth about it told",
      line: "bin/shop rpc --timeout 1s Report.rebuild",
      code: 75,
      stderr: ["1/30 ", 'Gave up on "Report.rebuild" after 1 s: cancelled, and the task stopped\n'],
    },
  ];
}

/** A line that prints the response from the address: with curl, or without it with Node. */
function get(url: string): string {
  const { status } = spawnSync("curl", ["--version"], { stdio: "ignore" });
  if (status === 0) return `curl -s '${url}'`;
  return `node -e 'fetch("${url}").then((answer) => answer.text()).then((text) => process.stdout.write(text))'`;
}
