import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/runs/fakes.js';
import { Authenticator } from './authenticator.js';

function given(options: { open?: boolean; allow_anonymous?: boolean } = {}): {
  clock: ManualClock;
  authenticator: Authenticator;
} {
  const clock = new ManualClock();
  return { clock, authenticator: new Authenticator({ clock, open: false, allow_anonymous: false, ...options }) };
}

describe('a caller', () => {
  it('is current as long as its very key is there, under its name and with its scopes', () => {
    const { authenticator } = given();
    authenticator.replace([{ name: 'team', key: 'first', scopes: ['chat'] }]);
    const caller = authenticator.authenticate('first');
    authenticator.replace([
      { name: 'team', key: 'first' },
      { name: 'team', key: 'second' },
    ]);
    expect(authenticator.isCurrent(caller)).toBe(true);
    const ruler = authenticator.authenticate('second');
    authenticator.replace([{ name: 'team', key: 'second', scopes: ['chat'] }]);
    expect(authenticator.isCurrent(caller)).toBe(false);
    expect(authenticator.isCurrent(ruler)).toBe(false);
    authenticator.replace([{ name: 'other', key: 'first' }]);
    expect(authenticator.isCurrent(caller)).toBe(false);
  });

  it('without a key stays', () => {
    const { authenticator } = given({ allow_anonymous: true });
    const caller = authenticator.authenticate(undefined);
    authenticator.replace([{ name: 'team', key: 'first' }]);
    expect(authenticator.isCurrent(caller)).toBe(true);
  });
});

describe('an open connection', () => {
  it('is told once when its key is revoked, and not when it closed before', () => {
    const { authenticator } = given();
    authenticator.replace([{ name: 'team', key: 'first' }]);
    const told: string[] = [];
    const caller = authenticator.authenticate('first');
    authenticator.whenGone(caller, () => told.push('open'));
    authenticator.whenGone(caller, () => told.push('closed'))();
    authenticator.replace([{ name: 'team', key: 'first', scopes: ['chat', 'admin'] }]);
    expect(told).toEqual([]);
    authenticator.replace([{ name: 'team', key: 'second' }]);
    authenticator.replace([]);
    expect(told).toEqual(['open']);
  });

  it('is told when its key expires', () => {
    const { authenticator, clock } = given();
    authenticator.replace([{ name: 'team', key: 'first', expires_at: clock.now() + 60_000 }]);
    let gone = false;
    authenticator.whenGone(authenticator.authenticate('first'), () => {
      gone = true;
    });
    for (let second = 0; second < 50; second += 10) clock.advance(10_000);
    expect(gone).toBe(false);
    clock.advance(10_000);
    expect(gone).toBe(true);
  });
});
