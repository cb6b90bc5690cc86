import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startUpstream } from './server.js';
import { chat, stream, wholeText } from './spec-client.js';
import type { Upstream } from './upstream.js';

let upstream: Upstream;

beforeEach(async () => {
  upstream = await startUpstream();
});

afterEach(() => upstream.close());

it('a scripted model: uses up a list in order, then answers 500 and says so', async () => {
  upstream.script('m', [{ text: 'one' }, { status: 429, headers: { 'retry-after': '9' } }, { json: { a: 'é' } }]);
  expect(await wholeText(upstream, { model: 'm' })).toBe('one');
  const limited = await chat(upstream, { model: 'm' });
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '9']);
  expect(() => upstream.assertComplete()).toThrow('script of m: 1 of 3 replies not used');
  expect((await stream(upstream, { model: 'm' })).text).toBe('{"a":"é"}');
  upstream.assertComplete();
  expect((await chat(upstream, { model: 'm' })).status).toBe(500);
  expect(() => upstream.assertComplete()).toThrow("call 4 of 'm'");
});

it('a scripted model: asks a function, which sees the call', async () => {
  upstream.script('m', async (call, n) => ({ text: `${n}: ${call.raw.length > 0 ? call.model : ''}` }));
  expect(await wholeText(upstream, { model: 'm' })).toBe('1: m');
  expect(await wholeText(upstream, { model: 'm' })).toBe('2: m');
});

it('a scripted model: reports a function that fails', async () => {
  upstream.script('m', () => {
    throw new Error('no idea');
  });
  await expect(stream(upstream, { model: 'm' })).rejects.toThrow();
  expect(() => upstream.assertComplete()).toThrow('no idea');
});

it('a scripted model: plays actions, tool calls, thinking, finish and usage', async () => {
  upstream.script('m', [
    { action: { action_type: 'leave' } },
    {
      text: 'Wait.',
      toolCalls: [
        { name: 'add', arguments: { a: 1 } },
        { id: 'c2', name: 'x', arguments: '{' },
      ],
    },
    { thinking: 'hm hm', text: 'ok', finish: 'length', usage: { input: 3, output: 4 } },
  ]);
  const action: unknown = JSON.parse((await stream(upstream, { model: 'm' })).text);
  expect(action).toEqual({ action_type: 'leave', argument: '', to: [] });
  const called = await stream(upstream, { model: 'm' });
  expect(called).toMatchObject({ text: 'Wait.', finish: 'tool_calls' });
  expect(called.toolCalls).toEqual([
    { id: 'call_1_0', name: 'add', arguments: '{"a":1}' },
    { id: 'c2', name: 'x', arguments: '{' },
  ]);
  const last = await stream(upstream, { model: 'm', extra: { stream_options: { include_usage: true } } });
  expect(last).toMatchObject({ text: 'ok', finish: 'length', usage: { prompt_tokens: 3, total_tokens: 7 } });
});

it('a scripted model: plays raw bytes, other models, and faults on its own text', async () => {
  upstream.script('m', [
    { chunks: ['data: {"choices":[{"delta":{"content":"raw"}}]}\n', { wait: 1 }, Buffer.from('\n')] },
    { as: 'text:3' },
    { text: ['a', 'b', 'c', 'd', 'e'], fault: 'eof-after-2' },
    { chunks: ['data: {', { stop: 'cut' }] },
  ]);
  expect((await stream(upstream, { model: 'm' })).text).toBe('raw');
  expect((await stream(upstream, { model: 'm' })).deltas).toHaveLength(3);
  expect(await stream(upstream, { model: 'm' })).toMatchObject({ text: 'ab', finish: '', done: false });
  await expect(stream(upstream, { model: 'm' })).rejects.toThrow();
  expect(upstream.calls('m').at(-1)?.end).toBe('cut');
});

it('a scripted model: stands in for any model and for the model list', async () => {
  upstream.script('*', { text: 'any' });
  upstream.script('GET /models', { status: 503 });
  expect(await wholeText(upstream, { model: 'whatever' })).toBe('any');
  expect((await fetch(`${upstream.url}/models`)).status).toBe(503);
});
