import { expect, test } from '@jest/globals';
import { AnswerGate } from './answer-gate.js';
import { END_HEAD } from './notification.js';

const END = `${END_HEAD},"params":{}}`;

function gateTo(sent: string[]): AnswerGate {
  return new AnswerGate({
    send: (frames) => sent.push(frames),
    sendShared: ({ text }) => sent.push(text),
    queued: () => 0,
    onDrained: (callback) => callback(),
    progress: () => sent.length,
    fail: () => undefined,
  });
}

test('what comes while a call is carried out comes behind its answer', () => {
  const sent: string[] = [];
  const gate = gateTo(sent);
  gate.send('before');
  gate.hold();
  gate.send('text');
  gate.send(END);
  let drained = false;
  gate.onDrained(() => (drained = true));
  expect([sent, gate.queued(), drained]).toEqual([['before'], 4 + END.length, false]);
  gate.release('answer', false);
  expect([sent, gate.queued(), drained]).toEqual([['before', 'answer', 'text', END], 0, true]);
});

test('the answer to a cancel comes behind the last text and before the end', () => {
  const sent: string[] = [];
  const gate = gateTo(sent);
  gate.hold();
  gate.send('text');
  gate.send(END);
  gate.release('cancelled', true);
  gate.hold();
  gate.send('text');
  gate.release('cancelled', true);
  gate.hold();
  gate.send('text');
  gate.release(undefined, false);
  expect(sent).toEqual(['text', 'cancelled', END, 'text', 'cancelled', 'text']);
});
