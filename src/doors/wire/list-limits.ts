import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import type { FieldProblem } from '../../core/kernel/parley-error.js';

type DtoClass = new () => object;

/** A field of a DTO that is a list of limited length, or an object that has such fields. */
interface Limited {
  readonly name: string;
  readonly most?: number;
  readonly inner?: DtoClass;
}

/** Fields that hold what was said before: how long that may be is configured. */
const HISTORIES: ReadonlySet<string> = new Set(['history', 'messages']);

const known = new Map<DtoClass, readonly Limited[]>();

/**
 * Lists of a body that are longer than they may be. To be looked for before their entries are: to validate thousands of
 * them, only to say that there are too many, keeps everybody else waiting.
 *
 * @param history_messages messages of a history; absent: as many as the class allows
 */
export function longLists(dto: DtoClass, body: object, history_messages = Infinity): readonly FieldProblem[] {
  return limitedOf(dto).flatMap(({ name, most = Infinity, inner }): readonly FieldProblem[] => {
    const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;
    if (Array.isArray(value)) {
      const isHistory = HISTORIES.has(name);
      const limit = isHistory ? Math.min(most, history_messages) : most;
      if (value.length <= limit) return [];
      return [{ pointer: `/${name}`, message: `may have ${limit} ${isHistory ? 'messages' : 'entries'} at most` }];
    }
    if (inner === undefined || typeof value !== 'object' || value === null) return [];
    return longLists(inner, value).map(({ pointer, message }) => ({ pointer: `/${name}${pointer}`, message }));
  });
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
    const inner = rule.type === 'nestedValidation' && !rule.each ? classOf(dto, name) : undefined;
    return inner === undefined ? [] : [{ name, inner }];
  });
}

/** The class that `@Type` names. */
function classOf(dto: DtoClass, name: string): DtoClass | undefined {
  const made: unknown = Reflect.get(plainToInstance(dto, { [name]: {} }), name);
  return typeof made === 'object' && made !== null && made.constructor !== Object
    ? (made.constructor as DtoClass)
    : undefined;
}
