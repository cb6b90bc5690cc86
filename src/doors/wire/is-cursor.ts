import { ValidateBy } from 'class-validator';

/** A text or a number: whoever reads it says what is malformed, by a code of its own. */
export function IsCursor(): PropertyDecorator {
  return ValidateBy({
    name: 'isCursor',
    validator: {
      validate: (value: unknown) => typeof value === 'string' || typeof value === 'number',
      defaultMessage: () => '$property must be a cursor that was given, or 0',
    },
  });
}
