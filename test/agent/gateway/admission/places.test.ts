import { once } from "node:events";
import { PassThrough, type Duplex } from "node:stream";
import { expect, test } from "vitest";
import { Places } from "../../../../agent/gateway/admission/places.ts";

const SPARE = 16;

function fill(places: Places, count: number): Duplex[] {
  return Array.from({ length: count }, () => add(places));
}

function add(places: Places): Duplex {
  const socket = new PassThrough();
  places.add(socket);
  return socket;
}

/** Asks, and is answered. */
function ask(places: Places, socket: Duplex): void {
  places.setBusy(socket, true);
  places.setBusy(socket, false);
}

const closed = (sockets: Duplex[]) => sockets.map(({ destroyed }) => destroyed);

test("where all places are taken the newcomer that has been silent longest makes room", () => {
  const places = new Places(3);
  const [first, ...others] = fill(places, 3);
  const last = add(places);
  expect(first?.destroyed).toBe(true);
  expect(closed([...others, last])).toEqual([false, false, false]);
  expect(places.isSpare(last)).toBe(false);
});

test("of those that have asked it is the one that has asked nothing for longest", () => {
  const places = new Places(3);
  const sockets = fill(places, 3);
  for (const socket of sockets) ask(places, socket);
  ask(places, sockets[0] as Duplex);
  add(places);
  expect(closed(sockets)).toEqual([false, true, false]);
});

test("the larger of the two groups makes room, so that neither keeps the other out", () => {
  const places = new Places(4);
  const sockets = fill(places, 4);
  for (const socket of sockets.slice(0, 3)) ask(places, socket);
  add(places);
  expect(closed(sockets)).toEqual([true, false, false, false]);
});

test("a connection whose request is in flight never makes room: what comes then has a spare place", () => {
  const places = new Places(2);
  const busy = fill(places, 2);
  for (const socket of busy) places.setBusy(socket, true);
  const spare = fill(places, SPARE);
  expect(spare.every((socket) => places.isSpare(socket))).toBe(true);
  expect(closed([...busy, ...spare])).not.toContain(true);
});

test("where the spare places are taken, too, the oldest in them that has asked nothing makes room", () => {
  const places = new Places(1);
  const [busy] = fill(places, 1) as [Duplex];
  places.setBusy(busy, true);
  const spare = fill(places, SPARE);
  places.setBusy(spare[0] as Duplex, true);
  add(places);
  expect(busy.destroyed).toBe(false);
  expect(closed(spare).indexOf(true)).toBe(1);
  expect(closed(spare).filter(Boolean)).toHaveLength(1);
});

test("a connection that closes leaves its place", async () => {
  const places = new Places(1);
  const first = add(places);
  first.destroy();
  await once(first, "close");
  const second = add(places);
  places.setBusy(second, true);
  expect(places.isSpare(second)).toBe(false);
  expect(places.isSpare(add(places))).toBe(true);
});
