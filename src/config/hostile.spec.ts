import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inFolder, load, problemsIn } from '../../test/fixtures/config/load-text.js';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';
import { processorTime } from '../../test/support/processor-time.js';

/** Of processor time, generous; most take a few milliseconds, a file full of commas half a second. */
const FAST_MS = 4000;
const LARGEST = 256 * 1024;

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [index, name] of 'bcdefghi'.split('').entries()) {
    const before = `*${'abcdefghi'[index] ?? ''}`;
    lines.push(`${name}: &${name} [${Array.from({ length: 6 }, () => before).join(', ')}]`);
  }
  return lines.join('\n');
}

describe('is refused, and soon', () => {
  test.each<[string, string, string]>([
    ['an alias bomb', bomb(), 'more than 50000 values'],
    ['many aliases', `a: &a 1\nb: [${'*a, '.repeat(1000)}]`, 'more than 50 aliases'],
    ['an alias of itself', 'a: &a [*a]', 'an alias (*name) without an anchor'],
    ['a merge bomb', 'a: &a {x: 1}\nb: &b {<<: [*a, *a]}', 'merge keys (<<) are not supported'],
    ['brackets, 20,000 deep', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'nested too deeply'],
    ['brackets, 900 deep', `a: ${'['.repeat(900)}${']'.repeat(900)}`, 'nested too deeply'],
    ['braces, 33 deep', `a: ${'{b: '.repeat(33)}1${'}'.repeat(33)}`, 'nested too deeply (at most 32 levels)'],
    ['lists, 5,000 deep', `a:\n  ${'- '.repeat(5000)}x`, 'nested too deeply'],
    [
      'maps, 700 deep',
      Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      'nested too deeply',
    ],
    ['a large file', `# ${'x'.repeat(LARGEST)}`, 'larger than 256 KiB'],
    ...[']', '}', '{}', '[] ', 'a: "\n', '! ', '&a ', '%a\n', 'a: ]\n', '"', '@'].map(
      (junk): [string, string, string] => [
        `256 KiB of ${JSON.stringify(junk)}`,
        junk.repeat(Math.floor((LARGEST - 10) / junk.length)),
        'a.yaml:',
      ],
    ),
    ['many values', `plugins: [${'1,'.repeat(51_000)}]`, 'more than 50000 values'],
    ['code', 'plugins: !!js/function "function () {}"', 'tags (!name) are not allowed'],
    ['binary', 'plugins: !!binary "aGk="', 'tags (!name) are not allowed'],
    ['__proto__', 'models: {__proto__: {polluted: 1}}', '__proto__: this key is not allowed'],
    [
      'constructor',
      'evaluators: [{type: llm, config: {constructor: {prototype: {polluted: 1}}}}]',
      'constructor: this key is not allowed',
    ],
  ])('%s', (_, text, what) => {
    const began = processorTime();
    const problems = problemsIn(text);
    expect(problems.some((problem) => problem.includes(what))).toBe(true);
    expect(processorTime() - began).toBeLessThan(FAST_MS);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('__proto__ as a variable is a name like any other', () => {
    expect(problemsIn('server: {host: "${__proto__}"}')).toEqual([
      'a.yaml:1:10: server.host: environment variable __proto__ is not set',
    ]);
  });

  test('bytes that are no text', () => {
    inFolder({}, (cwd) => expect(() => loadConfig({ cwd, env: {}, path: cwd })).toThrow(ConfigError));
    expect(problemsIn('server: {host: "\ud800"}')).toEqual([]);
  });
});

test('a few aliases are fine, and each place is checked', () => {
  const { config } = load('models:\n  a: &m {name: m, type: demo}\n  b: *m\n');
  expect(config.models.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(problemsIn('models:\n  a: &m {name: m, type: nope}\n  b: *m\n')).toHaveLength(2);
});

test('a large file of plain values loads', () => {
  const text = `system_prompts:\n  a: |\n${'    line of a prompt, with [brackets] and "quotes"\n'.repeat(4000)}`;
  const began = processorTime();
  expect(load(text).config.system_prompts['a']).toHaveLength(4000 * 47);
  expect(processorTime() - began).toBeLessThan(FAST_MS);
});

const SAMPLE = `server: {host: 127.0.0.1, port: "\${PORT_:-8000}", cors_origins: ["https://a.org"]}
auth:
  keys: [{name: a, key: k, scopes: [chat]}, {name: b, secret: s}]
azure: {key_vault_url: "KEYVAULT_URL", refresh_seconds: 5}
models: &models
  m: {name: m, type: custom, api_base: "http://x:1/v1", headers: {A: b}, price: {input: 1}}
  n: {name: n, type: openai, api_key: "\${KEY}", fallback_models: [m]}
default_model: m
agents: {g: {model: m, tools: [x]}}
evaluators:
  - type: rule_based
    config: {max_turn_number: 20}
system_prompts:
  assistant: |
    You are "helpful" $\${x}
mcp_servers: {s: {command: x, args: [y], env: {Z: 1}}}
plugins: [p]
storage: {type: memory, max_size: 1 GiB}
limits: {body_bytes: 1 MiB, turns: 100}
logging: {level: INFO, format: "%(message)s"}
`;

describe('loadConfig never throws anything but ConfigError', () => {
  const env = { KEYVAULT_URL: 'https://v', PORT_: '1' };
  const check = (text: string, variables: Record<string, string> = env): void => {
    try {
      load(text, { env: variables });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
    }
  };

  test('on the sample', () => {
    expect(problemsIn(SAMPLE, { env })).toEqual([]);
  });

  test('on mutated text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(
        '&a ',
        '*a',
        '!!x ',
        '{',
        '}',
        '[',
        ']',
        ': ',
        '- ',
        '\n',
        '"',
        '${',
        '<<: ',
        '? ',
        '|',
        '>',
        '---',
        '%',
        '\t',
        'null',
        '.nan',
        '0x1',
        '~',
      ),
    );
    const cut = fc.record({ at: fc.nat({ max: SAMPLE.length }), drop: fc.nat({ max: 12 }), piece });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
        check(cuts.reduce((text, { at, drop, piece: put }) => text.slice(0, at) + put + text.slice(at + drop), SAMPLE));
      }),
      { numRuns: 600 },
    );
  });

  test('on any values under known keys', () => {
    const keys = fc.constantFrom(
      'server',
      'api',
      'auth',
      'azure',
      'models',
      'model',
      'default_model',
      'agents',
      'evaluators',
      'system_prompts',
      'mcp_servers',
      'plugins',
      'max_turns',
      'speaking_order',
      'storage',
      'limits',
      'logging',
      'metrics',
      'metrics_port',
      'docs',
      'host',
      'port',
      'keys',
      'name',
      'type',
      'key',
      'api_base',
      'toString',
      'valueOf',
      'hasOwnProperty',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(keys, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => check(JSON.stringify(value))),
      { numRuns: 400 },
    );
  });

  test('on any variables', () => {
    const name = fc.constantFrom(
      'HOST',
      'PORT',
      'PARLEY_CONFIG',
      'PARLEY_API_KEYS',
      'PARLEY_ALLOW_ANONYMOUS',
      'PARLEY_PLUGINS',
      'PARLEY_LOG_LEVEL',
      'PARLEY_DATA_DIR',
      'PARLEY_METRICS_PORT',
      'API_KEY_ENV_VAR',
      'LLM_BASE_URL',
      'LLM_MODEL_NAME',
      'OPENAI_API_KEY',
      'OPENAI_BASE_URL',
      'KEYVAULT_URL',
      'API_KEY_SECRET_NAME',
      'AWS_REGION',
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'binary', maxLength: 20 })), (variables) => {
        check('', variables);
        check(SAMPLE, variables);
      }),
      { numRuns: 200 },
    );
  });
});
