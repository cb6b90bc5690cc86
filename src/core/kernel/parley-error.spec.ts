import { describe, expect, it } from '@jest/globals';
import { ParleyError, toParleyError } from './parley-error.js';

describe('ParleyError', () => {
  it('knows by its code whether a retry makes sense, and how loud it is', () => {
    expect(new ParleyError('upstream_timeout', 'late')).toMatchObject({ retryable: true, level: 'info' });
    expect(new ParleyError('not_found', 'no')).toMatchObject({ retryable: false });
    expect(new ParleyError('internal', 'oops')).toMatchObject({ level: 'error' });
  });

  it('keeps what was behind an unknown error for the log, and out of the message', () => {
    const error = toParleyError(new Error('secret detail'));
    expect(error.code).toBe('internal');
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBeInstanceOf(Error);
    expect(toParleyError(error)).toBe(error);
  });
});
