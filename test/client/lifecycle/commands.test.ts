import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { removeTemporary, start } from "../../end-to-end/processes.ts";
import { makeProject } from "./project.ts";

afterAll(removeTemporary);

const { root, env, shop, startShop } = makeProject({
  files: {
    "rel/commands/backup":
      '#!/bin/sh\n# Saves the database\nprintf "<%s>" "$@"; echo "$REMSH_COMMAND $REMSH_APP $PWD $(shop version)"; exit 7\n',
    "rel/commands/echo": "#!/bin/sh\nexec cat\n",
    "rel/commands/kill": "#!/bin/sh\nkill -TERM $$\n",
    "rel/commands/stop": "#!/bin/sh\necho mine\n",
    "rel/commands/rpc": "#!/bin/sh\necho mine\n",
    "rel/commands/README.md": "# none\n",
    "rel/commands/-x": "#!/bin/sh\n",
  },
});

describe("an executable in rel/commands is a command of the launcher", () => {
  test("with its words as they are, in the caller's folder, and with its exit code", async () => {
    const words = ["backup", "--json", "--", "a b", "--help", "-x"];
    expect(await start(path.join(root, "bin/shop"), words, { env, cwd: "/" }).finished).toEqual({
      stdout: "<--json><--><a b><--help><-x>backup shop / shop 1.0.0\n",
      stderr: "",
      code: 7,
    });
    const piped = startShop(["echo"]);
    piped.child.stdin?.end("from stdin");
    expect(await piped.finished).toEqual({ stdout: "from stdin", stderr: "", code: 0 });
    expect(await shop("kill")).toMatchObject({ code: 143 });
  });

  test("listed in the help with its first comment, and completed", async () => {
    const { stdout } = await shop("help");
    expect(stdout).toMatch(
      /\nCommands of the app, in rel\/commands:\n {2}backup \[words\.\.\.\] +Saves the database\n/,
    );
    expect(stdout).not.toContain("README");
    expect((await shop("__complete", "--", "ba")).stdout).toBe("backup\n");
    expect(await shop("bakup")).toMatchObject({
      stderr: 'Cannot run the command: unknown command "bakup" (did you mean "backup"?)\n',
      code: 64,
    });
  });

  test.each([
    ["stop", "remsh has a command of that name (rename the file)"],
    ["rpc", "remsh has a command of that name (rename the file)"],
    ["README.md", `it is not executable (chmod +x "${root}/rel/commands/README.md")`],
  ])("but %s is refused", async (name, reason) => {
    expect(await shop(name, "Release.add", "1", "2")).toEqual({
      stdout: "",
      stderr: `Cannot run "rel/commands/${name}": ${reason}\n`,
      code: 78,
    });
  });
});
