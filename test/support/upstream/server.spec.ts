import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startUpstream } from './server.js';
import { chat, stream, wholeText } from './spec-client.js';
import type { Upstream } from './upstream.js';

let upstream: Upstream;

beforeEach(async () => {
  upstream = await startUpstream();
});

afterEach(() => upstream.close());

it('the scripted upstream: streams a text in the asked number of deltas and gives usage when asked', async () => {
  const answer = await stream(upstream, { model: 'text:40:0', extra: { stream_options: { include_usage: true } } });
  expect(answer.deltas).toHaveLength(40);
  expect(answer).toMatchObject({ finish: 'stop', done: true, usage: { completion_tokens: 40 } });
  expect((await stream(upstream, { model: 'text:40' })).usage).toBeUndefined();
});

it('the scripted upstream: says the same without a stream', async () => {
  const { text } = await stream(upstream, { model: 'text:12' });
  expect(await wholeText(upstream, { model: 'text:12' })).toBe(text);
  expect(await wholeText(upstream, { model: 'echo', user: 'Guten  Tag\nDu' })).toBe('Guten  Tag\nDu');
});

it('the scripted upstream: records what came and how it ended', async () => {
  await stream(upstream, { model: 'scripted', user: 'Hello' });
  const [call] = upstream.calls();
  expect(call).toMatchObject({
    n: 1,
    model: 'scripted',
    dialect: 'openai',
    status: 200,
    end: 'completed',
    kind: 'text',
  });
  expect(call?.headers['authorization']).toBe('Bearer sk-spec');
  expect(call?.body).toMatchObject({ messages: [{ role: 'user', content: 'Hello' }] });
  expect(call?.endedAt).toBeGreaterThanOrEqual(call?.firstByteAt ?? Infinity);
});

it('the scripted upstream: sees a client leave in the middle of a stream, and before the first byte', async () => {
  for (const model of ['bad:stall-after-3', 'bad:hang', 'slow:60000:scripted', 'bad:endless']) {
    const leaving = new AbortController();
    const answer = chat(upstream, { model, extra: { stream: true }, signal: leaving.signal }).then((r) => r.text());
    await upstream.until((u) => u.open(model) === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow('abort');
    await upstream.until((u) => u.open(model) === 0);
    expect(upstream.calls(model)[0]?.end).toBe('aborted');
  }
});

it('the scripted upstream: counts calls at once, per model and in all', async () => {
  const gate = Promise.withResolvers<void>();
  upstream.script('a', { text: ['one', { until: gate.promise }, 'two'] });
  const answers = [1, 2, 3].map(() => stream(upstream, { model: 'a' }));
  await upstream.until((u) => u.open('a') === 3);
  await stream(upstream, { model: 'echo' });
  gate.resolve();
  expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(['onetwo', 'onetwo', 'onetwo']);
  expect([upstream.maxConcurrent('a'), upstream.maxConcurrent('echo'), upstream.maxConcurrent()]).toEqual([3, 1, 4]);
});

it('the scripted upstream: cuts open streams on reset and forgets', async () => {
  upstream.script('m', [{ text: 'never asked for' }]);
  const answer = stream(upstream, { model: 'bad:stall-after-3' });
  answer.catch(() => undefined);
  await upstream.until((u) => u.calls()[0]?.status === 200);
  const [call] = upstream.calls();
  upstream.reset();
  await expect(answer).rejects.toThrow();
  expect(call?.end).toBe('closed');
  expect([upstream.calls().length, upstream.open()]).toEqual([0, 0]);
  upstream.assertComplete();
  await stream(upstream, { model: 'bad:429x1@again' });
  expect(upstream.calls()[0]).toMatchObject({ index: 0, n: 1, status: 429 });
});

it('the scripted upstream: closes at once with streams, timers and waiting scripts open', async () => {
  const other = await startUpstream();
  other.script('gate', { text: ['a', { until: new Promise(() => undefined) }] });
  const answers = ['gate', 'slow:60000:echo', 'bad:hang'].map((model) => stream(other, { model }));
  const ended = Promise.allSettled(answers);
  await other.until((u) => u.open() === 3);
  const late = other.until(() => false);
  await Promise.all([other.close(), expect(late).rejects.toThrow('closed')]);
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(other.connections().open).toBe(0);
  expect(other.calls().map(({ end }) => end)).toEqual(['closed', 'closed', 'closed']);
});

it('the scripted upstream: says what it waited for in vain', async () => {
  await stream(upstream, { model: 'echo' });
  await expect(upstream.until((u) => u.calls().length > 1, 10)).rejects.toThrow('echo#1 200 completed');
});

it('the scripted upstream: lists models and asks for a key', async () => {
  const locked = await startUpstream({ apiKey: 'sk-right', models: ['m1'] });
  const list = (key: string): Promise<Response> =>
    fetch(`${locked.url}/models`, { headers: { authorization: `Bearer ${key}` } });
  expect((await list('sk-wrong')).status).toBe(401);
  expect(await (await list('sk-right')).json()).toMatchObject({ data: [{ id: 'm1', object: 'model' }] });
  await locked.close();
});

it('the scripted upstream: refuses and reports unknown models and routes', async () => {
  expect((await chat(upstream, { model: 'gpt-nothing' })).status).toBe(404);
  expect((await chat(upstream, { model: 'bad:nothing' })).status).toBe(404);
  expect((await fetch(`${upstream.origin}/nowhere`)).status).toBe(404);
  expect(() => upstream.assertComplete()).toThrow(/gpt-nothing[\s\S]*bad:nothing[\s\S]*\/nowhere/);
});
