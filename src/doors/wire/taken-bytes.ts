import type { Socket } from 'node:net';

/**
 * Bytes that the operating system has taken of what was written: only grows. Node counts a write as a whole, once all of it
 * is gone; what is left of the one under way stands at the handle, and of a slow reader it may take minutes.
 */
export function takenBytes(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const given = numberAt(handle, 'bytesWritten');
  const left = numberAt(handle, 'writeQueueSize');
  return given === undefined || left === undefined ? socket.bytesWritten - socket.writableLength : given - left;
}

function numberAt(object: unknown, name: string): number | undefined {
  const value: unknown = typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
  return typeof value === 'number' ? value : undefined;
}
