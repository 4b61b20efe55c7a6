import { expect, test } from "vitest";
import { ACKNOWLEDGED, FIRST_TICKET } from "../../../agent/border/channel.ts";
import { OutputWindow } from "../../../agent/runs/output-window.ts";

const PIECE = 16 * 1024;

function openWindow() {
  const flow = new Int32Array(FIRST_TICKET);
  const window = new OutputWindow(flow);
  return {
    window,
    /** Sends as long as it may; nothing of it leaves. */
    fill: () => {
      while (window.hasRoom) window.send(PIECE);
    },
    read: () => Atomics.add(flow, ACKNOWLEDGED, window.underway),
  };
}

test("what is on its way to hundreds of readers that take nothing is bounded for all of them, not for each", () => {
  const all = Array.from({ length: 256 }, openWindow);
  for (const { fill } of all) fill();
  const underway = all.reduce((sum, { window }) => sum + window.underway, 0);
  expect(underway).toBeLessThan(32 * 1024 * 1024);
  for (const { window } of all) window.close();
});

test("a reader that keeps up goes on whatever the others take, and has the whole window when they are gone", () => {
  const others = Array.from({ length: 64 }, openWindow);
  for (const { fill } of others) fill();
  const { window, fill, read } = openWindow();
  for (let piece = 0; piece < 1000; piece++) {
    fill();
    expect(window.underway).toBeGreaterThan(PIECE);
    read();
  }
  for (const other of others) other.window.close();
  fill();
  expect(window.underway).toBeGreaterThanOrEqual(1024 * 1024);
  window.close();
});
