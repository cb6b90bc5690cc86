import { getMetadataStorage, ValidateBy } from 'class-validator';
import { KeyRule } from './rules.js';

/** A class whose properties declare the keys of a section. */
export type SectionClass = new () => object;

/** A key that holds a section of its own, or a list or map of such. */
export class NestedSection {
  constructor(
    readonly shape: 'one' | 'list' | 'map',
    readonly type: () => SectionClass,
  ) {}
}

export type KeyDeclaration = KeyRule | NestedSection;

/** Declares a key that holds a section. */
export function Section(type: () => SectionClass): PropertyDecorator {
  return nested(new NestedSection('one', type));
}

/** Declares a key that holds a list of sections. */
export function SectionList(type: () => SectionClass): PropertyDecorator {
  return nested(new NestedSection('list', type));
}

/** Declares a key that holds sections under free names. */
export function SectionMap(type: () => SectionClass): PropertyDecorator {
  return nested(new NestedSection('map', type));
}

function nested(declaration: NestedSection): PropertyDecorator {
  return ValidateBy({ name: 'section', constraints: [declaration], validator: { validate: () => true } });
}

/** The keys of a section class, as its decorators declare them. */
export function keysOf(type: SectionClass): ReadonlyMap<string, KeyDeclaration> {
  const keys = new Map<string, KeyDeclaration>();
  for (const metadata of getMetadataStorage().getTargetValidationMetadatas(type, '', true, false)) {
    const declaration: unknown = metadata.constraints?.[0];
    if (declaration instanceof KeyRule || declaration instanceof NestedSection)
      keys.set(metadata.propertyName, declaration);
  }
  return keys;
}
