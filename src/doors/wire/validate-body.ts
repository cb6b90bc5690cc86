import type { Type } from '@nestjs/common';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { invalidRequest, validationPipe } from './validation.js';

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
    if (!(error instanceof ParleyError) || pointer === '') throw error;
    throw invalidRequest(error.problems.map((problem) => ({ ...problem, pointer: `${pointer}${problem.pointer}` })));
  }
}
