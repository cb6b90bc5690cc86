import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import { ERROR_TABLE } from './error-table.js';
import { toProblem } from './problem.js';
import { requestId } from './request-id.js';

/** Answers on a connection that has no response object, as problem+json, and closes it. */
export function answerRaw(socket: Duplex, error: ParleyError): void {
  const { http } = ERROR_TABLE[error.code];
  const id = requestId(error);
  const body = JSON.stringify(toProblem(error, id));
  const head = [
    `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? ''}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'x-content-type-options: nosniff',
    ...(error.retryAfter === undefined ? [] : [`retry-after: ${Math.ceil(error.retryAfter)}`]),
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
