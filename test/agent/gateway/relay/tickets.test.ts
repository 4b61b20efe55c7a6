import { expect, test } from "vitest";
import { FIRST_TICKET, HURRIED, QUEUED, STARTED } from "../../../../agent/border/channel.ts";
import { Tickets } from "../../../../agent/gateway/relay/tickets.ts";

/** What the main thread sees and does. */
function runnersSide({ table }: Tickets) {
  const cells = new Int32Array(table);
  return {
    start: (ticket: number) => Atomics.compareExchange(cells, FIRST_TICKET + ticket, QUEUED, STARTED) === QUEUED,
    stateOf: (ticket: number) => Atomics.load(cells, FIRST_TICKET + ticket),
  };
}

test("there are as many as were made, each once, and one that is given back is queued anew", () => {
  const tickets = new Tickets(3);
  const runner = runnersSide(tickets);
  const taken = [tickets.take(), tickets.take(), tickets.take()];
  expect(taken).toEqual([0, 1, 2]);
  expect(tickets.take()).toBeUndefined();
  expect(runner.start(1)).toBe(true);
  tickets.release(1);
  expect(tickets.take()).toBe(1);
  expect(tickets.isStarted(1)).toBe(false);
});

test("a request is either started or taken back, whoever comes first", () => {
  const tickets = new Tickets(2);
  const runner = runnersSide(tickets);
  for (let ticket = 0; ticket < 2; ticket++) tickets.take();
  expect([runner.start(0), tickets.withdraw(0), tickets.isStarted(0)]).toEqual([true, false, true]);
  expect([tickets.withdraw(1), runner.start(1), tickets.isStarted(1)]).toEqual([true, false, undefined]);
});

test("only what has started is hurried", () => {
  const tickets = new Tickets(2);
  const runner = runnersSide(tickets);
  for (let ticket = 0; ticket < 2; ticket++) tickets.take();
  runner.start(0);
  tickets.hurry(1);
  expect(runner.stateOf(1)).toBe(QUEUED);
  tickets.hurry(0);
  expect(runner.stateOf(0)).toBe(HURRIED);
  expect(tickets.isStarted(0)).toBe(true);
});
