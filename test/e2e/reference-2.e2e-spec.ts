// The Streaming Chat API's document (reference/2): its clients, run as printed but for host and port.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { api } from '../support/api.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const run = promisify(execFile);
const CLIENTS = fileURLToPath(new URL('../fixtures/reference-2/', import.meta.url));
/** Debian's: the one that its package `python3-aiohttp` belongs to. */
const PYTHON = '/usr/bin/python3';
const QUESTION = "What's the weather in Tokyo and what's 15 + 27?";
const CALLS = [
  { id: 'call_w', name: 'get_weather', arguments: '{"city":"Tokyo"}' },
  { id: 'call_c', name: 'calculate', arguments: '{"expression":"15 + 27"}' },
];

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  // What the document's own model is asked, and how such a model answers.
  upstream.script('scripted', (call) => {
    const { messages } = call.body as { messages: { role: string; content: string }[] };
    // The document's clients go on in one conversation.
    const asked = messages.findLastIndex(({ role }) => role === 'user');
    const results = messages
      .slice(asked)
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => content);
    if (results.length === 0) return { text: 'Let me see. ', toolCalls: CALLS };
    return { text: ['Done é: ', results.join('; ')] };
  });
  const model = `{name: scripted, type: custom, api_base: "${upstream.url}", api_key: k}`;
  server = await startServer({ config: `models: {main: ${model}}\nevaluators: []\n` });
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

const client = (name: string): string =>
  readFileSync(join(CLIENTS, name), 'utf8').replaceAll('localhost:8000', new URL(server.url).host);

/** Runs a client in a Node of its own, as a page that this server serves would run it. */
async function inPage(script: string, then: string): Promise<string> {
  const page = `const { fetch: far } = globalThis;
    globalThis.fetch = (path, init) => far(new URL(path, ${JSON.stringify(server.url)}), init);\n`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', page + client(script) + then]);
  return stdout;
}

/** The text of all chunks that a client printed. */
function chunksIn(stdout: string): string {
  return [...stdout.matchAll(/^Chat chunk: (.*)$/gm)].map(([, text]) => text).join('');
}

const canPython = spawnSync(PYTHON, ['-c', 'import aiohttp']).status === 0;
if (!canPython) {
  const how =
    'reference-2.e2e-spec: the Python client needs /usr/bin/python3 with aiohttp: apt-get install -y python3-aiohttp\n';
  process.stderr.write(how);
}
const python = canPython ? it : it.skip;

async function pythonClient(): Promise<void> {
  const { stdout } = await run(PYTHON, ['-c', client('stream_chat.py')]);
  expect(stdout.replaceAll(/\n\[Tool: \w+ completed\]\n/g, '')).toBe(
    'Let me see. Done é: The weather in Tokyo is rainy and 65°F; 42\n[Chat completed]\n',
  );
  expect(stdout.match(/\[Tool: \w+ completed\]/g)?.toSorted()).toEqual([
    '[Tool: calculate completed]',
    '[Tool: get_weather completed]',
  ]);
}

describe('the clients of the document', () => {
  it('can all be run here, in CI at least', () => {
    expect(readdirSync(CLIENTS).toSorted()).toEqual(['stream-chat.js', 'stream_chat.py', 'websocket-chat.js']);
    expect(canPython || process.env['CI'] === undefined).toBe(true);
  });

  it('Streaming Chat (Server-Sent Events), in JavaScript', async () => {
    const stdout = await inPage('stream-chat.js', `await streamChat(${JSON.stringify(QUESTION)});`);
    expect(chunksIn(stdout)).toBe('Let me see. Done é: The weather in Tokyo is rainy and 65°F; 42');
    for (const name of ['get_weather', 'calculate']) expect(stdout).toMatch(new RegExp(`name: '${name}'`));
    expect(stdout).toContain('Chat completed: Let me see. Done é: The weather in Tokyo is rainy and 65°F; 42');
  });

  it('WebSocket Chat, in JavaScript', async () => {
    // The page says something once it is connected, and closes when it was answered: what a person would do in it.
    const person = `ws.addEventListener('open', () => sendMessage(${JSON.stringify(QUESTION)}));
      ws.addEventListener('message', ({ data }) => JSON.parse(data).type === 'chat_complete' && ws.close());`;
    const stdout = await inPage('websocket-chat.js', person);
    expect(stdout).toMatch(/^WebSocket connected\n/);
    expect(stdout).toContain("event_type: 'tool_call_complete'");
    expect(stdout).toContain("result: '42'");
    expect(chunksIn(stdout)).toBe('Let me see. Done é: The weather in Tokyo is rainy and 65°F; 42');
  });

  python('Python Client Example', pythonClient);
});

describe('the transcript of a tool turn (facts.md 9.4)', () => {
  it('is that of the document, with the names that its clients read', async () => {
    const response = await fetch(`${server.url}/chat/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: QUESTION, reset_history: true, parallel_tools: false }),
    });
    const blocks = (await response.text()).split('\n\n').filter((block) => block !== '');
    const frames = blocks.map((block) => {
      const [id, data, ...rest] = block.split('\n');
      expect([id, rest]).toEqual([expect.stringMatching(/^id: \d+(?:\/\d+)*$/), []]);
      return JSON.parse(data?.replace(/^data: /, '') ?? '') as Record<string, unknown>;
    });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const started = (id: string, name: string, args: object): object => ({
      event_type: 'tool_call_start',
      timestamp: time,
      tool_call: { id, name, arguments: args, status: 'executing', result: null, error: null, execution_time_ms: null },
    });
    const completed = (id: string, name: string, args: object, result: string): object => ({
      event_type: 'tool_call_complete',
      timestamp: time,
      tool_call: {
        id,
        name,
        arguments: args,
        status: 'completed',
        result,
        error: null,
        execution_time_ms: expect.any(Number),
      },
    });
    const chunks = (from: number, to?: number): string =>
      frames
        .slice(from, to)
        .map(({ content }) => String(content))
        .join('');
    const firstTool = frames.findIndex(({ event_type }) => event_type === 'tool_call_start');
    expect(chunks(0, firstTool)).toBe('Let me see. ');
    expect(frames.slice(firstTool, firstTool + 4)).toEqual([
      started('call_w', 'get_weather', { city: 'Tokyo' }),
      completed('call_w', 'get_weather', { city: 'Tokyo' }, 'The weather in Tokyo is rainy and 65°F'),
      started('call_c', 'calculate', { expression: '15 + 27' }),
      completed('call_c', 'calculate', { expression: '15 + 27' }, '42'),
    ]);
    expect(chunks(firstTool + 4, -1)).toBe('Done é: The weather in Tokyo is rainy and 65°F; 42');
    const last = frames.at(-1) ?? {};
    expect(Object.keys(last)).toEqual([
      'event_type',
      'timestamp',
      'final_response',
      'total_tool_calls',
      'conversation_id',
      'usage',
    ]);
    expect(last).toMatchObject({
      event_type: 'chat_complete',
      timestamp: time,
      final_response: 'Let me see. Done é: The weather in Tokyo is rainy and 65°F; 42',
      total_tool_calls: 2,
    });
    expect(Object.keys(frames[0] ?? {})).toEqual(['event_type', 'timestamp', 'content', 'is_complete']);
    expect(Object.keys(frames[firstTool] ?? {})).toEqual(['event_type', 'timestamp', 'tool_call']);
  });
});

describe('the paths of the document', () => {
  it('are all there', async () => {
    expect((await api(`${server.url}/`)).body).toMatchObject({
      message: expect.any(String),
      version: expect.any(String),
      endpoints: expect.any(Object),
      documentation: '/docs',
    });
    expect((await api(`${server.url}/health`)).body).toMatchObject({
      status: 'healthy',
      available_tools: expect.arrayContaining([
        'get_weather',
        'calculate',
        'get_time',
        'search_web',
        'get_stock_price',
      ]),
    });
    expect((await api(`${server.url}/agents`)).body).toMatchObject({ agents: ['default'], count: 1 });
    const body = {
      name: 'MyAssistant',
      instructions: 'You are a specialized assistant for...',
      model: 'main',
      max_parallel_tools: 3,
      tool_call_timeout: 30.0,
    };
    expect((await api(`${server.url}/agents/my_custom_agent`, 'POST', body)).status).toBe(201);
    const chat = { message: QUESTION, agent_name: 'my_custom_agent' };
    const answer = await api(`${server.url}/chat`, 'POST', chat);
    expect(answer.body).toMatchObject({ response: expect.stringContaining('42'), tool_calls: [{}, {}] });
    for (const path of ['/docs', '/redoc']) expect((await fetch(`${server.url}${path}`)).status).toBe(200);
  });
});
