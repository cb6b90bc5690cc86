import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { ParleyError, type FieldProblem } from '../../core/kernel/parley-error.js';

/** Validates bodies and queries: strict, without conversion, unknown fields refused; all problems at once. */
export function validationPipe(): ValidationPipe {
  return new BodyValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    stopAtFirstError: false,
    exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => problemsOf(error, ''))),
  });
}

/** Takes the absence of a body for an empty one, but nothing else: `null` and lists are no objects without fields. */
class BodyValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (metadata.type === 'body' && value !== undefined && !isObject && this.toValidate(metadata))
      throw invalidRequest([]);
    return super.transform(value, metadata);
  }
}

/** @returns a 422 that names every field */
export function invalidRequest(problems: readonly FieldProblem[]): ParleyError {
  const detail = problems.map(({ pointer, message }) => `${pointer || 'the body'}: ${message}`).join('; ');
  return new ParleyError('invalid_request', detail || 'the body must be a JSON object', { problems });
}

/** An error whose fields are named from further up: for what stands inside a larger message. */
export function fieldsWithin(error: unknown, pointer: string): unknown {
  if (!(error instanceof ParleyError) || error.code !== 'invalid_request' || error.problems.length === 0) return error;
  return invalidRequest(error.problems.map((problem) => ({ ...problem, pointer: `${pointer}${problem.pointer}` })));
}

/** What is wrong, field by field. */
export function problemsOf(error: ValidationError, parent: string): FieldProblem[] {
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    pointer,
    message: rule === 'whitelistValidation' ? 'is not a known field' : message.replace(`${error.property} `, ''),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, pointer))];
}
