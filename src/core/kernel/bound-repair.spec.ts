import { describe, expect, it } from '@jest/globals';
import { jsonrepair } from 'jsonrepair';
import { boundRepair } from './bound-repair.js';
import { processorTime } from '../../../test/support/processor-time.js';

const repair = boundRepair(jsonrepair);

describe('boundRepair', () => {
  it('repairs what a model usually gets wrong', () => {
    const text = `{agent_evaluations: {'Ann': {"goal": ["${'because '.repeat(400)}", 5],},}`;
    expect(JSON.parse(repair(text))).toMatchObject({ agent_evaluations: { Ann: { goal: [expect.any(String), 5] } } });
  });

  it.each([
    ['quotes', `{"a":[${"'a".repeat(4_000)}`],
    ['curly quotes', `{"a":[${'“e'.repeat(4_000)}`],
    ['brackets', `{"a":[${'{'.repeat(200_000)}`],
    ['anything', 'x'.repeat(8_000_000)],
  ])('refuses too many %s instead of holding up the process', (_what, text) => {
    const before = processorTime();
    expect(() => repair(text)).toThrow('too large to be repaired');
    expect(processorTime() - before).toBeLessThan(1_000);
  });
});
