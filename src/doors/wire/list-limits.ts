import { getMetadataStorage } from 'class-validator';
import type { FieldProblem } from '../../core/kernel/parley-error.js';
import { innerClass, type DtoClass } from './dto-fields.js';

/** A field of a DTO that is a list of limited length, an object that has fields of its own, or a list of such objects. */
interface Limited {
  readonly name: string;
  readonly most?: number;
  readonly inner?: DtoClass;
  readonly each?: boolean;
}

/** Fields that hold what was said before: how long that may be is configured. */
const HISTORIES: ReadonlySet<string> = new Set(['history', 'messages']);

/** Whether a field holds what was said before. */
export function isHistory(name: string): boolean {
  return HISTORIES.has(name);
}

const known = new Map<DtoClass, readonly Limited[]>();

/**
 * Lists of a body that are longer than they may be. To be looked for before their entries are: to validate thousands of
 * them, only to say that there are too many, keeps everybody else waiting.
 *
 * @param history_messages messages of a history; absent: as many as the class allows
 */
export function longLists(dto: DtoClass, body: object, history_messages = Infinity): readonly FieldProblem[] {
  return limitedOf(dto).flatMap(({ name, most, inner, each }): readonly FieldProblem[] => {
    const value = own(body, name);
    if (Array.isArray(value)) {
      // A field has an entry for each of its rules: its length is that of one.
      if (most === undefined) return [];
      const limit = isHistory(name) ? Math.min(most, history_messages) : most;
      if (value.length <= limit) return [];
      return [
        { pointer: `/${name}`, message: `may have ${limit} ${isHistory(name) ? 'messages' : 'entries'} at most` },
      ];
    }
    if (inner === undefined || each === true || !isObject(value)) return [];
    return within(`/${name}`, longLists(inner, value));
  });
}

/**
 * Lists that stand where an object belongs. The validator takes an empty one for an object without faults, and the entries
 * of others for the object itself.
 */
export function listsForObjects(dto: DtoClass, body: object): readonly FieldProblem[] {
  return limitedOf(dto).flatMap(({ name, inner, each = false }): readonly FieldProblem[] => {
    if (inner === undefined) return [];
    const value = own(body, name);
    if (!each) return objectAt(`/${name}`, inner, value);
    return Array.isArray(value) ? value.flatMap((entry, index) => objectAt(`/${name}/${index}`, inner, entry)) : [];
  });
}

function objectAt(pointer: string, dto: DtoClass, value: unknown): readonly FieldProblem[] {
  if (Array.isArray(value)) return [{ pointer, message: 'must be an object' }];
  return isObject(value) ? within(pointer, listsForObjects(dto, value)) : [];
}

function within(pointer: string, problems: readonly FieldProblem[]): readonly FieldProblem[] {
  return problems.map((problem) => ({ ...problem, pointer: `${pointer}${problem.pointer}` }));
}

function own(body: object, name: string): unknown {
  return Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function limitedOf(dto: DtoClass): readonly Limited[] {
  const limited = known.get(dto) ?? read(dto);
  known.set(dto, limited);
  return limited;
}

function read(dto: DtoClass): readonly Limited[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return rules.flatMap((rule): readonly Limited[] => {
    const { propertyName: name } = rule;
    const [most] = (rule.constraints ?? []) as readonly unknown[];
    if (rule.name === 'arrayMaxSize' && typeof most === 'number') return [{ name, most }];
    const inner = rule.type === 'nestedValidation' ? innerClass(dto, name, rule.each) : undefined;
    return inner === undefined ? [] : [{ name, inner, each: rule.each }];
  });
}
