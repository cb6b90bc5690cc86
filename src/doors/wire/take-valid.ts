import { fieldsOf, type DtoClass, type DtoField, type FieldRule } from './dto-fields.js';
import { isHistory } from './list-limits.js';

export interface TakeOptions {
  /** Messages of a history; absent: as many as the class allows. */
  readonly history_messages?: number | undefined;
  /** Fields the class does not have: refused, or left out. */
  readonly others: 'refused' | 'left out';
}

/** What stands for a value that is not plainly right. */
const UNSURE = Symbol('unsure');

/** What is written into the prototype of an object, or looks so. */
const PROTO_KEYS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * The quick way through validation, which nearly all bodies go: asks the rules of the class, and nothing else. What it lets
 * through is what class-validator lets through; what it does not is for class-validator to look at, and to tell what is
 * wrong with it.
 *
 * @returns an instance of the class, or undefined for what is wrong, or unlike anything that comes as JSON
 */
export function takeValid<T extends object>(dto: new () => T, body: unknown, options: TakeOptions): T | undefined {
  const taken = take(dto, body, options);
  return taken instanceof dto ? taken : undefined;
}

function take(dto: DtoClass, body: unknown, options: TakeOptions): object | typeof UNSURE {
  const fields = fieldsOf(dto);
  if (fields === undefined || !isPlain(body)) return UNSURE;
  const taken = new dto();
  let found = 0;
  for (const field of fields) {
    const isThere = Object.hasOwn(body, field.name);
    const value: unknown = isThere ? body[field.name] : undefined;
    if (!obeys(dto, body, value, field)) return UNSURE;
    if (!isThere) continue;
    found++;
    const part = takeField(field, value, options);
    if (part === UNSURE) return UNSURE;
    Reflect.set(taken, field.name, part);
  }
  return options.others === 'refused' && found < Object.keys(body).length ? UNSURE : taken;
}

function obeys(dto: DtoClass, object: object, value: unknown, { name, conditions, rules }: DtoField): boolean {
  if (!conditions.every((holds) => holds(object, value))) return true;
  return rules.every((rule) => obeysRule(rule, { targetName: dto.name, property: name, object, value }));
}

function obeysRule(
  { each, constraints, validator }: FieldRule,
  about: { readonly targetName: string; readonly property: string; readonly object: object; readonly value: unknown },
): boolean {
  const args = { ...about, constraints: [...constraints] };
  const passes = (value: unknown): boolean => validator.validate(value, args) === true;
  return each && Array.isArray(about.value) ? about.value.every(passes) : passes(about.value);
}

function takeField({ name, inner, each, converted }: DtoField, value: unknown, options: TakeOptions): unknown {
  if (value === undefined || value === null) return value;
  if (converted) return UNSURE;
  if (inner === undefined) return isInert(value) ? value : UNSURE;
  if (!each) return take(inner, value, options);
  if (!Array.isArray(value)) return UNSURE;
  if (isHistory(name) && value.length > (options.history_messages ?? Infinity)) return UNSURE;
  const entries: unknown[] = [];
  for (const entry of value) {
    const taken = take(inner, entry, options);
    if (taken === UNSURE) return UNSURE;
    entries.push(taken);
  }
  return entries;
}

/** Whether a value is like one that came as JSON, and has no key that stands for a prototype. */
function isInert(value: unknown): boolean {
  if (typeof value !== 'object')
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isInert) && Object.keys(value).length === value.length;
  return isPlain(value) && Object.entries(value).every(([key, part]) => !PROTO_KEYS.has(key) && isInert(part));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
