import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UPSTREAM_CANARY } from '../context.js';
import { startUpstream } from '../server.js';
import { chat, rawChat, readSse, stream, wholeText } from '../spec-client.js';
import type { Upstream } from '../upstream.js';
import { FAULT_NAMES, findFault } from './catalogue.js';

const SYSTEM = 'You are Ann.\nAnswer by {"action_type": "…"}.';
const JUDGE = 'Like {"agent_evaluations": {"Ann": {"goal": ["", 0], "knowledge": ["", 0]}, "Bob": {"goal": ["", 0]}}}';
const TOOL = { type: 'function', function: { name: 'add', parameters: { properties: { a: { type: 'integer' } } } } };
const SCHEMA = { response_format: { type: 'json_schema', json_schema: { name: 'agent_action', schema: {} } } };

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
afterAll(() => upstream.close());

const statusOf = async (model: string, extra = {}): Promise<number> => (await chat(upstream, { model, extra })).status;

describe('faults before the stream', () => {
  it('fail so often, then not; counted by full name', async () => {
    const statuses: number[] = [];
    for (const model of ['bad:429x2@a', 'bad:429x2@b', 'bad:429x2@a', 'bad:429x2@a'])
      statuses.push(await statusOf(model));
    expect(statuses).toEqual([429, 429, 429, 200]);
  });

  it('give statuses, codes and headers', async () => {
    const limited = await chat(upstream, { model: 'bad:retry-after-120' });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '120']);
    expect((await chat(upstream, { model: 'bad:retry-after--1' })).headers.get('retry-after')).toBe('-1');
    expect((await chat(upstream, { model: 'bad:retry-after-ms-70' })).headers.get('retry-after-ms')).toBe('70');
    const quota: unknown = await (await chat(upstream, { model: 'bad:insufficient-quota' })).json();
    expect(quota).toMatchObject({ error: { code: 'insufficient_quota' } });
    const denied = await (await chat(upstream, { model: 'bad:401' })).text();
    expect(denied).toContain('sk-spec');
    expect(denied).toContain(UPSTREAM_CANARY);
    expect([await statusOf('bad:500'), await statusOf('bad:529'), await statusOf('bad:html-200')]).toEqual([
      500, 529, 200,
    ]);
  });

  it('refuse only what is asked for', async () => {
    expect(await statusOf('bad:refuse-json-schema')).toBe(200);
    const refused = await chat(upstream, { model: 'bad:refuse-json-schema', extra: SCHEMA });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining("'response_format' of type 'json_schema'"),
    ]);
    expect(await statusOf('bad:refuse-stream-options', { stream_options: {} })).toBe(400);
    expect(await statusOf('bad:refuse-tools')).toBe(200);
  });

  it('redirect to another origin, where the call is seen', async () => {
    const moved = await chat(upstream, { model: 'bad:redirect' });
    const location = moved.headers.get('location') ?? '';
    expect([moved.status, location]).toEqual([
      307,
      `http://localhost:${upstream.port}/redirect-target/v1/chat/completions`,
    ]);
    const body = JSON.stringify({ model: 'bad:redirect', messages: [] });
    expect((await fetch(location, { method: 'POST', body })).status).toBe(200);
    expect(upstream.calls().map(({ path }) => path.startsWith('/redirect-target'))).toEqual([false, true]);
  });

  it('reset, or say nothing, or only headers', async () => {
    expect(await rawChat(upstream, { model: 'bad:reset' })).toEqual({ bytes: Buffer.alloc(0), error: 'ECONNRESET' });
    expect((await rawChat(upstream, { model: 'bad:hang' })).bytes).toHaveLength(0);
    expect((await rawChat(upstream, { model: 'bad:headers-then-hang' })).bytes.toString()).toMatch(
      /^HTTP\/1.1 200[^]*\r\n\r\n$/,
    );
    await upstream.until((u) => u.open() === 0);
    expect(upstream.calls().map(({ end }) => end)).toEqual(['cut', 'aborted', 'aborted']);
  });
});

describe('faults within the stream', () => {
  it('end it in the wrong way', async () => {
    const cut = await rawChat(upstream, { model: 'bad:cut-after-3' });
    expect(cut.bytes.toString().split('"content":"').length - 2).toBe(3);
    expect(cut.bytes.toString()).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(cut.error).toBeUndefined();
    expect((await rawChat(upstream, { model: 'bad:eof-after-3' })).bytes.toString()).toMatch(/\r\n0\r\n\r\n$/);
    expect((await rawChat(upstream, { model: 'bad:reset-after-1' })).error).toBe('ECONNRESET');
    const eof = await stream(upstream, { model: 'bad:eof-after-3' });
    expect([eof.deltas.length, eof.finish, eof.done]).toEqual([3, '', false]);
    expect(await stream(upstream, { model: 'bad:no-finish' })).toMatchObject({ finish: '', done: true });
    expect(await stream(upstream, { model: 'bad:no-done' })).toMatchObject({ finish: 'stop', done: false });
    expect(await stream(upstream, { model: 'bad:empty-content' })).toMatchObject({
      text: '',
      finish: 'stop',
      done: true,
    });
    expect(await (await chat(upstream, { model: 'bad:empty-200', extra: { stream: true } })).text()).toBe('');
    const tail = await (await chat(upstream, { model: 'bad:half-json-tail', extra: { stream: true } })).text();
    expect(tail).toMatch(/data: \{[^\n]*"content":"~~$/);
    const error = await (await chat(upstream, { model: 'bad:error-in-data', extra: { stream: true } })).text();
    expect(error).toMatch(/data: \{"error":.*\}\n\n$/);
  });

  it('leave the text as it is where the spelling is legal', async () => {
    const { text } = await stream(upstream, { model: 'scripted' });
    const spelt = ['crlf', 'cr-only', 'mixed-eol', 'comments', 'bom', 'multi-line-data', 'no-space', 'unknown-events'];
    const delivered = ['split-bytes', 'slow-bytes-0', 'split-at-301', 'null-delta', 'usage-weird', 'gap-after-3:5'];
    for (const fault of [...spelt, ...delivered]) {
      const response = await chat(upstream, { model: `bad:${fault}`, extra: { stream: true } });
      const read = readSse(Buffer.from(await response.arrayBuffer()).toString());
      expect({ fault, ...read }).toMatchObject({ fault, text, finish: 'stop', done: true });
    }
  });
});

describe('faults of bytes and sizes', () => {
  it('send every byte alone', async () => {
    const { bytes } = await rawChat(upstream, { model: 'bad:split-bytes' });
    const body = bytes.toString().split('\r\n\r\n')[1] ?? '';
    expect(body.startsWith('1\r\nd\r\n1\r\na\r\n1\r\nt\r\n')).toBe(true);
  });

  it('hold very long lines, bad bytes and odd usage', async () => {
    const long = await stream(upstream, { model: 'bad:line-2m' });
    expect(Math.max(...long.deltas.map((delta) => delta.length))).toBe(2 ** 21);
    const open = await (await chat(upstream, { model: 'bad:no-newline-1m', extra: { stream: true } })).text();
    expect([open.length > 2 ** 20, open.includes('\n')]).toEqual([true, false]);
    const { bytes } = await rawChat(upstream, { model: 'bad:bad-utf8' });
    expect(bytes.includes(Buffer.from([0xff, 0xfe]))).toBe(true);
    expect((await stream(upstream, { model: 'bad:usage-weird' })).usage).toMatchObject({ prompt_tokens: -5 });
  });

  it('go on for ever without blocking the process', async () => {
    const leaving = new AbortController();
    const response = await chat(upstream, { model: 'bad:endless', extra: { stream: true }, signal: leaving.signal });
    let seen = 0;
    const reading = (async () => {
      for await (const part of response.body ?? []) if ((seen += part.length) > 2 ** 20) leaving.abort();
    })();
    await expect(reading).rejects.toThrow('abort');
    await upstream.until((u) => u.open() === 0);
  });

  it('do the same to whole answers', async () => {
    await expect(wholeText(upstream, { model: 'bad:cut-after-3' })).rejects.toThrow();
    await expect(wholeText(upstream, { model: 'bad:eof-after-3' })).rejects.toThrow('JSON');
    const whole = async (model: string): Promise<unknown> => (await chat(upstream, { model })).json();
    expect(await whole('bad:no-choices')).toMatchObject({ choices: [] });
    expect(await whole('bad:no-finish')).toMatchObject({ choices: [{ finish_reason: null }] });
    expect(await whole('bad:error-in-data')).toHaveProperty('error');
  });
});

describe('faults of content', () => {
  it('spoil actions, always or once for each agent', async () => {
    const say = (model: string, system = SYSTEM): Promise<string> => wholeText(upstream, { model, system });
    expect(await say('bad:not-json-action')).toMatch(/^I think/);
    expect(await wholeText(upstream, { model: 'bad:not-json-action', user: JUDGE })).toMatch(/^\{/);
    const said = [
      await say('bad:not-json-once'),
      await say('bad:not-json-once'),
      await say('bad:not-json-once', SYSTEM.replace('Ann', 'Bob')),
    ];
    expect(said.map((text) => text[0])).toEqual(['I', '{', 'I']);
    expect(await say('bad:fenced-json')).toMatch(/^```json\n\{[^]*\}\n```$/);
    expect(await say('bad:trailing-comma')).toMatch(/,\}$/);
    expect(JSON.parse(await say('bad:action-argument-number'))).toMatchObject({ argument: 42 });
  });

  it('spoil verdicts', async () => {
    const judge = async (model: string): Promise<unknown> =>
      JSON.parse(await wholeText(upstream, { model, user: JUDGE }));
    expect(await judge('bad:judge-out-of-range')).toMatchObject({
      agent_evaluations: { Ann: { goal: [expect.any(String), 999], knowledge: [expect.any(String), 5] } },
    });
    expect(await judge('bad:judge-missing-agent')).toEqual({
      agent_evaluations: { Bob: { goal: ['Bob does fairly on goal.', 5] } },
    });
    await expect(judge('bad:judge-garbage')).rejects.toThrow('JSON');
  });

  it('spoil tool calls', async () => {
    const call = async (fault: string, user = 'Hi') =>
      (await stream(upstream, { model: `bad:${fault}`, user, extra: { tools: [TOOL] } })).toolCalls;
    expect(await call('tool-args-wrong-types', '[[tool:add {"a":"x"}]]')).toMatchObject([
      { name: 'add', arguments: '{"a":42}' },
    ]);
    expect((await call('tool-args-half'))[0]?.arguments).toBe('{"a');
    expect((await call('tool-args-proto'))[0]?.arguments).toContain('"__proto__":{');
    expect((await call('tool-args-huge'))[0]?.arguments.length).toBeGreaterThan(2 ** 20);
    const [one, two] = await call('tool-args-same-id');
    expect(one).toEqual(two);
    expect(await call('tool-many-20')).toHaveLength(20);
    expect(await call('tool-look-alike')).toMatchObject([{ name: expect.not.stringMatching(/^add$/) }]);
    expect((await stream(upstream, { model: 'bad:tool-forever' })).finish).toBe('stop');
  });
});

describe('the catalogue', () => {
  it('stands in the README, name by name', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(FAULT_NAMES.filter((name) => !new RegExp(`\`${name}[\`[-]`).test(readme))).toEqual([]);
  });

  it('answers under every name, streaming or not', async () => {
    const silent = [
      'reset',
      'hang',
      'headers-then-hang',
      'stall-after',
      'cut-after',
      'reset-after',
      'no-newline',
      'endless',
    ];
    const slow = ['line', 'slow-bytes', 'gap-after', 'tool-args-huge'];
    for (const name of FAULT_NAMES.filter((each) => ![...silent, ...slow].includes(each))) {
      for (const extra of [{ stream: true }, {}]) await (await chat(upstream, { model: `bad:${name}`, extra })).text();
    }
    expect(findFault('no-such-fault')).toBeUndefined();
    upstream.assertComplete();
  });
});
