// Runs MariaDB in a separate process, with its data in a temporary folder. It lives until its standard input ends.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { freePort } from "../examples/free-port.ts";

const inputEnded = text(process.stdin);

try {
  const folder = await mkdtemp(path.join(os.tmpdir(), "remsh-mariadb-"));
  const data = path.join(folder, "data");
  const user = `--user=${os.userInfo().username}`;
  const install = ["--no-defaults", `--datadir=${data}`, user, "--auth-root-authentication-method=normal"];
  await promisify(execFile)("mariadb-install-db", [...install, "--skip-test-db"]);
  const port = await freePort();
  const server = spawn(
    "mariadbd",
    [
      ...["--no-defaults", `--datadir=${data}`, user, `--port=${port}`, "--bind-address=127.0.0.1"],
      ...[`--socket=${folder}/socket`, `--pid-file=${folder}/pid`, "--max-connections=300"],
      // The tests' speed is more important than the data after a crash of this machine.
      ...["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-name-resolve", "--sync-frm=0"],
    ],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
  const ended = once(server, "exit");
  let output = "";
  const ready = new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (/ready for connections/.test(output)) resolve();
    });
    void ended.then(() => reject(new Error(`mariadbd ended: ${output.slice(-1000)}`)));
  });
  try {
    await ready;
    console.log(`DATABASE_URL=mysql://root@127.0.0.1:${port}/mysql`);
    await inputEnded;
  } finally {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
} catch (error) {
  console.error(`Cannot use MariaDB: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
