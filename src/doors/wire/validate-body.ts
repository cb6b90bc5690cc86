import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { fieldsWithin, problemsOf, validationPipe } from './validation.js';

const pipe = validationPipe();

/**
 * Validates what came by another way than a request's body, by the same classes and rules.
 *
 * @param pointer where it stands in what was sent (RFC 6901)
 * @throws ParleyError `invalid_request` naming every field
 */
export async function validateBody<T extends object>(metatype: Type<T>, value: unknown, pointer = ''): Promise<T> {
  try {
    return (await pipe.transform(value, { type: 'body', metatype })) as T;
  } catch (error) {
    throw fieldsWithin(error, pointer);
  }
}

/**
 * Validates a body in a foreign dialect, whose clients send more than is read: other fields are left out.
 *
 * @throws ParleyError `malformed_request` naming every field that is read and is not what it should be
 */
export async function validateLenient<T extends object>(dto: Type<T>, value: unknown): Promise<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ParleyError('malformed_request', 'the body must be a JSON object');
  const body = plainToInstance(dto, value);
  const errors = await validate(body, { whitelist: true, forbidUnknownValues: true });
  if (errors.length === 0) return body;
  const problems = errors.flatMap((error) => problemsOf(error, ''));
  const detail = problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
  throw new ParleyError('malformed_request', detail, { problems });
}
