import { describe, expect, it } from '@jest/globals';
import { parseControl } from './control-name.js';

describe('parseControl', () => {
  it('reads the grammar', () => {
    expect(parseControl('text:20:5')).toEqual({ type: 'text', count: 20, intervalMs: 5 });
    expect(parseControl('openai/chars:3@tag')).toEqual({ type: 'chars', count: 3, intervalMs: 0 });
    expect(parseControl('act:leave:2')).toEqual({ type: 'act', actionType: 'leave', from: 2 });
    expect(parseControl('slow:10:pace:5:scripted')).toEqual({
      type: 'slow',
      ms: 10,
      inner: { type: 'pace', ms: 5, inner: { type: 'scripted' } },
    });
  });

  it.each([
    ['bad:429', '', Infinity],
    ['bad:stall-after-3', '3', Infinity],
    ['bad:stall-after:3x2', '3', 2],
    ['bad:retry-after-ms-50', '50', Infinity],
    ['bad:retry-after-NaN', 'NaN', Infinity],
    ['bad:gap-after-3:500', '3:500', Infinity],
    ['bad:tool-args-huge-2m@x9', '2m', Infinity],
  ])('reads the fault %s', (model, arg, times) => {
    expect(parseControl(model)).toMatchObject({ type: 'bad', named: { arg }, times });
  });

  it.each(['', 'gpt', 'text:many', 'bad:', 'bad:nothing', 'slow:5:nothing', 'scripted:1'])(
    'does not know %j',
    (model) => {
      expect(parseControl(model)).toEqual({ type: 'unknown' });
    },
  );
});
