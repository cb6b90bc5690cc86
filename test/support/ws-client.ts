import { connect, type Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { recordAnswer } from './scan/record.js';

/** How a socket ended. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket client that keeps the JSON it got (a list too) and lets a test wait for the next of it. */
export class WsClient {
  readonly frames: Record<string, unknown>[] = [];
  readonly closed: Promise<SocketEnd>;
  readonly ws: WebSocket;
  #read = 0;
  #tap: ((frame: Record<string, unknown>) => void) | undefined;
  readonly #wake = new Set<() => void>();

  private constructor(ws: WebSocket) {
    this.ws = ws;
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wakeAll();
      });
    });
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer) => {
      const text = data.toString();
      recordAnswer(ws.url, text);
      if (/^[[{]/.test(text)) {
        const frame = JSON.parse(text) as Record<string, unknown>;
        this.frames.push(frame);
        this.#tap?.(frame);
      }
      this.#wakeAll();
    });
  }

  /** Opens a socket; rejects with the status of an HTTP answer instead of it. */
  static open(
    url: string,
    path: string,
    { protocols = [], ...options }: ClientOptions & { readonly protocols?: readonly string[] } = {},
  ): Promise<WsClient> {
    const ws = new WebSocket(url.replace(/^http/, 'ws') + path, [...protocols], options);
    const client = new WsClient(ws);
    return new Promise((resolve, reject) => {
      ws.once('open', () => resolve(client));
      ws.once('unexpected-response', (_request, response: IncomingMessage) => {
        reject(new Error(`answered ${response.statusCode}`));
        ws.terminate();
      });
      ws.once('error', reject);
    });
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Gives every frame there was to a listener, and from then on each as it comes. */
  tap(listener: (frame: Record<string, unknown>) => void): void {
    for (const frame of this.frames) listener(frame);
    this.#tap = listener;
  }

  /** The next frame, or the next that a test looks for. */
  async next(wanted: (frame: Record<string, unknown>) => boolean = () => true): Promise<Record<string, unknown>> {
    for (;;) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++];
        if (frame !== undefined && wanted(frame)) return frame;
      }
      await this.arrival();
    }
  }

  /** Resolves with the next frame that comes. */
  async arrival(): Promise<void> {
    if (this.ws.readyState === WebSocket.CLOSED) throw new Error('the socket closed before that');
    await new Promise<void>((resolve) => this.#wake.add(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }
}

/** Whether a socket may be opened: 101, or the status of the answer instead. */
export async function upgradeStatus(
  url: string,
  path: string,
  options: ClientOptions & { readonly protocols?: readonly string[] } = {},
): Promise<number> {
  try {
    const client = await WsClient.open(url, path, options);
    client.ws.terminate();
    return 101;
  } catch (error) {
    const status = /answered (\d+)/.exec(String(error))?.[1];
    if (status === undefined) throw error;
    return Number(status);
  }
}

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A socket after a handshake by hand: what is written to it is written as it is. */
export async function rawSocket(url: string, path: string, headers: readonly string[] = []): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...HANDSHAKE, ...headers, '', ''].join('\r\n'));
  await new Promise<void>((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (text.startsWith('HTTP/1.1 101')) resolve();
      else reject(new Error(text.split('\r\n', 1)[0]));
    });
    socket.once('close', () => reject(new Error('closed before an answer')));
  });
  return socket;
}

export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly masked?: boolean;
  readonly reserved?: number;
  /** The length that the head names, if another than the payload's. */
  readonly length?: number;
}

/** A frame of RFC 6455 by hand. */
export function wsFrame(
  payload: string | Buffer,
  { opcode = 1, fin = true, masked = true, reserved = 0, length }: FrameOptions = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const named = length ?? bytes.length;
  const mask = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  let head: Buffer;
  if (named < 126) head = Buffer.from([first, mask | named]);
  else if (named < 65_536) head = Buffer.from([first, mask | 126, named >> 8, named & 0xff]);
  else {
    head = Buffer.alloc(10);
    head.set([first, mask | 127]);
    head.writeBigUInt64BE(BigInt(named), 2);
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), bytes]);
}

/** The close code that a server sends on a socket, or 1006 if it ends without one. What has read it leaves, or stays. */
export function closeCodeOf(socket: Socket, then: 'leave' | 'stay' = 'leave'): Promise<number> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const code = closeCode(bytes);
      if (code !== undefined) {
        resolve(code);
        if (then === 'leave') socket.destroy();
      }
    });
    socket.once('close', () => resolve(1006));
  });
}

function closeCode(bytes: Buffer): number | undefined {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const opcode = (bytes[at] ?? 0) & 0x0f;
    let length = (bytes[at + 1] ?? 0) & 0x7f;
    let head = 2;
    if (length === 126) {
      if (at + 4 > bytes.length) return undefined;
      length = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (at + 10 > bytes.length) return undefined;
      length = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (at + head + length > bytes.length) return undefined;
    if (opcode === 8) return length < 2 ? 1005 : bytes.readUInt16BE(at + head);
    at += head + length;
  }
  return undefined;
}
