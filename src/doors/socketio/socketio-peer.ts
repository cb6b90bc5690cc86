import type { Socket } from 'socket.io';
import type { SharedFrames } from '../../core/events/shared-frames.js';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import type { StreamSocket } from '../wire/socket-stream.js';
import { textFrames } from '../wire/text-frame.js';
import { errorBody, eventPacket } from './socketio-packets.js';

/** A client that has not taken what it was told at the end is cut off after so long, ms. */
const LEAVE_MS = 1_000;
/** Compressing again what was never worth it costs more than it saves. */
const ANSWER: Readonly<{ compress: boolean }> = { compress: false };

/** Of what is part of a stream. */
interface StreamOptions {
  readonly compress: boolean;
  /** Packets as WebSocket frames. */
  readonly wsPreEncodedFrame: readonly Buffer[] | undefined;
}

const STREAM: StreamOptions = { compress: false, wsPreEncodedFrame: undefined };

type Connection = Socket['conn'];

/**
 * The connection under a Socket.IO client, as streams see it. Engine.io queues without bound what a client does not take:
 * what it has of ours is counted here, packet by packet, until its transport has given it away.
 */
export class SocketIoPeer implements StreamSocket {
  /** Sizes of the packets under way, in their order. */
  readonly #sizes: number[] = [];
  readonly #waiting: (() => void)[] = [];
  #queued = 0;
  #given = 0;
  readonly #onGiven = (): void => this.#countOut();

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
  ) {}

  send(packets: string): void {
    for (const packet of packets.includes('\n') ? packets.split('\n') : [packets]) this.#write(packet, packet.length);
  }

  sendShared(frames: SharedFrames): void {
    if (this.connection.transport.name !== 'websocket') {
      this.send(frames.text);
      return;
    }
    const { options, size } = frames.as(framed);
    this.#write('', size, options);
  }

  queued(): number {
    return this.#queued;
  }

  onDrained(callback: () => void): void {
    if (this.#queued === 0) setImmediate(callback);
    else this.#waiting.push(callback);
  }

  progress(): number {
    return this.#given;
  }

  /** What waits to be taken and is no part of a stream, in UTF-16 units: streams wait for their reader, answers do not. */
  untakenAnswers(): number {
    const waiting: unknown = Reflect.get(this.connection, 'writeBuffer');
    const packets: readonly unknown[] = Array.isArray(waiting) ? waiting : [];
    return packets.reduce((sum: number, packet) => sum + answerSize(packet), 0);
  }

  /** An `error` event. */
  tell(error: ParleyError): void {
    const packet = eventPacket('error', JSON.stringify(errorBody(error)));
    this.#write(packet, packet.length, ANSWER);
  }

  fail(error: ParleyError): void {
    this.tell(error);
    this.close();
  }

  /** Closes behind what was sent, soon whatever the client takes. */
  close(): void {
    this.connection.close();
    this.clock.after(LEAVE_MS, () => this.connection.close(true));
  }

  #write(packet: string, size: number, options: Readonly<{ compress: boolean }> = STREAM): void {
    if (this.connection.readyState !== 'open') return;
    this.#sizes.push(size);
    this.#queued += size;
    this.connection.write(packet, options, this.#onGiven);
  }

  #countOut(): void {
    const size = this.#sizes.shift() ?? 0;
    this.#queued -= size;
    this.#given += size;
    if (this.#queued > 0) return;
    for (const callback of this.#waiting.splice(0)) callback();
  }
}

interface FramedPackets {
  readonly options: StreamOptions;
  /** Bytes. */
  readonly size: number;
}

/**
 * Engine.IO takes `message` packets that are WebSocket frames already, without their text: over a transport that is
 * WebSocket now nothing else can follow.
 */
function framed(text: string): FramedPackets {
  const frames = textFrames(text, '4');
  return { options: { compress: false, wsPreEncodedFrame: [frames] }, size: frames.length };
}

function answerSize(packet: unknown): number {
  if (typeof packet !== 'object' || packet === null) return 0;
  const data: unknown = Reflect.get(packet, 'data');
  const options: unknown = Reflect.get(packet, 'options');
  const isOfStream = typeof options === 'object' && options !== null && 'wsPreEncodedFrame' in options;
  return typeof data === 'string' && !isOfStream ? data.length : 0;
}
