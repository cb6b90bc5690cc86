import { invalidRequest } from '../wire/validation.js';

/** `chat`: server-sent events for a `message`; `text`: plain text for a `prompt`. */
export type StreamDialect = 'chat' | 'text';

/**
 * Which of the two dialects of POST /chat/stream a body is in.
 *
 * @throws ParleyError `invalid_request` for a body that is in both, or in neither
 */
export function dialectOf(body: unknown): StreamDialect {
  const message = has(body, 'message');
  const prompt = has(body, 'prompt');
  if (message !== prompt) return message ? 'chat' : 'text';
  const what = message ? 'both are given: send either' : 'is missing: send either';
  throw invalidRequest([
    { pointer: message ? '/prompt' : '/message', message: `${what} "message" (events) or "prompt" (plain text)` },
  ]);
}

function has(body: unknown, field: string): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !Object.hasOwn(body, field)) return false;
  const value: unknown = Reflect.get(body, field);
  return value !== null && value !== undefined;
}
