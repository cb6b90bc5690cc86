import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { load, problemsIn } from '../../test/fixtures/config/load-text.js';
import { redactConfig, redactModel } from './redact-config.js';
import { isSecretName, isSecretPath, maskForms, maskText } from './secrets.js';

const CANARY = 'canary-7f3a9b';

describe('a secret is in no message', () => {
  test.each([
    ['of the wrong type', `models: {m: {name: m, type: openai, api_key: [${CANARY}]}}`],
    ['a key with a blank', `server: {api_key: "${CANARY} x"}`],
    ['a client key as a map', `auth: {keys: [{name: a, key: {x: ${CANARY}}}]}`],
    ['keys as a text', `auth: {keys: ${CANARY}}`],
    ['keys as a list of texts', `auth: {keys: [${CANARY}]}`],
    ['a section as a text', `auth: ${CANARY}`],
    ['headers as a text', `models: {m: {name: m, type: demo, headers: "${CANARY}"}}`],
    ['a header as a list', `models: {m: {name: m, type: demo, headers: {X: [${CANARY}]}}}`],
    ['a variable of a process', `mcp_servers: {m: {command: x, env: {A: {b: ${CANARY}}}}}`],
    ['an unknown key', `server: {apikey: ${CANARY}}`],
    ['a forgotten blank', `server:\n  api_key:${CANARY}\n`],
    ['a forgotten blank in braces', `server: {api_key:${CANARY}}`],
    ['a forgotten blank, then a key', `server:\n  port: 1\n  api_key:${CANARY}: 3\n`],
    ['an address with a password', `models: {m: {name: m, type: custom, api_base: "https://u:${CANARY}@x.org"}}`],
    ['an address with a key', `azure: {key_vault_url: "http://x.org/?sig=${CANARY}"}`],
    ['a quoted pair', `server: {host: ["Authorization: ${CANARY}"], base_path: "Authorization: ${CANARY}"}`],
    ['an open quote', `server: {api_key: "${CANARY}}`],
    ['an unknown escape', `server: {api_key: "\\q${CANARY}"}`],
    ['an alias', `server: {api_key: *${CANARY}}`],
    ['a tag', `server: {api_key: !${CANARY} x}`],
    ['junk', `server: {api_key: "x" ${CANARY}}`],
    ['a default in a broken reference', `server: {api_key: "\${KEY:-${CANARY}"}`],
    ['two keys that are equal', `auth: {keys: [{name: a, key: ${CANARY}}, {name: b, key: ${CANARY}}]}`],
    ['a secret variable in another place', 'server: {port: "${MY_API_KEY}"}'],
    ['a duplicate', `server: {api_key: ${CANARY}, api_key: ${CANARY}}`],
    ['two names of the section', `server: {api_key: ${CANARY}}\napi: {api_key: ${CANARY}x}`],
    ['a value that became a key', `auth: {keys: [{name: a, key, ${CANARY}}]}`],
    ['a value that became a header', `models: {m: {name: m, type: demo, headers: {X, ${CANARY}}}}`],
    ['a time', `auth: {keys: [{name: a, key: ${CANARY}, expires: soon}]}`],
  ])('%s', (_, text) => {
    const problems = problemsIn(text, { env: { MY_API_KEY: CANARY } });
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).not.toContain(CANARY);
  });

  test('in the variable', () => {
    const problems = problemsIn('', { env: { PARLEY_API_KEYS: `a b:${CANARY},c:${CANARY} x,anonymous:${CANARY}` } });
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).not.toContain(CANARY);
  });

  test('nor in any message about a mutated file', () => {
    const text = `server: {port: 8000}\nmodels:\n  m:\n    name: m\n    type: openai\n    api_key: ${CANARY}\n    headers: {X: ${CANARY}}\nauth:\n  keys:\n    - {name: a, key: ${CANARY}}\n`;
    const spot = fc.nat({ max: text.length });
    // Whatever happens outside the secret's own line: it stays unseen.
    fc.assert(
      fc.property(
        spot,
        fc.constantFrom('x', ' ', ':', '-', '{', '}', '[', ']', '"', "'", '\n', '\t', '*a', '&a', '!t', '#', '${', '|'),
        (at, piece) => {
          const mutated = text.slice(0, at) + piece + text.slice(at);
          if (!mutated.includes(CANARY)) return;
          expect(problemsIn(mutated).join('\n')).not.toContain(CANARY);
        },
      ),
      { numRuns: 400 },
    );
  });
});

test('redactConfig shows everything but secrets, in the form of the file', () => {
  const { config } = load(
    [
      `server: {api_key: ${CANARY}}`,
      'models:',
      `  m: {name: up, type: custom, api_base: "https://x.org/v1?key=${CANARY}", api_key: ${CANARY}, timeout: 5, headers: {X-Team: ${CANARY}}, custom_config: {token: ${CANARY}, n: {authorization: ${CANARY}, deep: ok}}, parameters: {max_tokens: 5}}`,
      `auth: {keys: [{name: a, key: ${CANARY}2, scopes: [admin]}]}`,
      `mcp_servers: {s: {command: x, args: ["--n"], env: {A: ${CANARY}}}, t: {url: "https://x.org", headers: {B: ${CANARY}}}}`,
      'agents: {g: {instructions: "Ask for the API key: politely"}}',
      'system_prompts: {assistant: "Know the secret: basic manners"}',
    ].join('\n'),
  );
  const shown = redactConfig(config);
  expect(JSON.stringify(shown)).not.toContain(CANARY);
  expect(shown).toMatchObject({
    models: {
      m: {
        name: 'up',
        type: 'custom',
        api_base: 'https://x.org/v1?***',
        api_key: '***',
        timeout: 5,
        headers: { 'X-Team': '***' },
        custom_config: { token: '***', n: { authorization: '***', deep: 'ok' } },
        parameters: { max_tokens: 5 },
      },
    },
    auth: {
      keys: [
        { name: 'default', key: '***' },
        { name: 'a', key: '***', scopes: ['admin'] },
      ],
      allow_query_key: true,
    },
    agents: { g: { name: 'g', instructions: 'Ask for the API key: politely' } },
    system_prompts: { assistant: 'Know the secret: basic manners' },
    mcp_servers: {
      s: { command: 'x', args: ['--n'], env: { A: '***' } },
      t: { url: 'https://x.org', headers: { B: '***' } },
    },
    limits: { sockets_per_key: 200, running_runs_per_key: 256 },
  });
  const [model] = config.models;
  expect(model && JSON.stringify(redactModel(model))).not.toContain(CANARY);
});

test('names of secrets', () => {
  const secret = [
    'api_key',
    'key',
    'keys',
    'secret',
    'x-api-key',
    'Authorization',
    'auth_token',
    'password',
    'apiKey',
    'AZURE_CLIENT_SECRET',
    'cookie',
  ];
  const open = [
    'max_tokens',
    'keys_file',
    'key_vault_url',
    'api_key_secret_name',
    'allow_query_key',
    'sockets_per_key',
    'name',
    'PORT',
  ];
  expect(secret.filter((name) => !isSecretName(name))).toEqual([]);
  expect(open.filter(isSecretName)).toEqual([]);
  expect(isSecretPath(['models', 'm', 'headers', 'X'])).toBe(true);
  expect(isSecretPath(['auth', 'keys', 0, 'name'])).toBe(false);
});

test('forms of secrets inside a text', () => {
  expect(maskForms('use sk-abcdef123 and Bearer abcdefghijkl12 at https://u:p@x.org/a?sig=1')).toBe(
    'use *** and *** at https://***@x.org/a?***',
  );
  expect(maskForms('Basic skills, the bearer of news, api_key: x')).toBe(
    'Basic skills, the bearer of news, api_key: x',
  );
  expect(maskText('a api_key: x y')).toBe('a api_key: ***');
});
