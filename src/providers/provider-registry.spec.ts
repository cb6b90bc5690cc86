import { afterEach, describe, expect, it } from '@jest/globals';
import { startUpstream } from '../../test/support/upstream/server.js';
import type { Upstream } from '../../test/support/upstream/upstream.js';
import { REQUEST, call } from '../../test/contracts/model-provider/provider-suite.js';
import { SystemClock } from '../runtime/system-clock.js';
import type { ModelSection } from './model-section.js';
import { PROVIDER_DEFAULTS, isProviderType } from './provider-kinds.js';
import { buildModels } from './provider-registry.js';
import type { BuiltModels } from './provider-registry.js';

const open: BuiltModels[] = [];
const upstreams: Upstream[] = [];

afterEach(async () => {
  for (const models of open.splice(0)) await models.stop();
  for (const upstream of upstreams.splice(0)) await upstream.close();
});

function build(
  sections: readonly (Partial<ModelSection> & { readonly name: string })[],
  default_model?: string,
  environment_model?: string,
): BuiltModels {
  const whole = sections.map((section): ModelSection => ({ upstream_id: 'text:3', type: 'custom', ...section }));
  const models = buildModels(whole, {
    clock: new SystemClock(),
    random: () => 0.5,
    ...(default_model === undefined ? {} : { default_model }),
    ...(environment_model === undefined ? {} : { environment_model }),
  });
  open.push(models);
  return models;
}

function raise(): never {
  throw new Error('the model is not there');
}

describe('a model that is renewed', () => {
  it('is asked with its new key; calls that are under way end with the one they began with', async () => {
    const upstream = await startUpstream();
    upstreams.push(upstream);
    const models = build([{ name: 'm', upstream_id: 'x', api_base: upstream.url, api_key: 'key-one' }]);
    const model = models.get('m');
    const ask = (): Promise<string | undefined> | undefined =>
      model?.stream(REQUEST, () => undefined, new AbortController().signal).then((end) => end.type);
    const gate = Promise.withResolvers<void>();
    upstream.script('x', [{ text: ['a', { until: gate.promise }, 'b'] }, { text: 'c' }, { text: 'd' }]);
    const running = ask();
    await upstream.until((now) => now.open('x') > 0);
    models.renew('m', { api_key: 'key-two' });
    expect(await ask()).toBe('done');
    models.renew('m', { unavailable: 'Model "m": its key is gone.' });
    expect(await ask()).toBe('failed');
    expect(model?.health()).toEqual({ healthy: false, last_error: 'Model "m": its key is gone.' });
    gate.resolve();
    expect(await running).toBe('done');
    models.renew('m', { api_key: 'key-three' });
    expect(await ask()).toBe('done');
    expect(model?.health()).toEqual({ healthy: true });
    const keys = upstream.calls('x').map(({ headers }) => headers['authorization']);
    expect(keys).toEqual(['Bearer key-one', 'Bearer key-two', 'Bearer key-three']);
    expect(() => models.renew('none', {})).toThrow('model "none" is not configured');
  });
});

describe('buildModels', () => {
  it.each(Object.keys(PROVIDER_DEFAULTS).filter(isProviderType))(
    'builds a model of type %s that never throws and never lies about itself',
    async (type) => {
      const model = build([{ name: 'm', type }]).get('m');
      expect(model?.name).toBe('m');
      const health = model?.health();
      expect((health?.healthy ?? false) ? 'healthy' : health?.last_error).toMatch(
        /healthy|is not set\.|comes in a later version\./,
      );
    },
  );

  it.each([
    ['openai', 'Model "m": OPENAI_API_KEY is not set.', 'upstream_auth'],
    ['azure', 'Model "m": api_base is not set.', 'upstream_rejected'],
    ['vllm', 'Model "m": api_base is not set.', 'upstream_rejected'],
    ['anthropic', 'Model "m": ANTHROPIC_API_KEY is not set.', 'upstream_auth'],
    ['bedrock', 'Model "m": AWS_BEARER_TOKEN_BEDROCK is not set.', 'upstream_auth'],
    ['workflow', 'Model "m": custom_config is not set.', 'upstream_rejected'],
    ['proxy', 'Model "m": api_base is not set.', 'upstream_rejected'],
    ['local', 'Model "m": model type local comes in a later version.', 'upstream_rejected'],
  ] as const)('%s without anything says what is missing', async (type, message, code) => {
    const model = build([{ name: 'm', type }]).get('m');
    expect(model?.health()).toEqual({ healthy: false, last_error: message });
    const end = await model?.stream(REQUEST, () => undefined, new AbortController().signal);
    expect(end).toEqual({ type: 'failed', code, message, retryable: false });
  });

  it.each(['ftp://a.test', 'nonsense', 'http://name:secret@a.test/v1'])('does not ask %s', (api_base) => {
    const health = build([{ name: 'm', api_base }])
      .get('m')
      ?.health();
    expect(health).toMatchObject({ healthy: false, last_error: expect.stringContaining('api_base') });
    expect(JSON.stringify(health)).not.toContain('secret');
  });

  it('passes on why the configuration says that a model cannot be used', () => {
    const unavailable = 'MY_KEY is not set.';
    expect(
      build([{ name: 'm', unavailable }])
        .get('m')
        ?.health(),
    ).toEqual({ healthy: false, last_error: unavailable });
  });

  it('asks the upstream, and falls back by configured name', async () => {
    const upstream = await startUpstream();
    upstreams.push(upstream);
    const models = build([
      { name: 'first', upstream_id: 'bad:400', api_base: upstream.url, fallback_models: ['second'] },
      { name: 'second', type: 'openai', api_key: 'sk-1', api_base: upstream.url },
      { name: 'azure', type: 'azure', api_key: 'az-1', api_base: upstream.origin },
    ]);
    const first = models.get('first');
    expect(first === undefined ? undefined : (await call(first)).end).toMatchObject({
      type: 'done',
      answered_by: 'text:3',
    });
    const azure = models.get('azure');
    expect(azure === undefined ? undefined : (await call(azure)).end).toMatchObject({ type: 'done' });
    const shown = upstream.calls().map(({ path, headers }) => [path, headers['authorization'] ?? headers['api-key']]);
    expect(shown).toEqual([
      ['/v1/chat/completions', 'Bearer EMPTY'],
      ['/v1/chat/completions', 'Bearer sk-1'],
      [expect.stringMatching(/^\/openai\/deployments\/text(?:%3A|:)3\/chat\/completions$/), 'az-1'],
    ]);
  });

  it('U22: prices each call once, also those of a model that failed before another answered', async () => {
    const upstream = await startUpstream();
    upstreams.push(upstream);
    const usage = {
      prompt_tokens: 1_000_000,
      completion_tokens: 1000,
      prompt_tokens_details: { cached_tokens: 400_000 },
    };
    const failed = `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: {"error": {"code": 400}}\n\n`;
    upstream.script('failing', { chunks: [failed] });
    upstream.script('answering', { text: 'a', usage: { input: 10, output: 100 } });
    const api_base = upstream.url;
    const models = build([
      {
        name: 'first',
        upstream_id: 'failing',
        api_base,
        price: { input: 1, output: 10, cache_read: 0.5 },
        fallback_models: ['second'],
      },
      { name: 'second', upstream_id: 'answering', api_base, price: { output: 1 } },
    ]);
    const { end } = await call(models.get('first') ?? raise());
    expect(end).toMatchObject({
      type: 'done',
      answered_by: 'answering',
      usage: {
        input_tokens: 1_000_010,
        output_tokens: 1100,
        cached_tokens: 400_000,
        calls: 2,
        cost: 0.6 + 0.2 + 0.01 + 0.0001,
      },
    });
  });

  it('knows its models by name, the default one and what may be shown of them', () => {
    const secret = { api_key: 'sk-secret', headers: { 'x-secret': 'v' }, parameters: { top_k: 3, user: 'secret' } };
    const models = build([
      { name: 'a' },
      {
        name: 'b',
        ...secret,
        api_base: 'https://a.test/v1/?key=secret',
        temperature: 0,
        context_window: 8000,
        price: { input: 1 },
      },
    ]);
    expect(models.names()).toEqual(['a', 'b']);
    expect(models.default_model).toBe('a');
    expect(models.get('c')).toBeUndefined();
    expect(models.describe('c')).toBeUndefined();
    expect(models.describe('b')).toEqual({
      upstream_id: 'text:3',
      type: 'custom',
      context_window: 8000,
      config: {
        api_base: 'https://a.test/v1',
        temperature: 0,
        context_window: 8000,
        price: { input: 1 },
        parameters: { top_k: 3 },
      },
    });
    expect(build([], undefined).default_model).toBe('');
  });

  it('tells which model takes names that nobody configured, if it does', () => {
    const custom = { name: 'default', api_base: 'https://a.test/v1' };
    expect(build([custom], 'default', 'default').environment_model).toBe('default');
    expect(build([custom], 'default').environment_model).toBeUndefined();
    const azure = { ...custom, type: 'azure', api_key: 'az-1' };
    expect(build([azure], 'default', 'default').environment_model).toBeUndefined();
  });

  it.each(['demo', 'workflow', 'azure'])('%s: what it cannot take is refused, and nobody is asked', async (type) => {
    const section = {
      name: 'm',
      type,
      api_key: 'k',
      api_base: 'http://127.0.0.1:1',
      custom_config: { endpoint: 'http://127.0.0.1:1' },
    };
    const model = build([section]).get('m');
    expect(model?.accepts_upstream_id).toBe(false);
    expect(model?.accepts_images).toBe(type === 'azure');
    const { signal } = new AbortController();
    const refused = { type: 'failed', code: 'upstream_rejected', retryable: false };
    expect(await model?.stream({ ...REQUEST, upstream_id: 'other' }, () => undefined, signal)).toEqual({
      ...refused,
      message: 'The provider of model "m" has one model only, and cannot be asked for another one.',
    });
    if (type === 'azure') return;
    const parts = [{ type: 'image', url: 'data:image/png;base64,AA==' }] as const;
    const messages = [{ role: 'user', content: '', parts }] as const;
    expect(await model?.stream({ messages }, () => undefined, signal)).toEqual({
      ...refused,
      message: 'The provider of model "m" takes text only, no images.',
    });
  });

  it('refuses names that are not there or there twice', () => {
    expect(() => build([{ name: 'a' }, { name: 'a' }])).toThrow('model "a" is given twice');
    expect(() => build([{ name: 'a' }], 'b')).toThrow('default model "b" is not configured');
    expect(() => build([{ name: 'a', fallback_models: ['b'] }])).toThrow('fallback model "b" of "a" is not configured');
  });
});
