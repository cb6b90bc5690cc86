// The LLM server's document (reference/4): its HTTP examples, run as printed but for host, port and key, and what its
// doors promise beyond them. The engine's examples are in test/library/reference-4.spec.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { allFacts, api } from '../support/api.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Piece } from '../support/upstream/types.js';
import type { Upstream } from '../support/upstream/upstream.js';

const run = promisify(execFile);
const KEY = 'key+of&reference=4';
const EXAMPLES = fileURLToPath(new URL('../fixtures/reference-4/', import.meta.url));
/** Debian's: the one that its package `python3-requests` belongs to. */
const PYTHON = '/usr/bin/python3';
const STATUS =
  '🤔 Generating draft answer...🔄️ Running first improvement pass...🔄️ Running second improvement pass...\n\n';

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({
    config: config(upstream.url),
    env: { PARLEY_API_KEYS: `default:${KEY},other:another-key` },
  });
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

function config(base: string): string {
  const model = (name: string): string => `  "${name}": {name: "${name}", type: vllm, api_base: "${base}", api_key: k}`;
  return [
    'models:',
    ...['scripted', 'mine', 'text:400:20', 'bad:cut-after-3', 'bad:401'].map(model),
    'default_model: scripted',
    'evaluators: []',
    'system_prompts:',
    '  assistant: "You assist."',
    '  reviser: "You revise."',
    '  code_reviewer: "You review code."',
  ].join('\n');
}

/** A printed example with this server in place of the one it names. */
function example(name: string): string {
  const key = name.endsWith('.sh') ? encodeURIComponent(KEY) : KEY;
  return readFileSync(join(EXAMPLES, name), 'utf8')
    .replaceAll('http://localhost:8000', server.url)
    .replaceAll(/your(?:-api)?-key/g, key);
}

const canPython = hasRequests();
if (!canPython) {
  const how =
    'reference-4.e2e-spec: the Python examples need /usr/bin/python3 with requests: apt-get install -y python3-requests\n';
  process.stderr.write(how);
}

function hasRequests(): boolean {
  return spawnSync(PYTHON, ['-c', 'import requests']).status === 0;
}

interface Streamed {
  readonly status: number;
  readonly type: string;
  /** As they came, one for each HTTP chunk. */
  readonly chunks: readonly string[];
  readonly text: string;
}

/** Pieces of a text, each of which leaves once all before it were shown. */
class Gates {
  readonly #gates: PromiseWithResolvers<void>[] = [];
  readonly #texts: string[] = [];

  /** The next piece, and what has to be shown before it leaves. */
  behind(text: string, shown: string): Piece[] {
    const gate = Promise.withResolvers<void>();
    this.#gates.push(gate);
    this.#texts.push(shown);
    return [{ until: gate.promise }, text];
  }

  /** So much was shown. */
  readonly look = (text: string): void => {
    for (const [index, gate] of this.#gates.entries()) if (text.includes(this.#texts[index] ?? '')) gate.resolve();
  };
}

/** Reads a response chunk by chunk, as they are framed. */
function stream(
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'x-api-key': KEY },
  look: (text: string) => void = () => undefined,
): Promise<Streamed> {
  const { promise, resolve, reject } = Promise.withResolvers<Streamed>();
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const asked = httpRequest(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...json },
  });
  asked.once('error', reject);
  asked.once('response', (response) => {
    const chunks: string[] = [];
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString());
      look(chunks.join(''));
    });
    response.once('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        type: response.headers['content-type'] ?? '',
        chunks,
        text: chunks.join(''),
      }),
    );
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

const ask = (path: string, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof api> =>
  api(`${server.url}${path}`, 'POST', body, { 'x-api-key': KEY, ...headers });

const blocking = (body: unknown): ReturnType<typeof api> => ask('/chat/blocking', body);

function reviewOf(n: number): string {
  return `### Improvements\n1. Point ${n}.\n\n### Revised Answer\nRevision ${n} of the answer, which is long enough.\n\n### Comments\nComment ${n}.`;
}

const python = canPython ? it : it.skip;

async function basicUsage(): Promise<void> {
  const { stdout } = await run(PYTHON, ['-c', example('blocking.py')]);
  expect(stdout).toMatch(/^Answer \d+\. You wrote: Explain how REST APIs work\n/);
}

async function streamingResponses(): Promise<void> {
  const { stdout } = await run(PYTHON, ['-c', example('stream.py')]);
  expect(stdout).toMatch(/^### Draft Answer\n\nAnswer \d+\. You wrote: Write a Python function/);
  expect(stdout.match(/^### .*/gm)).toHaveLength(7);
  expect(stdout).toMatch(/café, 東京 and a 🙂\.\n\n### Comments\n\nComment \d+\.$/);
}

describe('the examples of the document', () => {
  it('can all be run here, in CI at least', () => {
    expect(readdirSync(EXAMPLES).toSorted()).toEqual(['blocking.py', 'health.sh', 'stream.py']);
    expect(canPython || process.env['CI'] === undefined).toBe(true);
  });

  python('Basic API Usage', basicUsage);

  python('Streaming Responses', streamingResponses);

  it('Health Check and Testing', async () => {
    const { stdout } = await run('bash', ['-ec', example('health.sh')]);
    expect(stdout).toMatch(/^\{"status":"ok"\}\{"reply":"Answer \d+\. You wrote: Hello\\n/);
  });
});

describe('POST /chat/blocking', () => {
  it('answers with the reply alone, under the system message of the role, after the history', async () => {
    const history = [
      { role: 'user', content: 'My name is Alice' },
      { role: 'assistant', content: 'Nice to meet you, Alice!' },
    ];
    const answer = await blocking({ prompt: "What's my name?", history, role: 'code_reviewer' });
    expect([answer.status, Object.keys(answer.body)]).toEqual([200, ['reply']]);
    expect(upstream.calls('scripted').at(-1)?.body).toMatchObject({
      messages: [
        { role: 'system', content: 'You review code.' },
        ...history,
        { role: 'user', content: "What's my name?" },
      ],
    });
    expect(upstream.calls('scripted').at(-1)?.body).not.toHaveProperty('tools');
  });

  it('remembers nothing from one prompt to the next', async () => {
    await blocking({ prompt: 'My name is Alice' });
    await blocking({ prompt: "What's my name?", history: null });
    const body = upstream.calls('scripted').at(-1)?.body as { readonly messages: readonly unknown[] };
    expect(body.messages).toHaveLength(2);
  });

  it('improves the answer, and gives the steps when they are asked for', async () => {
    upstream.script('mine', [{ text: 'Draft.' }, { text: reviewOf(1) }, { text: reviewOf(2) }]);
    const body = { prompt: 'Explain REST', improvement: true, model: 'mine' };
    const answer = await blocking({ ...body, intermediate_steps: true });
    const reply = 'Revision 2 of the answer, which is long enough.';
    expect(answer.body).toEqual({
      reply,
      steps: {
        reply,
        user_question: 'Explain REST',
        draft_answer: 'Draft.',
        suggestions1: '1. Point 1.',
        revision1: 'Revision 1 of the answer, which is long enough.',
        comments1: 'Comment 1.',
        suggestions2: '1. Point 2.',
        revision2: reply,
        comments2: 'Comment 2.',
      },
    });
    const systems = upstream.calls('mine').map(({ body: sent }) => JSON.stringify(sent));
    expect(systems.map((sent) => /You (?:assist|revise)\./.exec(sent)?.[0])).toEqual([
      'You assist.',
      'You revise.',
      'You revise.',
    ]);
    upstream.script('mine', [{ text: 'Draft.' }, { text: 'Nothing to improve.' }]);
    expect((await blocking(body)).body).toEqual({ reply: 'Draft.' });
    upstream.assertComplete();
  });

  it('falls back to the last good text, whatever the reviewer does', async () => {
    const bad = [
      { text: 'I would change nothing of substance, but who knows.' },
      { text: "I'm sorry, I can't do that." },
      { text: reviewOf(1).slice(0, 70), finish: 'length' },
      { status: 400 },
    ];
    for (const reply of bad) {
      upstream.script(
        'mine',
        [{ text: 'Draft.' }, reply, { text: 'Again no headings.' }].slice(0, 'status' in reply ? 2 : 3),
      );
      const answer = await blocking({ prompt: 'Hi', improvement: true, model: 'mine' });
      expect([answer.status, answer.body]).toEqual([200, { reply: 'Draft.' }]);
    }
  });

  it('says what is wrong with a request, and what became of an answer', async () => {
    const wrong: readonly (readonly [unknown, number, string])[] = [
      [{}, 422, '/prompt'],
      [{ prompt: '' }, 422, '/prompt'],
      [{ prompt: 'Hi', unknown: 1 }, 422, '/unknown'],
      [{ prompt: 'Hi', history: [{ role: 'user', content: 5 }] }, 422, '/history/0/content'],
      [{ prompt: 'Hi', model: 'nope' }, 422, '/model'],
    ];
    for (const [body, status, pointer] of wrong) {
      const answer = await blocking(body);
      const errors = answer.body['errors'] as readonly { readonly pointer: string }[] | undefined;
      expect([answer.status, errors?.[0]?.pointer]).toEqual([status, pointer]);
    }
    expect((await blocking({ prompt: 'Hi', role: 'nobody' })).body).toMatchObject({
      status: 422,
      detail: '/role: there is no role "nobody"; there are assistant, reviser, code_reviewer',
    });
    expect((await blocking({ prompt: 'Hi', model: 'bad:401' })).status).toBe(502);
  });

  it('answers other requests while one is being answered', async () => {
    const held = Promise.withResolvers<void>();
    upstream.script('mine', [{ text: ['Well, ', { until: held.promise }, 'yes.'] }]);
    const slow = blocking({ prompt: 'Hi', model: 'mine' });
    await upstream.until((u) => u.open() > 0);
    const ping = await api(`${server.url}/ping`, 'GET', undefined, { 'x-api-key': KEY });
    expect([ping.status, ping.body]).toEqual([200, { status: 'ok' }]);
    expect(upstream.open()).toBe(1);
    held.resolve();
    expect(await slow).toMatchObject({ status: 200, body: { reply: 'Well, yes.' } });
  });

  it('does nothing twice under an idempotency key', async () => {
    const before = upstream.calls('scripted').length;
    const once = { 'idempotency-key': 'once' };
    const [first, second] = [
      await ask('/chat/blocking', { prompt: 'Hi' }, once),
      await ask('/chat/blocking', { prompt: 'Hi' }, once),
    ];
    expect(second.body).toEqual(first.body);
    expect(upstream.calls('scripted')).toHaveLength(before + 1);
  });
});

describe('POST /chat/stream with a prompt', () => {
  it('streams plain text as it comes, and the end mark as a chunk of its own', async () => {
    const gates = new Gates();
    upstream.script('mine', [{ text: ['One, ', ...gates.behind('two, ', 'One'), ...gates.behind('three.', 'two')] }]);
    const body = { prompt: 'Hi', model: 'mine' };
    const { status, type, chunks } = await stream('/chat/stream', body, { 'x-api-key': KEY }, gates.look);
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(chunks).toEqual(['One, ', 'two, ', 'three.', '[[END]]']);
  });

  it('says what is under way, then streams the final answer alone', async () => {
    const gates = new Gates();
    const pieces: Piece[] = [
      '### Improvements\n1. a\n### Revised Answer\nThe final answer begins here, long enough to be one, ',
      ...gates.behind('and ends here.', 'begins here'),
      '\n### Comments\nNot shown.',
    ];
    upstream.script('mine', [{ text: 'Draft.' }, { text: reviewOf(1) }, { text: pieces }]);
    const body = { prompt: 'Hi', model: 'mine', improvement: true };
    const { chunks, text } = await stream('/chat/stream', body, { 'x-api-key': KEY }, gates.look);
    expect(text).toBe(`${STATUS}The final answer begins here, long enough to be one, and ends here.[[END]]`);
    expect(chunks.at(-1)).toBe('[[END]]');
    expect(chunks.findIndex((chunk) => chunk.includes('and ends'))).toBeGreaterThan(
      chunks.findIndex((chunk) => chunk.includes('begins')),
    );
  });

  it('shows every step under its heading', async () => {
    upstream.script('mine', [{ text: 'Draft.' }, { text: reviewOf(1) }, { text: reviewOf(2) }]);
    const { text } = await stream('/chat/stream', {
      prompt: 'Hi',
      model: 'mine',
      improvement: true,
      intermediate_steps: true,
    });
    const shown = [1, 2].map((n) => reviewOf(n).replaceAll(/^(###.*)\n/gm, '$1\n\n'));
    expect(text).toBe(`### Draft Answer\n\nDraft.\n\n${shown.join('\n\n')}[[END]]`);
  });

  it('ends in the end mark after a failure too, and says so before it', async () => {
    const cut = await stream('/chat/stream', { prompt: 'Hi', model: 'bad:cut-after-3' });
    expect(cut.text).toMatch(
      /^Answer \d+\. You\b.*\n\n\[The answer failed: the model "bad:cut-after-3" could not answer: .*\]\n\[\[END\]\]$/s,
    );
    expect(cut.chunks.at(-1)).toBe('[[END]]');
    const refused = await stream('/chat/stream', { prompt: 'Hi', model: 'bad:401', improvement: true });
    expect(refused.text).toMatch(/^🤔 Generating draft answer\.\.\.\n\n\[The answer failed: .*\]\n\[\[END\]\]$/s);
  });

  it('says so when a final answer breaks off, and gives the last good one', async () => {
    const half = '### Improvements\n1. a\n### Revised Answer\nThe final answer begins here, long enough to be one, but';
    upstream.script('mine', [{ text: 'Draft.' }, { text: reviewOf(1) }, { text: [half], finish: 'length' }]);
    const { text } = await stream('/chat/stream', { prompt: 'Hi', model: 'mine', improvement: true });
    expect(text).toBe(
      `${STATUS}The final answer begins here, long enough to be one, but\n\n[The answer above broke off; the last one that is whole follows.]\n\nRevision 1 of the answer, which is long enough.[[END]]`,
    );
  });

  it('does not take a model that says the end mark for the end', async () => {
    upstream.script('mine', [{ text: ['Before ', { wait: 100 }, '[[END]]', { wait: 100 }, ' after'] }]);
    const { chunks, text } = await stream('/chat/stream', { prompt: 'Hi', model: 'mine' });
    expect(text).toBe('Before [[END]] after[[END]]');
    expect(chunks.filter((chunk) => chunk === '[[END]]')).toHaveLength(1);
  });

  it('stops the model when the client leaves', async () => {
    const abort = new AbortController();
    const response = await fetch(`${server.url}/chat/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY },
      body: JSON.stringify({ prompt: 'Hi', model: 'text:400:20' }),
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    abort.abort();
    await upstream.until((u) => u.open() === 0);
    expect(upstream.calls('text:400:20').at(-1)?.end).toBe('aborted');
  });

  it('is told apart from a chat by its field', async () => {
    for (const body of [{}, { prompt: 'Hi', message: 'Hi' }, { prompt: null }, undefined]) {
      const answer = await api(`${server.url}/chat/stream`, 'POST', body, { 'x-api-key': KEY });
      expect([answer.status, answer.body['code']]).toEqual([422, 'invalid_request']);
    }
    expect((await stream('/chat/stream', { message: 'Hi' })).type).toBe('text/event-stream; charset=utf-8');
    expect((await ask('/chat/stream', { prompt: 'Hi', agent_name: 'x' })).status).toBe(422);
  });
});

describe('the log of a prompt', () => {
  it('has every step, and its text is taken up again by cursor', async () => {
    upstream.script('mine', [{ text: 'Draft.' }, { text: reviewOf(1) }, { text: 'No headings at all.' }]);
    const answer = await blocking({ prompt: 'Hi', model: 'mine', improvement: true });
    const id = answer.headers.get('x-conversation-id') ?? '';
    const facts = await allFacts(server.url, id, { 'x-api-key': KEY });
    const told = facts.flatMap(({ type, phase, n, step, code }) => {
      if (type === 'phase_start') return [`${String(phase)} ${String(n)}`];
      if (type === 'message_end') return [(step as { part?: string } | undefined)?.part ?? 'input'];
      return type === 'warning' ? [String(code)] : [];
    });
    expect(told).toEqual([
      'input',
      'draft 1',
      'draft',
      'review 1',
      'suggestions',
      'revision 1',
      'revision',
      'comments',
      'review 2',
      'improvement_format',
      'answer',
    ]);
    const events = `/conversations/${id}/events`;
    const plain = await stream(`${events}?projection=text`, undefined, { 'x-api-key': KEY, accept: 'text/plain' });
    expect(plain.text).toBe(`${STATUS}Revision 1 of the answer, which is long enough.[[END]]`);
    const sse = await stream(`${events}?projection=text`);
    // What stands before them says when to come back.
    const framesOf = (text: string): string[] => text.split('\n\n').filter((frame) => frame.startsWith('id: '));
    const frames = framesOf(sse.text).map((frame) => frame.split('\ndata: '));
    const data = frames.map(([, json]) => JSON.parse(json ?? '') as { type: string; text?: string; outcome?: string });
    expect(data.map(({ text = '' }) => text).join('')).toBe(plain.text.replace('[[END]]', ''));
    expect(data.at(-1)).toEqual({ type: 'end', outcome: 'completed' });
    const [second] = frames[1] ?? [];
    const rest = await stream(`${events}?projection=text`, undefined, {
      'x-api-key': KEY,
      'last-event-id': (second ?? '').replace('id: ', ''),
    });
    expect(framesOf(rest.text)).toHaveLength(frames.length - 2);
    const chat = await stream(`${events}?projection=chat`);
    expect(chat.text).toContain('"final_response":"Revision 1 of the answer, which is long enough."');
    const messages = await api(`${server.url}/conversations/${id}/messages`, 'GET', undefined, { 'x-api-key': KEY });
    expect((messages.body['messages'] as readonly { text: string }[]).map(({ text }) => text)).toEqual([
      'Hi',
      'Revision 1 of the answer, which is long enough.',
    ]);
  });
});

describe('an improvement whose server dies', () => {
  it('goes on with what is finished, and its text is there to be read', async () => {
    const env = { PARLEY_API_KEYS: `default:${KEY}` };
    const first = await startServer({ config: config(upstream.url), env });
    const never = Promise.withResolvers<void>();
    const before = upstream.calls('mine').length;
    const half = reviewOf(2).slice(0, reviewOf(2).indexOf(', which'));
    upstream.script('mine', [{ text: 'Draft.' }, { text: reviewOf(1) }, { text: [half, { until: never.promise }] }]);
    const response = await fetch(`${first.url}/chat/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY },
      body: JSON.stringify({ prompt: 'Hi', model: 'mine', improvement: true, on_disconnect: 'continue' }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let seen = ''; !seen.includes('second improvement pass');) seen += (await reader?.read())?.value ?? '';
    await upstream.until((u) => u.calls('mine').length === before + 3);
    await first.kill();
    await reader?.cancel().catch(() => undefined);
    never.resolve();
    upstream.script('mine', [{ text: reviewOf(3) }]);
    const second = await startServer({ config: config(upstream.url), env, dataDir: first.dataDir });
    const id = response.headers.get('x-conversation-id') ?? '';
    const headers = { 'x-api-key': KEY, accept: 'text/plain' };
    const text = await (await fetch(`${second.url}/conversations/${id}/events?projection=text`, { headers })).text();
    expect(text).toBe(`${STATUS}Revision 3 of the answer, which is long enough.[[END]]`);
    const facts = await allFacts(second.url, id, { 'x-api-key': KEY });
    const phases = facts.flatMap(({ type, phase, n }) =>
      type === 'phase_start' ? [`${String(phase)} ${String(n)}`] : [],
    );
    expect(phases).toEqual(['draft 1', 'review 1', 'revision 1', 'review 2', 'revision 2']);
    upstream.assertComplete();
    await second.stop();
  });
});

describe('a key in the address', () => {
  const inQuery = `x_api_key=${encodeURIComponent(KEY)}`;

  it('opens the three doors by GET, and nothing else', async () => {
    expect((await stream(`/ping?${inQuery}`, undefined, {})).text).toBe('{"status":"ok"}');
    expect((await stream(`/chat/blocking?prompt=Hi&${inQuery}`, undefined, {})).status).toBe(200);
    const streamed = await stream(
      `/chat/stream?prompt=Hi&improvement=true&intermediate_steps=true&${inQuery}`,
      undefined,
      {},
    );
    expect(streamed.text).toMatch(/^### Draft Answer\n\nAnswer .*\[\[END\]\]$/s);
    expect((await stream('/ping?x_api_key=wrong', undefined, {})).status).toBe(403);
    expect((await stream('/ping', undefined, {})).status).toBe(401);
    expect((await stream(`/chat/blocking?${inQuery}`, { prompt: 'Hi' }, {})).status).toBe(401);
    expect((await stream(`/models?${inQuery}`, undefined, {})).status).toBe(401);
    expect((await stream('/ping')).status).toBe(200);
  });

  it('costs nothing by HEAD', async () => {
    const before = upstream.calls().length;
    for (const path of ['/chat/blocking', '/chat/stream']) {
      const response = await fetch(`${server.url}${path}?prompt=Hi&${inQuery}`, { method: 'HEAD' });
      expect(response.status).toBe(200);
    }
    expect(upstream.calls()).toHaveLength(before);
  });

  it('is in no log and no answer', async () => {
    const wrong = await stream(`/chat/blocking?role=nobody&prompt=Hi&${inQuery}`, undefined, {});
    expect(wrong.status).toBe(422);
    for (const shape of [KEY, encodeURIComponent(KEY), inQuery, KEY.replaceAll(' ', '+')]) {
      expect(server.output()).not.toContain(shape);
      expect(wrong.text).not.toContain(shape);
    }
  });

  it('is taken from nowhere where the configuration forbids it', async () => {
    const strict = await startServer({
      config: `${config(upstream.url)}\nauth: {allow_query_key: false}`,
      env: { PARLEY_API_KEYS: KEY },
    });
    const inAddress = await fetch(`${strict.url}/ping?${inQuery}`);
    expect(inAddress.status).toBe(401);
    expect((await fetch(`${strict.url}/ping`, { headers: { 'x-api-key': KEY } })).status).toBe(200);
    await strict.stop();
  });
});
