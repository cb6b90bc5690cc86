import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { load, problemsIn } from '../../test/fixtures/config/load-text.js';
import { loadConfig } from './load-config.js';
import { isPlainMap } from './schema/rules.js';

const FOLDER = join(import.meta.dirname, '../../test/fixtures/config');
const CLIENT_KEY = 'c1ient-key-of-the-document';
const ENV = {
  OPENAI_API_KEY: 'o',
  AZURE_API_KEY: 'z',
  TOGETHER_API_KEY: 't',
  ANTHROPIC_API_KEY: 'a',
  API_KEY: 'k',
  SFT_API_KEY: 's',
  YOUR_API_KEY: 'y',
  CHAT_SERVER_HOST: '127.0.0.1',
  CHAT_SERVER_API_KEY: CLIENT_KEY,
  KEYVAULT_URL: 'https://v.vault.azure.net/',
  API_KEY_SECRET_NAME: 'api-key-secret',
};

const files = readdirSync(FOLDER).filter((name) => /^document-\d-block-\d+\.yaml$/.test(name));
const quickStart = read('document-1-block-01.yaml');

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** A fragment in the quick start: its sections instead of those there, its models beside them. */
function inQuickStart(fragment: string): string {
  const whole: unknown = parse(quickStart);
  const part: unknown = parse(fragment);
  if (!isPlainMap(whole) || !isPlainMap(part)) throw new Error('a fixture is no map');
  const models = { ...record(whole['models']), ...record(part['models']) };
  const rest = 'server' in part ? { ...whole, api: undefined } : whole;
  return stringify({ ...rest, ...part, models });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainMap(value) ? value : {};
}

test('there are the blocks of documents 1 and 4', () => {
  expect(files).toHaveLength(21);
});

// The server stands on another port than the document's vLLM, which cannot be the same address.
test.each(files)('%s is valid in the quick start', (name) => {
  const { config, warnings } = load(inQuickStart(read(name)), { env: { ...ENV, PORT: '8080' } });
  // The example key of a document is one that can be guessed.
  expect(warnings.filter((line) => !line.includes('server.api_key: is shorter than 16'))).toEqual([]);
  expect(config.models.every(({ unavailable }) => unavailable === undefined)).toBe(true);
});

test.each(files)('%s is valid as a whole file', (name) => {
  expect(problemsIn(read(name), { env: { ...ENV, PORT: '8080' } })).toEqual([]);
});

test('the quick start', () => {
  const { config } = load(quickStart, { env: ENV });
  expect(config.server).toEqual({ host: '0.0.0.0', port: 8000, base_path: '', cors_origins: [] });
  expect(config.models).toEqual([
    {
      name: 'gpt-4o-mini',
      upstream_id: 'gpt-4o-mini',
      type: 'openai',
      api_base: 'https://api.openai.com/v1',
      api_key: 'o',
      temperature: 0.7,
      timeout_seconds: 30,
      fallback_models: [],
    },
  ]);
  expect(config.evaluators).toEqual([
    { name: 'rule_based', type: 'rule_based', enabled: true, config: { max_turn_number: 20 } },
    { name: 'llm', type: 'llm', enabled: true, model: 'gpt-4o-mini', config: {} },
  ]);
});

test("document 1's vLLM without a changed port is this server itself", () => {
  expect(problemsIn(inQuickStart(read('document-1-block-05.yaml')), { env: ENV })).toEqual([
    expect.stringContaining('models.llama-2-7b.api_base: is this server itself, which listens on 0.0.0.0:8000'),
  ]);
});

test("document 1's headers without their variable: the model is unavailable, the server starts", () => {
  const { config, warnings } = load(read('document-1-block-08.yaml'));
  expect(config.models[0]).toMatchObject({
    unavailable: 'YOUR_API_KEY is not set',
    custom_config: { endpoint: 'https://your-api.com/generate', headers: { 'Content-Type': 'application/json' } },
  });
  expect(warnings).toEqual([
    'a.yaml:12:9: models.my-workflow-model.custom_config.headers.Authorization: YOUR_API_KEY is not set; the model cannot be used until it is',
  ]);
});

test("document 4's single model", () => {
  const { config } = load(read('document-4-block-02.yaml'));
  expect(config.default_model).toBe('default');
  expect(config.models).toEqual([
    {
      name: 'default',
      upstream_id: 'meta-llama/Llama-3.1-8B-Instruct',
      type: 'local',
      device: 'auto',
      temperature: 0.7,
      max_tokens: 4096,
      timeout_seconds: 30,
      fallback_models: [],
      parameters: {
        max_new_tokens: 4096,
        temperature: 0.7,
        top_p: 0.9,
        do_sample: true,
        use_cache: true,
        return_dict_in_generate: true,
      },
    },
  ]);
});

test("document 4's server, vault and prompts", () => {
  const { config } = load(['03', '04', '05'].map((number) => read(`document-4-block-${number}.yaml`)).join('\n'), {
    env: ENV,
  });
  expect(config.server.host).toBe('127.0.0.1');
  expect(config.auth.keys).toEqual([{ name: 'default', key: CLIENT_KEY }]);
  expect(config.azure).toEqual({
    key_vault_url: 'https://v.vault.azure.net/',
    api_key_secret_name: 'api-key-secret',
    refresh_seconds: 60,
  });
  expect(Object.keys(config.system_prompts)).toEqual(['assistant', 'reviser']);
});

test("document 1's older keys", () => {
  const { config, warnings } = load(
    [
      'api: {host: 0.0.0.0, workers: 4, reload: true, cors_origins: ["*"], rate_limit: "10/second"}',
      'enable_metrics: true',
      'metrics_port: 9191',
      'sync_mode: false',
      'speaking_order: null',
      'available_action_types: [none, speak, leave]',
      'logging: {level: WARNING, max_file_size: "10MB", backup_count: 3}',
    ].join('\n'),
  );
  expect(config.limits.requests_per_minute).toBe(600);
  expect(config.metrics.port).toBe(9191);
  expect(config.logging).toMatchObject({ level: 'warn', max_file_size: 10_000_000, backup_count: 3 });
  expect(config.available_action_types).toEqual(['none', 'speak', 'leave']);
  expect(warnings).toEqual([
    'a.yaml:1:22: server.workers: has no effect: one process serves',
    'a.yaml:1:34: server.reload: has no effect: restart the server after a change',
  ]);
  expect(load('enable_metrics: false').config.metrics.port).toBe(0);
  expect(load('enable_metrics: false', { env: { PARLEY_METRICS_PORT: '9000' } }).config.metrics.port).toBe(9000);
  expect(problemsIn('metrics_port: 1\nmetrics: {port: 2}')).toEqual([
    'a.yaml:1:1: metrics_port: differs from metrics.port at a.yaml:2:11 (metrics_port is another name of metrics.port)',
  ]);
});

test('the shipped file is valid, names no model, and so are all its examples', () => {
  const path = join(import.meta.dirname, '../../config/parley.yaml');
  expect(loadConfig({ path, env: {} }).config.models.map(({ type }) => type)).toEqual(['demo']);
  const examples = readFileSync(path, 'utf8')
    .replace(/^# [A-Z"][\s\S]*?\n\n/, '')
    .replaceAll(/^# ?(?=[a-z]|\s)/gm, '')
    .replace('[./my-evaluator.js]', '[my-evaluator]');
  const { config } = load(examples, { env: { ...ENV, ALICE_KEY: 'a', GATEWAY_KEY: 'g', SEARCH_TOKEN: 's' } });
  expect(config.models).toHaveLength(6);
  const defaults = loadConfig({ path, env: {} }).config;
  expect(config.limits).toEqual(defaults.limits);
  expect(config.evaluators).toEqual(
    defaults.evaluators.map((evaluator) => expect.objectContaining({ type: evaluator.type })),
  );
});
