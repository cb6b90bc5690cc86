import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, ValidationTypes, type ValidatorConstraintInterface } from 'class-validator';

export type DtoClass = new () => object;

/** One rule of a field, as its decorator checks it. */
export interface FieldRule {
  readonly each: boolean;
  readonly constraints: readonly unknown[];
  readonly validator: ValidatorConstraintInterface;
}

/** A field of a DTO, as its decorators declare it. */
export interface DtoField {
  readonly name: string;
  /** Whether its rules hold, for what stands there: an optional field may be left out. */
  readonly conditions: readonly ((dto: object, value: unknown) => boolean)[];
  readonly rules: readonly FieldRule[];
  /** The class of an object, or of the entries of a list (`each`). */
  readonly inner?: DtoClass;
  readonly each: boolean;
  /** The value is made another one before it is looked at, as texts of a query are made numbers. */
  readonly converted: boolean;
}

type Storage = ReturnType<typeof getMetadataStorage>;
type Declared = ReturnType<Storage['getTargetValidationMetadatas']>[number];
type Constraint = ReturnType<Storage['getTargetValidatorConstraints']>[number];
/** What a decorator was not given is not there, whatever its type says. */
type Metadata = Partial<Declared> & Pick<Declared, 'type' | 'propertyName'>;

const known = new Map<DtoClass, readonly DtoField[] | undefined>();

/**
 * The fields of a DTO, read once from what its decorators say to class-validator and class-transformer.
 *
 * @returns undefined for a class that has rules of another kind than those told of here
 */
export function fieldsOf(dto: DtoClass): readonly DtoField[] | undefined {
  if (!known.has(dto)) known.set(dto, read(dto));
  return known.get(dto);
}

function read(dto: DtoClass): readonly DtoField[] | undefined {
  const all = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  if (all.length === 0 || !all.every(isKnown)) return undefined;
  const names = [...new Set(all.map(({ propertyName }) => propertyName))];
  return names.map((name) =>
    fieldOf(
      dto,
      name,
      all.filter(({ propertyName }) => propertyName === name),
    ),
  );
}

function isKnown({ type, constraintCls, groups = [], validateIf, context }: Metadata): boolean {
  if (groups.length > 0 || validateIf !== undefined || context !== undefined) return false;
  switch (type) {
    case ValidationTypes.CUSTOM_VALIDATION:
      return constraintsOf(constraintCls).every((constraint) => !constraint.async);
    case ValidationTypes.CONDITIONAL_VALIDATION:
    case ValidationTypes.NESTED_VALIDATION:
    case ValidationTypes.WHITELIST:
      return true;
    default:
      return false;
  }
}

function fieldOf(dto: DtoClass, name: string, all: readonly Metadata[]): DtoField {
  const of = (type: string): readonly Metadata[] => all.filter((one) => one.type === type);
  const [nested] = of(ValidationTypes.NESTED_VALIDATION);
  const each = nested?.each ?? false;
  const inner = nested === undefined ? undefined : innerClass(dto, name, each);
  return {
    name,
    conditions: of(ValidationTypes.CONDITIONAL_VALIDATION).flatMap(
      ({ constraints = [] }) => constraints.slice(0, 1) as DtoField['conditions'],
    ),
    rules: of(ValidationTypes.CUSTOM_VALIDATION).flatMap(rulesOf),
    ...(inner === undefined ? {} : { inner }),
    each,
    converted: inner === undefined && (nested !== undefined || isConverted(dto, name)),
  };
}

function rulesOf({ constraintCls, constraints = [], each = false }: Metadata): readonly FieldRule[] {
  return constraintsOf(constraintCls).map(({ instance: validator }) => ({ each, constraints, validator }));
}

function constraintsOf(constraintCls: Metadata['constraintCls']): readonly Constraint[] {
  return constraintCls === undefined ? [] : getMetadataStorage().getTargetValidatorConstraints(constraintCls);
}

/** The class that `@Type` names. */
export function innerClass(dto: DtoClass, name: string, each: boolean): DtoClass | undefined {
  const made: unknown = Reflect.get(plainToInstance(dto, { [name]: each ? [{}] : {} }), name);
  const one: unknown = Array.isArray(made) ? made[0] : made;
  if (typeof one !== 'object' || one === null || one.constructor === Object) return undefined;
  return one.constructor as DtoClass;
}

function isConverted(dto: DtoClass, name: string): boolean {
  return Reflect.get(plainToInstance(dto, { [name]: '1' }), name) !== '1';
}
