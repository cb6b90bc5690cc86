import type { Type, ValidationPipe } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { ParleyError, type FieldProblem } from '../../core/kernel/parley-error.js';
import { listsForObjects, longLists } from './list-limits.js';
import { takeValid } from './take-valid.js';
import { fieldsWithin, problemsOf, told, validationPipe } from './validation.js';

/** By messages of a history. */
const pipes = new Map<number | undefined, ValidationPipe>();

/**
 * Validates what came by another way than a request's body, by the same classes and rules.
 *
 * @param pointer where it stands in what was sent (RFC 6901)
 * @param history_messages messages of a history; absent: as many as the class allows
 * @throws ParleyError `invalid_request` naming every field
 */
export async function validateBody<T extends object>(
  metatype: Type<T>,
  value: unknown,
  pointer = '',
  history_messages?: number,
): Promise<T> {
  const pipe = pipes.get(history_messages) ?? validationPipe(history_messages);
  pipes.set(history_messages, pipe);
  try {
    return (await pipe.transform(value, { type: 'body', metatype })) as T;
  } catch (error) {
    throw fieldsWithin(error, pointer);
  }
}

/**
 * Validates a body in a foreign dialect, whose clients send more than is read: other fields are left out.
 *
 * @param history_messages messages of a history
 * @throws ParleyError `malformed_request` naming every field that is read and is not what it should be
 */
export async function validateLenient<T extends object>(
  dto: Type<T>,
  value: unknown,
  history_messages: number,
): Promise<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ParleyError('malformed_request', 'the body must be a JSON object');
  const taken = takeValid(dto, value, { history_messages, others: 'left out' });
  if (taken !== undefined) return taken;
  const long = longLists(dto, value, history_messages);
  if (long.length > 0) throw malformed(long);
  const lists = listsForObjects(dto, value);
  if (lists.length > 0) throw malformed(told(lists));
  const body = plainToInstance(dto, value);
  const errors = await validate(body, { whitelist: true, forbidUnknownValues: true });
  if (errors.length === 0) return body;
  throw malformed(told(errors.flatMap((error) => problemsOf(error, ''))));
}

function malformed(problems: readonly FieldProblem[]): ParleyError {
  const detail = problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
  return new ParleyError('malformed_request', detail, { problems });
}
