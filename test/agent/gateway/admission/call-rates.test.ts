import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { CallRates } from "../../../../agent/gateway/admission/call-rates.ts";

/** Rates on a clock that stands still until it is moved on. */
function rates(limits: { callsPerSecond: number; allCallsPerSecond: number }) {
  let now = 1000;
  const all = new CallRates(limits, () => now);
  const connection = new PassThrough();
  return {
    connection,
    count: (by = connection) => all.count(by),
    countFor: (calls: number, by = connection) => {
      for (let call = 0; call < calls; call++) all.count(by);
    },
    wait: (ms: number) => (now += ms),
  };
}

test("a connection has ten seconds of its rate at once, then its rate, and is told when to try again", () => {
  const { count, countFor, wait } = rates({ callsPerSecond: 2, allCallsPerSecond: 1000 });
  countFor(20);
  expect(count).toThrow(
    expect.objectContaining({
      code: "TOO_MANY",
      state: "not-started",
      message: "Cannot take the request: this connection has had its 2 calls a second (try again in 500 ms)",
    }),
  );
  wait(490);
  expect(count).toThrow("try again in 10 ms");
  wait(20);
  count();
  expect(count).toThrow("try again in");
  wait(3_600_000);
  countFor(20);
  expect(count).toThrow("this connection");
});

test("one connection's rate is not another's, but for what all of them have together", () => {
  const { countFor, count } = rates({ callsPerSecond: 2, allCallsPerSecond: 5 });
  countFor(20);
  expect(count).toThrow("this connection has had its 2 calls a second");
  countFor(20, new PassThrough());
  countFor(10, new PassThrough());
  expect(() => countFor(1, new PassThrough())).toThrow("all connections have had their 5 calls a second");
});

test("a call that all connections' rate refuses costs its own connection nothing", () => {
  const { countFor, count } = rates({ callsPerSecond: 2, allCallsPerSecond: 5 });
  for (let flood = 0; flood < 5; flood++) countFor(10, new PassThrough());
  for (let refused = 0; refused < 30; refused++) expect(count).toThrow("all connections have had their 5 calls");
});
