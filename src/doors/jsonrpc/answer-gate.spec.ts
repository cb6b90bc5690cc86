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
  gate.release('answer');
  expect([sent, gate.queued(), drained]).toEqual([['before', 'answer', 'text', END], 0, true]);
});

test('the answer to a cancel comes behind the last text and before the end', () => {
  const sent: string[] = [];
  const gate = gateTo(sent);
  gate.hold();
  gate.send('text');
  gate.send(END);
  gate.stopped();
  gate.release('cancelled');
  gate.hold();
  gate.send('text');
  gate.stopped();
  gate.release('cancelled');
  gate.hold();
  gate.send('text');
  gate.release(undefined);
  expect(sent).toEqual(['text', 'cancelled', END, 'text', 'cancelled', 'text']);
});

test('the answers of a batch come before the end of the first task that it stops, and all of the next', () => {
  const sent: string[] = [];
  const gate = gateTo(sent);
  gate.hold();
  gate.send(END);
  gate.stopped();
  gate.send('next');
  gate.send(END);
  gate.stopped();
  gate.release('answers');
  gate.hold();
  gate.send('later');
  gate.release('answer');
  expect(sent).toEqual(['answers', END, 'next', END, 'answer', 'later']);
});

test('what something waits for goes before the answer', () => {
  const sent: string[] = [];
  const gate = gateTo(sent);
  gate.hold();
  gate.send('text');
  gate.stopped();
  let drained = false;
  gate.onDrained(() => (drained = true));
  gate.pass();
  gate.send(END);
  expect([sent, drained]).toEqual([['text', END], true]);
  gate.hold();
  gate.send('next');
  gate.release('answers');
  expect(sent).toEqual(['text', END, 'answers', 'next']);
});
