import { describe, expect, test } from '@jest/globals';
import { load, problemsIn } from '../../test/fixtures/config/load-text.js';
import type { Environment } from './environment.js';
import type { ModelConfig } from './parley-config.js';
import { PROVIDER_DEFAULTS } from '../providers/provider-kinds.js';

function model(fields: string, env: Environment = {}): ModelConfig | undefined {
  return load(`models:\n  m: {name: x, ${fields}}`, { env }).config.models[0];
}

describe('bases', () => {
  test.each([
    ['type: openai', 'https://api.openai.com/v1'],
    ['type: openai, api_base: "https://gate.example.org/v1/"', 'https://gate.example.org/v1'],
    ['type: openai, api_base: "https://gate.example.org"', 'https://gate.example.org'],
    ['type: openai, api_base: "https://g.org/v1/chat/completions"', 'https://g.org/v1'],
    ['type: vllm, api_base: "http://gpu:8000"', 'http://gpu:8000/v1'],
    ['type: vllm, api_base: "http://gpu:8000/"', 'http://gpu:8000/v1'],
    ['type: vllm, api_base: "http://gpu:8000/api"', 'http://gpu:8000/api'],
    ['type: ollama', 'http://localhost:11434/v1'],
    ['type: ollama, api_base: "http://localhost:11434"', 'http://localhost:11434/v1'],
    ['type: azure, api_base: "https://r.openai.azure.com"', 'https://r.openai.azure.com'],
    ['type: gemini', 'https://generativelanguage.googleapis.com/v1beta/openai'],
    ['type: workflow', undefined],
    ['type: llm', undefined],
    ['type: demo', undefined],
  ])('%s', (fields, base) => {
    expect(model(fields)?.api_base).toBe(base);
  });

  test('by variable', () => {
    expect(model('type: openai', { OPENAI_BASE_URL: 'http://x/v1' })?.api_base).toBe('http://x/v1');
    expect(model('type: anthropic')?.api_base).toBe('https://api.anthropic.com/v1');
    expect(model('type: anthropic, api_base: "https://api.anthropic.com"')?.api_base).toBe(
      'https://api.anthropic.com/v1',
    );
    expect(model('type: bedrock', { AWS_REGION: 'eu-west-1' })?.api_base).toBe(
      'https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1',
    );
    expect(problemsIn('models: {m: {name: x, type: openai}}', { env: { OPENAI_BASE_URL: 'nope' } })).toEqual([
      'OPENAI_BASE_URL: models.m.api_base: must be an http or https address (got "nope")',
    ]);
  });

  test.each([
    ['127.0.0.1', 'http://localhost:8000'],
    ['127.0.0.1', 'http://[::1]:8000'],
    ['0.0.0.0', 'http://127.0.0.1:8000/v1'],
    ['"::"', 'http://0.0.0.0:8000'],
    ['box.example.org', 'http://BOX.example.org:8000'],
  ])('a server on %s does not ask itself at %s', (host, base) => {
    expect(problemsIn(`server: {host: ${host}}\nmodels: {m: {name: x, type: custom, api_base: "${base}"}}`)).toEqual([
      expect.stringContaining('is this server itself'),
    ]);
  });

  test.each([
    ['127.0.0.1', 8000, 'http://localhost:8001'],
    ['192.168.1.5', 8000, 'http://localhost:8000'],
    ['127.0.0.1', 0, 'http://localhost:8000'],
    ['0.0.0.0', 8000, 'http://gpu:8000'],
  ])('a server on %s:%i may ask %s', (host, port, base) => {
    expect(
      problemsIn(`server: {host: ${host}, port: ${port}}\nmodels: {m: {name: x, type: custom, api_base: "${base}"}}`),
    ).toEqual([]);
  });
});

describe('keys', () => {
  test('by type, where the file has none', () => {
    expect(model('type: anthropic', { ANTHROPIC_API_KEY: 'a' })?.api_key).toBe('a');
    expect(model('type: anthropic, api_key: b', { ANTHROPIC_API_KEY: 'a' })?.api_key).toBe('b');
    expect(model('type: gemini', { GOOGLE_API_KEY: 'g' })?.api_key).toBe('g');
    expect(model('type: vllm, api_base: "http://x"', { VLLM_API_KEY: 'v' })?.api_key).toBe('v');
    expect(model('type: demo', { DEMO_API_KEY: 'v' })).not.toHaveProperty('api_key');
  });

  test('a missing one makes the model unavailable', () => {
    const { config, warnings } = load('models:\n  m: {name: x, type: openai}\n  n: {name: x, type: demo}');
    expect(config.models.map(({ unavailable }) => unavailable)).toEqual(['OPENAI_API_KEY is not set', undefined]);
    expect(warnings).toEqual([
      'a.yaml:2:3: models.m: OPENAI_API_KEY is not set and there is no api_key; the model cannot be used until there is',
    ]);
  });

  test('a variable that is not set is not replaced by another one', () => {
    const { config, warnings } = load('models:\n  m: {name: x, type: openai, api_key: "${MINE}"}', {
      env: { OPENAI_API_KEY: 'o' },
    });
    expect(config.models[0]).toMatchObject({ unavailable: 'MINE is not set' });
    expect(config.models[0]).not.toHaveProperty('api_key');
    expect(warnings).toEqual(['a.yaml:2:30: models.m.api_key: MINE is not set; the model cannot be used until it is']);
  });

  test('one that is set to nothing is not set', () => {
    expect(model('type: openai, api_key: "${MINE}"', { MINE: '' })?.unavailable).toBe('MINE is empty');
  });

  test('headers too', () => {
    const found = model('type: custom, api_base: "http://x", headers: {A: "${NOPE}", B: "b"}');
    expect(found).toMatchObject({ unavailable: 'NOPE is not set', headers: { B: 'b' } });
  });

  test('a base of one’s own may need none', () => {
    expect(model('type: openai, api_base: "http://x/v1"')).not.toHaveProperty('unavailable');
    expect(model('type: openai, headers: {Authorization: "Bearer x"}')).not.toHaveProperty('unavailable');
    expect(model('type: azure, api_base: "http://x"')?.unavailable).toBe('AZURE_API_KEY is not set');
  });
});

test('every field', () => {
  const text = [
    'models:',
    '  m:',
    '    name: up',
    '    type: azure',
    '    api_base: https://r.openai.azure.com',
    '    api_key: k',
    '    temperature: 0',
    '    max_tokens: 5',
    '    timeout: 1.5',
    '    context_window: 1000',
    '    fallback_models: [n]',
    '    headers: {X: y}',
    '    parameters: {top_p: 1}',
    '    price: {input: 1, output: 2}',
    '    custom_config: {a: b}',
    '  n: {name: n, type: llm, device: 1}',
    'default_model: n',
  ].join('\n');
  const { config } = load(text, { env: { AZURE_API_VERSION: '2025-01-01' } });
  expect(config.default_model).toBe('n');
  expect(config.models).toEqual([
    {
      name: 'm',
      upstream_id: 'up',
      type: 'azure',
      api_base: 'https://r.openai.azure.com',
      api_key: 'k',
      temperature: 0,
      max_tokens: 5,
      timeout_seconds: 1.5,
      context_window: 1000,
      fallback_models: ['n'],
      headers: { X: 'y' },
      parameters: { top_p: 1 },
      price: { input: 1, output: 2 },
      custom_config: { a: 'b' },
      api_version: '2025-01-01',
    },
    {
      name: 'n',
      upstream_id: 'n',
      type: 'local',
      device: 'cuda:1',
      temperature: 0.7,
      timeout_seconds: 30,
      fallback_models: [],
    },
  ]);
});

test('the first model is the default one', () => {
  expect(load('models: {b: {name: b, type: demo}, a: {name: a, type: demo}}').config.default_model).toBe('b');
});

test('every type can be configured', () => {
  const lines = Object.keys(PROVIDER_DEFAULTS).map(
    (type) => `  ${type}: {name: x, type: ${type}, api_base: "http://up/v1", api_key: k}`,
  );
  const { config, warnings } = load(`models:\n${lines.join('\n')}`);
  expect(config.models.map(({ type }) => type)).toEqual(Object.keys(PROVIDER_DEFAULTS));
  expect(warnings).toEqual([]);
});

describe('a file without models', () => {
  const environmentModel = (env: Environment): ModelConfig | undefined => load('', { env }).config.models[0];

  test.each<[string, Environment, Partial<ModelConfig>]>([
    ['nothing', {}, { name: 'demo', type: 'demo' }],
    [
      'DeepSeek',
      { DEEPSEEK_API_KEY: 'd' },
      {
        name: 'default',
        type: 'deepseek',
        upstream_id: 'deepseek-chat',
        api_base: 'https://api.deepseek.com/v1',
        api_key: 'd',
      },
    ],
    [
      'document 3: OpenAI',
      { API_KEY_ENV_VAR: 'OPENAI_API_KEY', OPENAI_API_KEY: 'o', LLM_MODEL_NAME: 'gpt-4o' },
      { name: 'default', type: 'openai', upstream_id: 'gpt-4o', api_base: 'https://api.openai.com/v1', api_key: 'o' },
    ],
    [
      'OpenAI without a name',
      { API_KEY_ENV_VAR: 'OPENAI_API_KEY', OPENAI_API_KEY: 'o' },
      { name: 'default', upstream_id: 'gpt-4o-mini' },
    ],
    [
      'OpenAI alone',
      { OPENAI_API_KEY: 'o' },
      {
        name: 'gpt-4o-mini',
        type: 'openai',
        upstream_id: 'gpt-4o-mini',
        api_base: 'https://api.openai.com/v1',
        api_key: 'o',
      },
    ],
    [
      'DeepSeek before OpenAI',
      { OPENAI_API_KEY: 'o', DEEPSEEK_API_KEY: 'd' },
      { name: 'default', type: 'deepseek', api_key: 'd' },
    ],
    [
      'a base of one’s own',
      { LLM_BASE_URL: 'http://up:1/v1/', DEEPSEEK_API_KEY: 'd', LLM_MODEL_NAME: 'big' },
      { name: 'default', type: 'custom', upstream_id: 'big', api_base: 'http://up:1/v1', api_key: 'd' },
    ],
    [
      'OpenAI by base',
      { LLM_BASE_URL: 'https://api.openai.com/v1', OPENAI_API_KEY: 'o', DEEPSEEK_API_KEY: 'd' },
      { name: 'default', type: 'openai', upstream_id: 'gpt-4o-mini', api_key: 'o' },
    ],
    [
      'a named key that is not there',
      { LLM_BASE_URL: 'http://up:1', API_KEY_ENV_VAR: 'MY_KEY' },
      { name: 'default', unavailable: 'MY_KEY is not set' },
    ],
    [
      'a name in quotes with a comment',
      { DEEPSEEK_API_KEY: 'd', LLM_MODEL_NAME: '"deepseek-reasoner"   # the better one' },
      { upstream_id: 'deepseek-reasoner' },
    ],
    [
      'a name with a comment',
      { DEEPSEEK_API_KEY: 'd', LLM_MODEL_NAME: "deepseek-reasoner # it's better" },
      { upstream_id: 'deepseek-reasoner' },
    ],
    ['only a comment', { DEEPSEEK_API_KEY: 'd', LLM_MODEL_NAME: '# none' }, { upstream_id: 'deepseek-chat' }],
  ])('%s', (_, env, expected) => {
    expect(environmentModel(env)).toMatchObject(expected);
  });

  test('a base without a key is used without one', () => {
    const found = environmentModel({ LLM_BASE_URL: 'http://up:1/v1' });
    expect(found).toMatchObject({ type: 'custom', api_base: 'http://up:1/v1' });
    expect(found).not.toHaveProperty('api_key');
    expect(found).not.toHaveProperty('unavailable');
  });

  test('says which model is the environment’s', () => {
    expect(load('', { env: { OPENAI_API_KEY: 'o' } }).config.environment_model).toBe('gpt-4o-mini');
    expect(load('').config).not.toHaveProperty('environment_model');
    expect(load('models: {m: {name: m, type: demo}}', { env: { OPENAI_API_KEY: 'o' } }).config).not.toHaveProperty(
      'environment_model',
    );
  });

  test('what is wrong names the variable', () => {
    expect(problemsIn('', { env: { LLM_BASE_URL: 'http://localhost:8000/v1' } })).toEqual([
      'LLM_BASE_URL: is this server itself, which listens on 127.0.0.1:8000',
    ]);
    expect(problemsIn('', { env: { LLM_BASE_URL: 'api.example.org' } })).toEqual([
      'LLM_BASE_URL: must be an http or https address (got "api.example.org")',
    ]);
    expect(load('', { env: { API_KEY_ENV_VAR: 'sk-canary-by-mistake' } }).warnings).toEqual([
      'API_KEY_ENV_VAR: it must be the name of a variable',
    ]);
    expect(load('', { env: { API_KEY_ENV_VAR: 'MY_KEY' } }).warnings).toEqual(['API_KEY_ENV_VAR: MY_KEY is not set']);
  });
});
