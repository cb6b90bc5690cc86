import { readdirSync, readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { api } from '../support/api.js';
import { JsonUpstream, WRITTEN, type JsonCall } from '../support/json-upstream.js';
import { PEERS, PEERS_INSTALLED } from '../support/mcp/peers.js';
import { sendRaw } from '../support/raw.js';
import { findSecrets } from '../support/scan/find-secrets.js';
import { canary, recordAnswer } from '../support/scan/record.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { readStream } from '../support/sse.js';
import { VaultDouble } from '../support/vault/vault-double.js';
import { WsClient } from '../support/ws-client.js';

/** One of each kind of secret that a server is given. */
const SECRET = {
  environment_key: canary('environment-key', '/+'),
  config_key: canary('config-key'),
  file_key: canary('file-key'),
  vault_key: canary('vault-key'),
  provider_key: canary('provider-key'),
  vault_provider_key: canary('vault-provider-key'),
  environment_provider_key: canary('environment-provider-key'),
  provider_header: canary('provider-header'),
  workflow_header: canary('workflow-header'),
  tool_header: canary('tool-header'),
  tool_variable: canary('tool-variable', '/+"\u00e9'),
  base_query: canary('base-query', ''),
};
const MCP = `mcp_servers: {far: {url: "http://127.0.0.1:9/mcp", headers: {authorization: "${SECRET.tool_header}"}}, near: {command: "true", env: {T: "\${VARIABLE}"}}}`;
/** Of callers that guess. */
const WRONG = canary('wrong-key');

let vault: VaultDouble;
let upstream: JsonUpstream;
let server: RunningServer;
let cwd: string;
const answers: string[] = [];

/** A provider that gives everything it was sent away in its errors. */
function telltale(
  { path, headers }: JsonCall,
  n: number,
  response: Parameters<Parameters<JsonUpstream['route']>[1]>[2],
): symbol {
  const told = JSON.stringify({
    error: { message: `refused: ${path} ${JSON.stringify(headers)}`, code: String(headers['authorization']) },
  });
  response.writeHead([401, 400, 429, 500][n % 4] ?? 500, {
    'content-type': 'application/json',
    'x-told': String(headers['authorization']),
  });
  response.end(told);
  return WRITTEN;
}

beforeAll(async () => {
  [vault, upstream, cwd] = await Promise.all([VaultDouble.start(), JsonUpstream.start(), temporaryFolder()]);
  vault.set('client-key', SECRET.vault_key);
  vault.set('provider-key', SECRET.vault_provider_key);
  const query = `?code=${SECRET.base_query}`;
  for (const base of ['/a', '/b', '/c'])
    upstream.route(`${base}/chat/completions${base === '/b' ? query : ''}`, telltale);
  upstream.route('/generate', telltale);
  if (PEERS_INSTALLED) await symlink(join(PEERS, 'node_modules'), join(cwd, 'node_modules'));
  await writeFile(join(cwd, 'keys.txt'), `file:${SECRET.file_key}\n`, { mode: 0o600 });
  server = await startServer({
    cwd,
    args: ['--verbose'],
    env: {
      ...vault.env,
      PARLEY_API_KEYS: `environment:${SECRET.environment_key}`,
      PROVIDER: SECRET.environment_provider_key,
      VARIABLE: SECRET.tool_variable,
      PARLEY_METRICS_PORT: '',
    },
    config: `
models:
  plain: {name: plain, type: custom, api_base: "${upstream.url}/a", api_key: "${SECRET.provider_key}", headers: {x-more: "${SECRET.provider_header}"}}
  vaulted: {name: vaulted, type: custom, api_base: "${upstream.url}/b${query}", api_key: {secret: provider-key}}
  variable: {name: variable, type: custom, api_base: "${upstream.url}/c", api_key: "\${PROVIDER}"}
  flow: {name: flow, type: workflow, custom_config: {request_handler: default, response_parser: default, endpoint: "${upstream.url}/generate", headers: {x-flow: "${SECRET.workflow_header}"}}}
  gone: {name: gone, type: custom, api_base: "http://127.0.0.1:9/v1${query}", api_key: "${SECRET.provider_key}"}
default_model: plain
evaluators: []
auth: {keys_file: keys.txt, keys: [{name: config, key: "${SECRET.config_key}"}]}
azure: {key_vault_url: "${vault.url}", api_key_secret_name: client-key, refresh_seconds: 1}
${PEERS_INSTALLED ? MCP : ''}
metrics: {on_main_port: true}
logging: {file_path: parley.log}
`,
  });
});

afterAll(async () => {
  await stopAllServers();
  await Promise.all([vault.stop(), upstream.close()]);
});

function keep(text: string): void {
  answers.push(text);
  recordAnswer(server.url, text);
}

const KEYS = ['environment_key', 'config_key', 'file_key', 'vault_key'] as const;

it('all keys let in, and every place that shows the server is looked at', async () => {
  for (const kind of KEYS) {
    const headers = { authorization: `Bearer ${SECRET[kind]}` };
    for (const path of [
      '/',
      '/models',
      '/models/plain',
      '/config',
      '/health',
      '/metrics',
      '/evaluators',
      '/agents',
      '/openapi.json',
      '/v1/models',
    ]) {
      const answer = await sendRaw(server.url, { path, headers });
      expect([kind, path, answer.status < 300 || answer.status === 404]).toEqual([kind, path, true]);
      keep(`${JSON.stringify(answer.headers)}${answer.text}`);
    }
  }
});

it('keys in the wrong places, and wrong keys', async () => {
  const own = { 'x-api-key': SECRET.config_key };
  // In a path a wrong key is a word like any other: only the server's own are known there.
  for (const key of [...KEYS.map((kind) => SECRET[kind]), WRONG]) {
    const coded = encodeURIComponent(key);
    const basic = `Basic ${Buffer.from(`user:${key}`).toString('base64')}`;
    for (const headers of [
      {},
      own,
      { 'x-api-key': key },
      { authorization: basic },
      { cookie: `k=${key}`, 'user-agent': key },
    ]) {
      for (const path of [
        `/models?api_key=${coded}`,
        ...(key === WRONG ? [] : [`/conversations/${coded}`]),
        '/nowhere',
        `/models?cursor=${coded}`,
      ]) {
        const answer = await sendRaw(server.url, {
          path,
          headers: { ...headers, origin: `http://x/${coded}`, 'x-request-id': key },
        });
        if (!path.includes(coded)) keep(answer.text);
      }
    }
    const broken = await sendRaw(server.url, {
      method: 'POST',
      path: '/conversations',
      headers: { ...own, 'idempotency-key': key },
      body: `{"k": ${key}`,
    });
    expect(broken.status).toBeGreaterThanOrEqual(400);
  }
});

it('runs whose provider gives everything away', async () => {
  for (const [index, model] of ['plain', 'vaulted', 'variable', 'flow', 'gone'].entries()) {
    const headers = { 'x-api-key': SECRET[KEYS[index % KEYS.length] ?? 'config_key'] };
    const body = { agent_configs: [{ name: 'A', goal: 'g', model }], max_turns: 1 };
    const made = await api(`${server.url}/conversations`, 'POST', body, headers);
    const path = `${server.url}/conversations/${String(made.body['conversation_id'])}`;
    for (const projection of ['canonical', 'chat']) {
      const { frames } = await readStream(`${path}/events?projection=${projection}`, { headers });
      keep(JSON.stringify(frames));
    }
    const ended = await api(path, 'GET', undefined, headers);
    expect([model, ended.body['status']]).toEqual([model, 'failed']);
    const exported = await sendRaw(server.url, { path: `${new URL(path).pathname}/export?format=json`, headers });
    const described = await sendRaw(server.url, { path: `/models/${model}`, headers });
    keep(`${JSON.stringify(ended.body)}${exported.text}${described.text}`);
  }
  expect(upstream.calls.length).toBeGreaterThan(3);
  const sent = JSON.stringify(upstream.calls);
  for (const kind of [
    'provider_key',
    'vault_provider_key',
    'environment_provider_key',
    'provider_header',
    'workflow_header',
    'base_query',
  ] as const)
    expect([kind, sent.includes(SECRET[kind])]).toEqual([kind, true]);
});

it('a socket whose key stands in its frames', async () => {
  const client = await WsClient.open(server.url, '/ws', { headers: { 'x-api-key': SECRET.vault_key } });
  for (const kind of KEYS)
    client.send({ type: 'resume', data: { conversation_id: SECRET[kind], after: SECRET[kind] } });
  client.send({ type: 'ping' });
  await client.next((frame) => frame['type'] === 'pong');
  client.ws.terminate();
  await client.closed;
  expect(client.frames.length).toBeGreaterThan(1);
  keep(JSON.stringify(client.frames));
});

it('none of it is in what the server printed, logged, stored or answered, in any form', async () => {
  vault.fail({ status: 403 });
  await vault.nextRequest();
  await server.stop();
  const log = readFileSync(join(cwd, 'parley.log'));
  const data = readdirSync(server.dataDir).map((name) => readFileSync(join(server.dataDir, name)));
  expect([log.length > 1_000, data.length > 0, answers.length > 50]).toEqual([true, true, true]);
  for (const [kind, secret] of [...Object.entries({ ...SECRET, WRONG }), ['vault token', vault.token] as const]) {
    const found = [Buffer.from(server.output()), Buffer.from(answers.join('\n')), log, ...data].map((bytes) =>
      findSecrets(bytes, [secret]),
    );
    expect([kind, found.flat()]).toEqual([kind, []]);
  }
});
