import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, until } from '../support/api.js';
import { configFor } from '../support/models.js';
import { freePort, occupy, portOf } from '../support/ports.js';
import { sendRaw } from '../support/raw.js';
import { runParley, startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const KEYS = { PARLEY_API_KEYS: 'tenant-with-a-name:key-of-the-tenant' };
const KEY = { 'x-api-key': 'key-of-the-tenant' };
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const CHATTER = { 'x-api-key': 'key-of-a-chatter' };

/** A value by its name and labels as they stand in the text, such as `x_total{kind="chat"}`. */
type Samples = ReadonlyMap<string, number>;

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

function samplesOf(text: string): Samples {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** How many are of what this server does; those of the process come and go. */
function ownSamples(samples: Samples): number {
  return [...samples.keys()].filter((name) => !/^(?:nodejs|process)_/.test(name)).length;
}

describe('the management port', () => {
  let server: RunningServer;
  let management: string;
  let answer: Response;
  let text: string;
  let id: string;
  let samples: Samples;

  beforeAll(async () => {
    const port = await freePort();
    management = `http://127.0.0.1:${port}`;
    const more = `metrics: {port: ${port}}\nauth: {keys: [{name: chatter, key: key-of-a-chatter, scopes: [chat]}]}\n`;
    server = await startServer({
      config: configFor(upstream.url, ['scripted', 'bad:500'], more),
      env: { ...KEYS, PARLEY_METRICS_PORT: '' },
    });
    const body = { agent_configs: [{ name: 'Zebedee' }, { name: 'Yolanda' }], scenario: 'A secret plot', max_turns: 2 };
    const wait = { ...KEY, prefer: 'wait=20' };
    const done = await api(`${server.url}/conversations`, 'POST', body, wait);
    await api(`${server.url}/conversations`, 'POST', { ...body, model_name: 'bad:500' }, wait);
    id = String(done.body['conversation_id']);
    await api(`${server.url}/conversations/${id}`, 'GET', undefined, KEY);
    await sendRaw(server.url, { path: '/no/such/path', headers: KEY });
    await sendRaw(server.url, { path: '/models' });
    await until(
      async () => {
        answer = await fetch(`${management}/metrics`);
        text = await answer.text();
        samples = samplesOf(text);
      },
      // An answer is counted when it has left, which its reader may see before.
      () => samples.get('http_server_active_requests') === 0 && samples.get('parley_watchers') === 0,
    );
  });

  it('answers in the text format, without an id, a name, a text or a key in it', () => {
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, TEXT]);
    const words = [id, 'Zebedee', 'secret plot', 'tenant-with-a-name', 'key-of-the-tenant', '/no/such', upstream.url];
    expect(words.filter((word) => text.includes(word))).toEqual([]);
  });

  it('counts requests by route, method and status', () => {
    const count = (method: string, route: string, status: number): number | undefined =>
      samples.get(
        `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"}`,
      );
    expect(count('POST', '/conversations', 200)).toBe(2);
    expect(count('GET', '/conversations/:id', 200)).toBe(1);
    expect(count('GET', '', 404)).toBe(1);
    expect(count('GET', '', 401)).toBe(1);
    expect(samples.get('http_server_active_requests')).toBe(0);
  });

  it('counts runs by how they ended, and what was in them', () => {
    expect(samples.get('parley_runs_started_total{kind="multi_agent"}')).toBe(2);
    expect(samples.get('parley_runs_ended_total{kind="multi_agent",outcome="completed",code="max_turns"}')).toBe(1);
    expect(samples.get('parley_runs_ended_total{kind="multi_agent",outcome="failed",code="upstream"}')).toBe(1);
    expect(samples.get('parley_run_duration_seconds_count{kind="multi_agent",outcome="completed"}')).toBe(1);
    expect(samples.get('parley_facts_total{type="run_start"}')).toBe(2);
    expect(samples.get('parley_facts_total{type="action"}')).toBe(4);
    expect(samples.get('parley_runs_active')).toBe(0);
    expect(samples.get('parley_watchers')).toBe(0);
  });

  it('measures model calls: duration by outcome, first text, tokens', () => {
    const calls = (model: string, error: string): number | undefined =>
      samples.get(
        `gen_ai_client_operation_duration_seconds_count{gen_ai_request_model="${model}",error_type="${error}"}`,
      );
    // Two goals and two turns of two agents.
    expect(calls('scripted', '')).toBe(6);
    expect(calls('bad:500', 'upstream_unavailable')).toBeGreaterThan(0);
    expect(
      samples.get('gen_ai_client_operation_time_to_first_chunk_seconds_count{gen_ai_request_model="scripted"}'),
    ).toBe(6);
    const tokens = 'gen_ai_client_token_usage_sum{gen_ai_request_model="scripted",gen_ai_token_type=';
    expect(samples.get(`${tokens}"input"}`)).toBeGreaterThan(0);
    expect(samples.get(`${tokens}"output"}`)).toBeGreaterThan(0);
  });

  it('measures the store and the process', () => {
    expect(samples.get('parley_store_append_duration_seconds_count')).toBeGreaterThan(0);
    expect(samples.get('parley_store_append_facts_sum')).toBe(
      [...samples].filter(([name]) => name.startsWith('parley_facts_total')).reduce((sum, [, value]) => sum + value, 0),
    );
    expect(samples.get('parley_store_size_bytes')).toBeGreaterThan(0);
    expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(text).toMatch(/^parley_build_info\{version="\d+\.\d+\.\d+/m);
  });

  it('has no label whose values grow with use', async () => {
    const before = ownSamples(samples);
    for (let index = 0; index < 5; index++) {
      await sendRaw(server.url, { path: `/conversations/conv_${index}`, headers: KEY });
      await sendRaw(server.url, { path: `/models/${index}?x=${index}`, headers: KEY });
      await sendRaw(server.url, { path: `/${index}`, headers: KEY });
    }
    const after = samplesOf(await (await fetch(`${management}/metrics`)).text());
    // Two more routes with one status each: their buckets, count and sum.
    expect(ownSamples(after) - before).toBeLessThan(40);
  });

  it('has nothing but GET /metrics, and only under a name of this machine', async () => {
    const status = async (path: string, method = 'GET', headers = {}): Promise<number> =>
      (await sendRaw(management, { path, method, headers })).status;
    expect(await status('/metrics?x=1', 'HEAD')).toBe(200);
    expect(await status('/')).toBe(404);
    expect(await status('/conversations')).toBe(404);
    expect(await status('/config', 'GET', KEY)).toBe(404);
    expect(await status('/metrics', 'POST')).toBe(405);
    expect(await status('/metrics', 'GET', { host: 'evil.example' })).toBe(421);
  });

  it('leaves the main port without metrics, unless they are asked for', async () => {
    const refused = await api(`${server.url}/metrics`, 'GET', undefined, KEY);
    expect(refused.status).toBe(404);
    expect(refused.body['detail']).toContain('metrics.on_main_port');
    expect((await api(`${server.url}/metrics`, 'GET', undefined, CHATTER)).status).toBe(403);
    expect((await api(`${server.url}/metrics`)).status).toBe(401);
  });

  it('is closed with the server', async () => {
    expect(await server.stop()).toBe(0);
    await expect(fetch(`${management}/metrics`)).rejects.toThrow('fetch failed');
  });
});

describe('the main port', () => {
  const config = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\nmetrics: {port: 0, on_main_port: true}\n';

  it('serves metrics to those who may administer', async () => {
    const keys = 'auth: {keys: [{name: c, key: key-of-a-chatter, scopes: [chat]}]}\n';
    const server = await startServer({ config: config + keys, env: KEYS });
    const answer = await fetch(`${server.url}/metrics`, { headers: KEY });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, TEXT]);
    expect(samplesOf(await answer.text()).get('parley_runs_active')).toBe(0);
    expect((await fetch(`${server.url}/metrics`, { headers: CHATTER })).status).toBe(403);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    await server.stop();
  });

  it('serves them to everybody where everybody is let in, tools by name among them', async () => {
    const server = await startServer({ config });
    await api(`${server.url}/chat`, 'POST', { message: 'What is 2+3?' });
    const samples = await until(
      async () => samplesOf(await (await fetch(`${server.url}/metrics`)).text()),
      (now) => now.get('parley_runs_active') === 0,
    );
    expect(samples.get('parley_runs_ended_total{kind="chat",outcome="completed",code="answered"}')).toBe(1);
    expect(samples.get('parley_tool_calls_total{tool="calculate",status="completed"}')).toBe(1);
    expect(samples.get('gen_ai_execute_tool_duration_seconds_count{gen_ai_tool_name="calculate"}')).toBe(1);
    await server.stop();
  });
});

describe('a busy management port', () => {
  const config = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';

  it('stops the start when it was asked for, and says what to set', async () => {
    const other = await occupy();
    for (const [more, env] of [
      [`metrics: {port: ${portOf(other)}}\n`, {}],
      ['', { PARLEY_METRICS_PORT: String(portOf(other)) }],
    ] as const) {
      const { PARLEY_METRICS_PORT = '' } = env as { PARLEY_METRICS_PORT?: string };
      const ended = await runParley(['serve', '--port', '0'], { config: config + more, env: { PARLEY_METRICS_PORT } });
      expect(ended.code).toBe(1);
      expect(ended.output).toContain(`cannot open the port of the metrics, 127.0.0.1:${portOf(other)} (EADDRINUSE)`);
      expect(ended.output).toContain('metrics.port or PARLEY_METRICS_PORT');
    }
    other.close();
  });

  it('is a warning when nobody asked for it', async () => {
    const other = await occupy(9090).catch(() => undefined);
    const server = await startServer({ config, env: { PARLEY_METRICS_PORT: '' } });
    expect((await api(`${server.url}/health`)).status).toBe(200);
    expect(server.output()).toMatch(/"level":"warn".*127\.0\.0\.1:9090.*the server goes on without it/);
    await server.stop();
    other?.close();
  });
});
