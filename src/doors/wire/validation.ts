import { cut } from '../../core/kernel/cut.js';
import {
  ValidationPipe,
  type ArgumentMetadata,
  type Type,
  type ValidationError,
  type ValidationPipeOptions,
} from '@nestjs/common';
import { ParleyError, type FieldProblem } from '../../core/kernel/parley-error.js';
import { listsForObjects, longLists } from './list-limits.js';
import { takeValid } from './take-valid.js';

/** Problems that are told: a body may have thousands. */
const MOST_PROBLEMS = 100;
/** Characters of a name in a body that are said back. */
const NAME_SHOWN = 200;

/**
 * Validates bodies and queries: strict, without conversion, unknown fields refused; all problems at once.
 *
 * @param history_messages messages of a history; absent: as many as the class allows
 */
export function validationPipe(history_messages?: number): ValidationPipe {
  return new BodyValidationPipe(history_messages, {
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
  constructor(
    private readonly history_messages: number | undefined,
    options: ValidationPipeOptions,
  ) {
    super(options);
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (metatype === undefined || !this.toValidate(metadata)) return super.transform(value, metadata);
    const { history_messages } = this;
    const taken = takeValid<object>(metatype, value, { history_messages, others: 'refused' });
    return taken ?? this.#validate(value, metadata, metatype);
  }

  /** The whole way, which ends in the problems of what is wrong. */
  async #validate(value: unknown, metadata: ArgumentMetadata, metatype: Type): Promise<unknown> {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (metadata.type === 'body' && value !== undefined) {
      if (!isObject) throw invalidRequest([]);
      const long = longLists(metatype, value, this.history_messages);
      if (long.length > 0) throw invalidRequest(long);
      const lists = listsForObjects(metatype, value);
      if (lists.length > 0) throw invalidRequest(lists);
    }
    return super.transform(value, metadata);
  }
}

/** @returns a 422 that names every field, or the first hundred of them */
export function invalidRequest(all: readonly FieldProblem[]): ParleyError {
  const problems = told(all);
  const detail = problems.map(({ pointer, message }) => `${pointer || 'the body'}: ${message}`).join('; ');
  return new ParleyError('invalid_request', detail || 'the body must be a JSON object', { problems });
}

/** The first of many problems, and how many more there are. */
export function told(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  const more = problems.length - MOST_PROBLEMS;
  // What was cut before has one more: the one that says so.
  if (more <= 1) return problems;
  return [...problems.slice(0, MOST_PROBLEMS), { pointer: '', message: `has ${more} more problems` }];
}

/** An error whose fields are named from further up: for what stands inside a larger message. */
export function fieldsWithin(error: unknown, pointer: string): unknown {
  if (!(error instanceof ParleyError) || error.code !== 'invalid_request' || error.problems.length === 0) return error;
  return invalidRequest(error.problems.map((problem) => ({ ...problem, pointer: `${pointer}${problem.pointer}` })));
}

/** What is wrong, field by field. */
export function problemsOf(error: ValidationError, parent: string): FieldProblem[] {
  const { property, value } = error;
  const name = cut(property, NAME_SHOWN);
  const pointer = `${parent}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const broken = Object.entries(error.constraints ?? {});
  // What is not there is not also too short, too long, and of the wrong type.
  if (value === undefined && broken.length > 0) return [{ pointer, message: 'is missing' }];
  const own = broken.map(([rule, message]) => ({
    pointer,
    message: rule === 'whitelistValidation' ? 'is not a known field' : message.replace(`${property} `, ''),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, pointer))];
}
