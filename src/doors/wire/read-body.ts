import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import type { Request, Response } from 'express';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { parseJson, type MessageLimits } from './parse-json.js';

export interface BodyLimits extends MessageLimits {
  /** Of a body as it is sent, and as it is after it was decompressed. */
  readonly body_bytes: number;
}

/** What is read and thrown away of a body that is too large, so that its sender gets to read the answer. */
const DRAINED_BYTES = 16 * 1_048_576;
const DRAIN_MS = 2_000;

const DECODERS: Readonly<Record<string, (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * Reads a JSON body into `request.body`: UTF-8 only, of limited size and shape, compressed or not. Without one,
 * `request.body` is undefined.
 *
 * @returns a step that throws ParleyError `malformed_request`, `invalid_json`, `invalid_request`, `payload_too_large`,
 * `unsupported_media_type`
 */
export function readBody(limits: BodyLimits): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    request.body = undefined;
    if (!hasBody(request)) return;
    try {
      request.body = await parseBody(request, limits);
    } catch (error) {
      // What is left of it would be taken for the next request, or would have to be read first.
      if (!request.complete) response.set('connection', 'close');
      throw error;
    }
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

async function parseBody(request: Request, limits: BodyLimits): Promise<unknown> {
  requireJson(request);
  const decode = decoderOf(request);
  const sent = await collect(request, limits.body_bytes);
  const bytes = decode === undefined ? sent : await decompress(sent, decode, limits.body_bytes);
  if (bytes.length === 0) return undefined;
  return parseJson(bytes, limits);
}

function requireJson(request: Request): void {
  const type = request.headers['content-type'] ?? '';
  if (type === 'application/json') return;
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type)?.[1];
  if (request.is('application/json') === false || (charset !== undefined && !/^utf-?8$/i.test(charset)))
    throw new ParleyError('unsupported_media_type', 'send the body as application/json, in UTF-8');
}

function decoderOf({ headers }: IncomingMessage): (typeof DECODERS)[string] | undefined {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return undefined;
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (decode === undefined)
    throw new ParleyError('unsupported_media_type', 'bodies may be compressed by gzip, deflate or br only');
  return decode;
}

async function decompress(bytes: Buffer, decode: (typeof DECODERS)[string], limit: number): Promise<Buffer> {
  try {
    return await decode(bytes, { maxOutputLength: limit });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(limit);
    throw new ParleyError('malformed_request', 'the body cannot be decompressed');
  }
}

function tooLarge(limit: number): ParleyError {
  return new ParleyError('payload_too_large', `the body is larger than ${limit} bytes`);
}

/** All bytes of a body. Of one that is too large nothing is kept. */
async function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit + DRAINED_BYTES) throw tooLarge(limit);
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let timer: NodeJS.Timeout | undefined;
    // Every request closes in the end: what is of no use any more must not cost an error then.
    const settle = (): void => {
      clearTimeout(timer);
      request.off('close', gone);
    };
    const gone = (): void => {
      settle();
      reject(new ParleyError('malformed_request', 'the body ended before it was complete', { level: 'debug' }));
    };
    const refuse = (): void => {
      settle();
      request.pause();
      reject(tooLarge(limit));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks = [];
        timer ??= setTimeout(refuse, DRAIN_MS);
        if (size > limit + DRAINED_BYTES) refuse();
      }
    });
    request.once('end', () => {
      settle();
      if (size > limit) refuse();
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
      // The request's listeners live as long as its answer, which may be a long stream.
      chunks = [];
    });
    request.once('error', gone);
    request.once('close', gone);
  });
}
