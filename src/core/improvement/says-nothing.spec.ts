import { expect, it } from '@jest/globals';
import { NOTHING_TO_IMPROVE } from './prompts.js';
import { isPlaceholder, saysNothing } from './says-nothing.js';

it.each([
  NOTHING_TO_IMPROVE,
  'None.',
  'none',
  '1. None',
  'N/A',
  '- Nothing to improve',
  '**No improvements needed.**',
  'No changes are necessary.',
  'No further suggestions',
  'Nothing that matters.',
  'The draft is already complete.',
  '(none)',
])('takes %j for "nothing"', (text) => {
  expect(saysNothing(text)).toBe(true);
});

it.each([
  '1. Say why.',
  'No changes to the code, but the text is wrong.',
  'Nothing is said about errors; add that.',
  'None of the examples run. Fix them.',
  'The draft is good, but the sum is wrong.',
  'No example is given: add one.',
  'Nothing in the answer explains why that is safe',
  'None of the claims has a source',
  '1. None of the steps has a unit\n2. The sum is wrong',
  'No improvements to the first part. The second part is wrong.',
])('takes %j for a suggestion', (text) => {
  expect(saysNothing(text)).toBe(false);
});

it.each(['None', '(unchanged)', 'No changes needed.', 'Same as the draft.', '*See above*'])(
  'takes %j for a placeholder',
  (text) => {
    expect(isPlaceholder(text)).toBe(true);
  },
);

it.each(['42', 'No.', 'The same number: 42', '-1', 'Nothing.', 'See you.'])('takes %j for an answer', (text) => {
  expect(isPlaceholder(text)).toBe(false);
});
