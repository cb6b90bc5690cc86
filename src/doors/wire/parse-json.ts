import { isUtf8 } from 'node:buffer';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { checkJson, checkTexts, type JsonLimits } from './json-body.js';

export interface MessageLimits extends JsonLimits {
  /** Of one text in it. */
  readonly message_bytes: number;
}

/**
 * Parses a JSON text that somebody sent: UTF-8 only, of limited shape. Its size is the caller's to limit.
 *
 * @throws ParleyError `invalid_json`, `invalid_request`, `payload_too_large`
 */
export function parseJson(bytes: Buffer, limits: MessageLimits): unknown {
  if (!isUtf8(bytes)) throw new ParleyError('invalid_json', 'the body is not valid UTF-8');
  checkJson(bytes, limits);
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    throw new ParleyError('invalid_json', 'the body is not valid JSON');
  }
  if (bytes.length > limits.message_bytes) checkTexts(body, limits.message_bytes);
  return body;
}
