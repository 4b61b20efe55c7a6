// Raw access to the two doors of an agent: bytes over HTTP, and frames over a WebSocket whose handshake is done.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Where the bytes go: a socket's path, or a port on loopback. */
export type Door = string | number;

/** A frame of the protocol (RFC 6455, section 5.2), with everything that may be wrong about it. */
export interface Frame {
  opcode: number;
  fin: boolean;
  /** The three reserved bits. */
  reserved: number;
  masked: boolean;
  payload: Buffer;
  /** The difference between the length in the header and the payload's true length. */
  lie: number;
}

/** A connection, and everything that has arrived over it. */
export interface Wire {
  socket: Socket;
  received: () => Buffer;
  /** Resolves when the other end has ended the connection. */
  closed: Promise<void>;
}

/** Opens a bare connection. */
export async function open(door: Door): Promise<Wire> {
  const socket = typeof door === "number" ? connect(door, "127.0.0.1") : connect(door);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {}); // the agent may end it at any moment: "close" tells
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await Promise.race([once(socket, "connect"), closed]);
  return { socket, received: () => Buffer.concat(chunks), closed };
}

/** Opens a WebSocket, and resolves when the agent has agreed. */
export async function upgrade(door: Door): Promise<Wire> {
  const wire = await open(door);
  const key = randomBytes(16).toString("base64");
  wire.socket.write(
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: remsh.v1\r\n\r\n`,
  );
  await arrived(wire, () => wire.received().includes("\r\n\r\n"));
  return wire;
}

/** Resolves when the condition holds for the received data, or when the connection has ended. */
export async function arrived(wire: Wire, condition: () => boolean): Promise<void> {
  while (!condition() && !wire.socket.destroyed) await Promise.race([once(wire.socket, "data"), wire.closed]);
}

/** The bytes of a frame, with all its faults. */
export function frameBytes({ opcode, fin, reserved, masked, payload, lie }: Frame): Buffer {
  const length = Math.max(0, payload.length + lie);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const flag = masked ? 0x80 : 0;
  const header = length < 126 ? Buffer.from([first, flag | length]) : longHeader(first, flag, length);
  if (!masked) return Buffer.concat([header, payload]);
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([header, mask, body]);
}

function longHeader(first: number, flag: number, length: number): Buffer {
  if (length < 65_536) {
    const header = Buffer.from([first, flag | 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.concat([Buffer.from([first, flag | 127]), Buffer.alloc(8)]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** The text messages that the agent has sent since the handshake; an incomplete one is left out. */
export function messagesIn(received: Buffer): string[] {
  let rest = received.subarray(received.indexOf("\r\n\r\n") + 4);
  const messages: string[] = [];
  for (let frame = readFrame(rest); frame !== undefined; frame = readFrame(rest)) {
    if (frame.opcode === 1) messages.push(frame.payload.toString());
    rest = frame.rest;
  }
  return messages;
}

/** Reads a frame of the agent, which has no mask. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const size = short === 126 ? 2 : short === 127 ? 8 : 0;
  const begin = 2 + size;
  if (bytes.length < begin) return undefined;
  const length = size === 0 ? short : size === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < begin + length) return undefined;
  return {
    opcode: bytes.readUInt8(0) & 0x0f,
    payload: bytes.subarray(begin, begin + length),
    rest: bytes.subarray(begin + length),
  };
}
