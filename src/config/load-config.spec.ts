import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inFolder, load, problemsIn, problemsOf } from '../../test/fixtures/config/load-text.js';
import { loadConfig } from './load-config.js';

describe('where the file is', () => {
  test('./config/parley.yaml if it is there, else the defaults', () => {
    inFolder({}, (cwd) => {
      expect(loadConfig({ cwd, env: {} })).toMatchObject({
        files: [],
        config: { max_turns: 20, data_dir: join(cwd, 'data') },
      });
      mkdirSync(join(cwd, 'config'));
      writeFileSync(join(cwd, 'config/parley.yaml'), 'max_turns: 7');
      expect(loadConfig({ cwd, env: {} })).toMatchObject({ files: ['config/parley.yaml'], config: { max_turns: 7 } });
      expect(loadConfig({ cwd, env: {}, search: false }).config.max_turns).toBe(20);
    });
  });

  test('path, --config, PARLEY_CONFIG in this order', () => {
    inFolder({ 'a.yaml': 'max_turns: 1', 'b.yaml': 'max_turns: 2', 'c.yaml': 'max_turns: 3' }, (cwd) => {
      const env = { PARLEY_CONFIG: 'c.yaml' };
      expect(loadConfig({ cwd, env, flags: { config: 'b.yaml' }, path: 'a.yaml' }).config.max_turns).toBe(1);
      expect(loadConfig({ cwd, env, flags: { config: 'b.yaml' } }).config.max_turns).toBe(2);
      expect(loadConfig({ cwd, env, flags: {} }).config.max_turns).toBe(3);
    });
  });

  test('one that is not there is a problem', () => {
    inFolder({ file: '' }, (cwd) => {
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: 'no.yaml' }))).toEqual([
        'no.yaml: no such file or folder',
      ]);
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: 'file/no.yaml' }))).toEqual([
        'file/no.yaml: no such file or folder',
      ]);
      expect(problemsOf(() => loadConfig({ cwd, env: { PARLEY_CONFIG: 'no.yaml' } }))).toEqual([
        'PARLEY_CONFIG: no.yaml: no such file or folder',
      ]);
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: '/dev/null' }))).toEqual([
        '/dev/null: not a regular file',
      ]);
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: 'a\0b' }))).toHaveLength(1);
    });
  });

  test('an empty file is the defaults', () => {
    expect(load('').config).toEqual({
      ...load('# nothing\n').config,
      data_dir: expect.any(String),
      models_dir: expect.any(String),
    });
  });
});

describe('a folder', () => {
  test('is merged in the order of names', () => {
    const files = {
      '20-models.yaml': 'models: {b: {name: b, type: demo}}\nserver: {port: 9}',
      '10-models.yaml': 'models: {a: {name: a, type: demo}}',
      '30.yml': 'max_turns: 3',
      'note.txt': 'x',
      '.hidden.yaml': 'x: y',
    };
    inFolder(files, (cwd) => {
      const { config, files: read, warnings } = loadConfig({ cwd, env: {}, path: cwd });
      expect(config.models.map(({ name }) => name)).toEqual(['a', 'b']);
      expect(config.server.port).toBe(9);
      expect(read).toEqual([join(cwd, '10-models.yaml'), join(cwd, '20-models.yaml')]);
      expect(warnings).toEqual([`${join(cwd, '30.yml')}: not read (only *.yaml is)`]);
    });
  });

  test('the same leaf twice names both places', () => {
    inFolder(
      {
        'a.yaml': 'server:\n  port: 1\nplugins: [x]',
        'b.yaml': 'plugins: [y]\nserver: {port: 1}',
        'c.yaml': 'server: 3',
      },
      (cwd) => {
        const at = (place: string): string => join(cwd, place);
        expect(problemsOf(() => loadConfig({ cwd, env: {}, path: cwd }))).toEqual([
          `${at('b.yaml')}:1:1: plugins: stands in two files (also at ${at('a.yaml')}:3:1)`,
          `${at('b.yaml')}:2:10: server.port: stands in two files (also at ${at('a.yaml')}:2:3)`,
          `${at('c.yaml')}:1:1: server: stands in two files (also at ${at('a.yaml')}:1:1)`,
        ]);
      },
    );
  });

  test('problems of all files are listed', () => {
    inFolder({ 'a.yaml': 'docs: {', 'b.yaml': 'docs: [' }, (cwd) => {
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: '.' })).map((line) => line.slice(0, 6))).toEqual([
        'a.yaml',
        'b.yaml',
      ]);
    });
    inFolder({ 'a.txt': '' }, (cwd) => {
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: '.' }))).toEqual(['.: no *.yaml file in this folder']);
    });
    inFolder({}, (cwd) => {
      mkdirSync(join(cwd, 'x.yaml'));
      symlinkSync('nowhere', join(cwd, 'y.yaml'));
      expect(problemsOf(() => loadConfig({ cwd, env: {}, path: '.' }))).toEqual([
        'x.yaml: not a regular file',
        'y.yaml: no such file or folder',
      ]);
    });
  });
});

describe('references', () => {
  test('a value takes the type that its key wants', () => {
    const env = { PORT_: '81', YES: 'true', NUMBER: '12', LIST: '[1, 2]', EMPTY: '' };
    const { config } = load(
      [
        'server: {port: "${PORT_}", host: "${H:-127.0.0.9}", base_path: "/${B:-}x"}',
        'docs:',
        '  enabled: ${YES}',
        'system_prompts: {a: "${NUMBER}", b: "${LIST}", c: "$${HOME} and $1", d: "${EMPTY:-was empty}"}',
        'evaluators:',
        '  - type: llm',
        '    config:',
        '      number: ${NUMBER}',
        '      quoted: "${NUMBER}"',
        '      yes: ${YES}',
        '      list: ${LIST}',
        '      text: ${NUMBER} apples',
      ].join('\n'),
      { env },
    );
    expect(config.server).toMatchObject({ port: 81, host: '127.0.0.9', base_path: '/x' });
    expect(config.docs.enabled).toBe(true);
    expect(config.system_prompts).toEqual({ a: '12', b: '[1, 2]', c: '${HOME} and $1', d: 'was empty' });
    expect(config.evaluators[0]?.config).toEqual({
      number: 12,
      quoted: '12',
      yes: true,
      list: '[1, 2]',
      text: '12 apples',
    });
  });

  test('the message says where a value is from', () => {
    expect(problemsIn('server: {port: "${P}"}', { env: { P: 'abc' } })).toEqual([
      'a.yaml:1:10: server.port: must be a whole number (0 to 65535; got "abc" from ${P})',
    ]);
  });

  test('names of the object prototype are no variables', () => {
    expect(problemsIn('server: {host: "${constructor}"}')).toEqual([
      'a.yaml:1:10: server.host: environment variable constructor is not set',
    ]);
  });

  test('bare names only where document 4 has them', () => {
    const text =
      'server: {host: MY_HOST}\napi: {api_key: MY_KEY}\nazure: {key_vault_url: MY_VAULT}\nsystem_prompts: {a: MY_PROMPT}\nmodels: {m: {name: MY_MODEL, type: demo}}';
    const { config } = load(text, {
      env: { MY_HOST: '127.0.0.1', MY_KEY: 'k', MY_VAULT: 'https://v', MY_PROMPT: 'p' },
    });
    expect(config.server.host).toBe('127.0.0.1');
    expect(config.auth.keys).toEqual([{ name: 'default', key: 'k' }]);
    expect(config.azure.key_vault_url).toBe('https://v');
    expect(config.system_prompts).toEqual({ a: 'MY_PROMPT' });
    expect(config.models[0]?.upstream_id).toBe('MY_MODEL');
  });

  test('what was written is kept for a save', () => {
    const { origins } = load('models: {m: {name: "${N}", type: demo}}\nplugins: ["${P:-x}"]', { env: { N: 'n' } });
    expect([...origins]).toEqual([
      ['models.m.name', '${N}'],
      ['plugins[0]', '${P:-x}'],
    ]);
  });
});

test('both names of the server section', () => {
  expect(
    load(
      'server: {port: 1, cors_origins: ["https://a.org/"]}\napi: {port: 1, host: 127.0.0.2, cors_origins: ["https://a.org/"]}',
    ).config.server,
  ).toEqual({
    host: '127.0.0.2',
    port: 1,
    base_path: '',
    cors_origins: ['https://a.org'],
  });
});

test('paths of plugins and key files start at the file, the others at the working folder', () => {
  inFolder({}, (cwd) => {
    mkdirSync(join(cwd, 'etc'));
    writeFileSync(join(cwd, 'etc/plugin.mjs'), '');
    writeFileSync(join(cwd, 'own.mjs'), '');
    writeFileSync(
      join(cwd, 'etc/c.yaml'),
      'plugins: [./plugin.mjs, "@a/b"]\nauth: {keys_file: keys}\nlogging: {file_path: logs/x}\nmodels_dir: m',
    );
    const { config } = loadConfig({ cwd, env: { PARLEY_PLUGINS: './own.mjs' }, path: 'etc/c.yaml' });
    expect(config.plugins).toEqual([join(cwd, 'etc/plugin.mjs'), '@a/b', join(cwd, 'own.mjs')]);
    expect(config.auth.keys_file).toBe(join(cwd, 'etc/keys'));
    expect(config.logging.file_path).toBe(join(cwd, 'logs/x'));
    expect(config.models_dir).toBe(join(cwd, 'm'));
  });
});

test('limits: the defaults, and sizes with units', () => {
  expect(load('').config.limits).toEqual({
    body_bytes: 1_048_576,
    message_bytes: 262_144,
    history_messages: 500,
    json_depth: 32,
    json_nodes: 10_000,
    json_keys: 1000,
    socket_frame_bytes: 262_144,
    socket_frames_per_second: 100,
    socket_fragments: 64,
    sockets_per_key: 200,
    streams_per_key: 5000,
    requests_per_minute: 600,
    wrong_keys_per_minute: 100,
    running_runs_per_key: 256,
    active_runs: 5000,
    agents: 64,
    agents_per_key: 1000,
    turns: 1000,
    answer_bytes: 8_388_608,
    upstream_line_bytes: 1_048_576,
    tool_result_bytes: 65_536,
    tools_at_once: 5,
    tool_calls_per_message: 16,
    tool_rounds: 10,
    tool_seconds: 30,
    client_tool_seconds: 300,
    session_idle_seconds: 86_400,
    human_turn_seconds: 3600,
    run_seconds: 900,
    multi_agent_run_seconds: 7200,
    open_text_bytes: 536_870_912,
  });
  const { config } = load(
    'limits: {body_bytes: 2 MiB, message_bytes: 1000}\nstorage: {type: memory, max_size: 1.5GB, retention_days: 0.5}',
  );
  expect(config.limits).toMatchObject({ body_bytes: 2_097_152, message_bytes: 1000 });
  expect(config.storage).toEqual({ type: 'memory', max_size: 1_500_000_000, retention_days: 0.5 });
});

test('names of evaluators and agents', () => {
  const { config } = load(
    'evaluators: [{type: llm}, {type: llm, enabled: false}, {type: rule_based}]\nagents: {a: {}, b: {name: Bee}}',
  );
  expect(config.evaluators.map(({ name, enabled }) => [name, enabled])).toEqual([
    ['llm', true],
    ['llm_2', false],
    ['rule_based', true],
  ]);
  expect(config.agents).toEqual([
    { key: 'a', name: 'a', max_parallel_tools: 5, tool_call_timeout: 30, max_tool_rounds: 10 },
    { key: 'b', name: 'Bee', max_parallel_tools: 5, tool_call_timeout: 30, max_tool_rounds: 10 },
  ]);
  expect(load('evaluators: []').config.evaluators).toEqual([]);
});

test('the answer is frozen, and later checks can find places', () => {
  const { config, locate } = load(
    'models:\n  m: {name: m, type: demo, parameters: {a: [1]}}\nevaluators:\n  - type: mine\n',
  );
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.models[0]?.parameters?.['a'])).toBe(true);
  expect(locate(['evaluators', 0, 'type'])).toBe('a.yaml:4:5');
  expect(locate(['models', 'm', 'nothing'])).toBe('a.yaml:2:3');
});
