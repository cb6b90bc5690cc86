import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { ParleyError } from '../../../core/kernel/parley-error.js';

const TYPES = ['chat', 'cancel', 'resume', 'ping', 'disconnect', 'auth'] as const;
export type ChatMessageType = (typeof TYPES)[number];

/** A message of a client on `/ws`; `data` is an object, empty if it was left out. */
export interface ChatMessage {
  readonly type: ChatMessageType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Data of `auth`. */
export class AuthDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(4_096)
  api_key: string;
}

/** @throws ParleyError `invalid_request` naming the types there are */
export function requireMessage(message: unknown): ChatMessage {
  if (!isRecord(message)) throw new ParleyError('invalid_request', 'a message must be a JSON object {type, data}');
  const { type, data } = message;
  const known = TYPES.find((name) => name === type);
  if (known === undefined) throw invalid('/type', `must be one of ${TYPES.join(', ')}`);
  if (data !== undefined && data !== null && !isRecord(data)) throw invalid('/data', 'must be an object');
  return { type: known, data: data ?? {} };
}

function invalid(pointer: string, message: string): ParleyError {
  return new ParleyError('invalid_request', `${pointer}: ${message}`, { problems: [{ pointer, message }] });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
