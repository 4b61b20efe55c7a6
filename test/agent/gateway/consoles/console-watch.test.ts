import { expect, test, vi } from "vitest";
import { EXECUTING, EXECUTING_SINCE, FIRST_TICKET, OCCUPYING_SINCE } from "../../../../agent/border/channel.ts";
import { monotonicMs } from "../../../../shared/boot-clock.ts";
import { ConnectionConsoles } from "../../../../agent/gateway/consoles/connection-consoles.ts";
import { ConsoleWatch } from "../../../../agent/gateway/consoles/console-watch.ts";
import { openGateway } from "../main-thread-port.ts";

test("an attempt to stop an evaluation at its limit that fails is made again", async () => {
  const cells = new Int32Array(FIRST_TICKET + 1);
  cells[EXECUTING] = 1;
  cells[EXECUTING_SINCE] = (monotonicMs() - 1000) | 0;
  const stop = vi.fn<() => Promise<"stopped">>().mockRejectedValueOnce(new Error("the debugger refused"));
  const stopped = new Promise<void>((resolve) =>
    stop.mockImplementation(() => {
      resolve();
      return Promise.resolve("stopped");
    }),
  );
  const watch = new ConsoleWatch({
    ticket: 0,
    console: "c",
    consoleTicket: -1,
    limitMs: 1,
    cells,
    stop,
    abandon() {},
    occupiedMs: () => undefined,
    say() {},
  });
  await stopped;
  watch.end();
  expect(stop).toHaveBeenCalledTimes(2);
});

test("a console that lets the event loop turn while it is looked at is not busy", async () => {
  const at = openGateway();
  const { app, admission, inspection, relays } = at.gateway;
  const relay = relays.open({ tickets: 2, notify: (_notification, written) => written() });
  const consoles = new ConnectionConsoles({ relay, app, admission, inspection });
  consoles.evaluate({
    request: { id: 1, method: "console.evaluate", params: { console: "c", source: "1" } },
    text: "",
    respond() {},
  });
  const { body } = await at.hear();
  const { params } = JSON.parse(body) as { params: { run: string } };
  Atomics.store(relay.cells, OCCUPYING_SINCE, (monotonicMs() - 1000) | 0);
  const consoleOf = vi.spyOn(relay, "consoleOf").mockReturnValueOnce("c");
  const watch = consoles.busyWatch(params.run);
  expect(watch?.console).toBe("c");
  expect(consoles.busyWatch(params.run)).toBeUndefined();
  expect(consoleOf).toHaveBeenCalledTimes(2);
  watch?.end();
  at.close();
});
