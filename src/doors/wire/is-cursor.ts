import { ValidateBy } from 'class-validator';

/** Texts longer than any cursor are not looked at. */
const LONGEST = 2_000;

/** A text or a whole number; what it means is for whoever reads it. */
export function IsCursor(): PropertyDecorator {
  return ValidateBy({
    name: 'isCursor',
    validator: {
      validate: (value: unknown) =>
        (typeof value === 'string' && value.length <= LONGEST) || (Number.isSafeInteger(value) && Number(value) >= 0),
      defaultMessage: () => '$property must be a cursor that was given, or 0',
    },
  });
}
