import { expect, test } from '@jest/globals';
import { ManualClock } from '../../test/runs/fakes.js';
import { Mailbox } from './mailbox.js';

const LATER = 1_700_000_100_000;
const NEVER = new AbortController().signal;

test('takes answers of those who were asked before a restart, before the loop asks again', async () => {
  const mailbox = new Mailbox<string>(new ManualClock());
  mailbox.expect(['a', 'b']);
  expect(mailbox.asked).toEqual(['a', 'b']);
  const delivered = mailbox.deliver('a', 'early');
  expect([mailbox.asked, mailbox.deliver('a', 'twice'), mailbox.deliver('c', 'unasked')]).toEqual([
    ['b'],
    undefined,
    undefined,
  ]);
  const early = await mailbox.next('a', LATER, NEVER);
  if (typeof early === 'string') throw new Error(early);
  expect(early.value).toBe('early');
  early.accepted();
  await delivered;
  const waiting = mailbox.next('b', LATER, NEVER);
  expect(mailbox.asked).toEqual(['b']);
  void mailbox.deliver('b', 'in time');
  expect(await waiting).toMatchObject({ value: 'in time' });
  expect(mailbox.asked).toEqual([]);
});

test('ends the wait at the deadline, and when the run ends', async () => {
  const clock = new ManualClock();
  const mailbox = new Mailbox<string>(clock);
  const late = mailbox.next('a', clock.now() + 10, NEVER);
  clock.advance(10);
  expect([await late, mailbox.deliver('a', 'too late')]).toEqual(['timeout', undefined]);
  const abort = new AbortController();
  const cut = mailbox.next('a', LATER, abort.signal);
  abort.abort();
  expect([await cut, await mailbox.next('a', LATER, abort.signal)]).toEqual(['aborted', 'aborted']);
});
