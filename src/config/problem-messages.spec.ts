import { expect, test } from '@jest/globals';
import { load, problemsIn } from '../../test/fixtures/config/load-text.js';

const MODEL = 'models:\n  m: {name: m, type: demo}\n';

test.each<[string, string, string[]]>([
  [
    'a text for a number',
    'server:\n  port: abc\n',
    ['a.yaml:2:3: server.port: must be a whole number (0 to 65535; got "abc")'],
  ],
  [
    'a quoted number',
    'server: {port: "80"}\n',
    ['a.yaml:1:10: server.port: must be a whole number (0 to 65535; got "80")'],
  ],
  [
    'out of range',
    'server: {port: 65536}',
    ['a.yaml:1:10: server.port: must be a whole number (0 to 65535; got 65536)'],
  ],
  ['a number for a text', 'server: {host: 12}', ['a.yaml:1:10: server.host: must be a host name or address (got 12)']],
  ['not true or false', 'docs: {enabled: maybe}', ['a.yaml:1:8: docs.enabled: must be true or false (got "maybe")']],
  ['YAML 1.1 truth is text', 'docs: {enabled: no}', ['a.yaml:1:8: docs.enabled: must be true or false (got "no")']],
  ['a list for a section', 'server: [1]', ['a.yaml:1:1: server: must be a map (got a list)']],
  ['a text for a section', 'server: hello', ['a.yaml:1:1: server: must be a map (got a text)']],
  ['a map for a list', 'evaluators: {type: llm}', ['a.yaml:1:1: evaluators: must be a list (got a map)']],
  ['a text for a list', 'plugins: x', ['a.yaml:1:1: plugins: must be a list (got a text)']],
  [
    'an item of a list',
    'speaking_order:\n  - 1\n  - two\n  -\n',
    [
      'a.yaml:3:5: speaking_order[1]: must be a whole number (0 to 1000000; got "two")',
      'a.yaml:4:4: speaking_order[2]: must be a whole number (0 to 1000000; got nothing)',
    ],
  ],
  [
    'a value of a map',
    'system_prompts:\n  assistant: [x]\n',
    ['a.yaml:2:3: system_prompts.assistant: must be a text (got a list)'],
  ],
  ['an unknown key, near', 'server:\n  prot: 1\n', ['a.yaml:2:3: server.prot: unknown key (did you mean port?)']],
  ['an unknown key, far', 'docs: {zzzzzz: 1}', ['a.yaml:1:8: docs.zzzzzz: unknown key (known: enabled)']],
  ['an unknown section', 'serverr: {}', ['a.yaml:1:1: serverr: unknown key (did you mean server?)']],
  [
    'a required key is missing',
    'models:\n  m:\n    temperature: 1\n',
    [
      "a.yaml:2:3: models.m.name: is missing (the upstream's name of the model)",
      'a.yaml:2:3: models.m.type: is missing (one of openai, anthropic, azure, together, vllm, ollama, openrouter, deepseek, groq, mistral, gemini, cohere, bedrock, litellm, custom, proxy, workflow, local, demo, llm)',
    ],
  ],
  [
    'an empty model',
    'models:\n  m:\n',
    [
      "a.yaml:2:3: models.m.name: is missing (the upstream's name of the model)",
      expect.stringMatching(/^a\.yaml:2:3: models\.m\.type: is missing/) as unknown as string,
    ],
  ],
  [
    'a name with a dot',
    'models: {"a.b": {name: x, type: demo, temperature: 3}}',
    ['a.yaml:1:39: models["a.b"].temperature: must be a number (0 to 2; got 3)'],
  ],
  [
    'an unknown word',
    'action_order: circular',
    [
      'a.yaml:1:1: action_order: is not known (one of simultaneous, round-robin, sequential, random, agent_id_based; got "circular")',
    ],
  ],
  [
    'a size',
    'limits: {body_bytes: 1 parsec}',
    [
      'a.yaml:1:10: limits.body_bytes: must be a size (bytes, or a number with B, KB, KiB, MB, MiB, GB, GiB; got "1 parsec")',
    ],
  ],
  [
    'default model',
    `${MODEL}default_model: n`,
    ['a.yaml:3:1: default_model: there is no such model (models: m; got "n")'],
  ],
  [
    'model of an agent',
    `${MODEL}agents: {x: {model: n}}`,
    ['a.yaml:3:14: agents.x.model: there is no such model (models: m; got "n")'],
  ],
  [
    'model of an evaluator',
    `${MODEL}evaluators:\n  - {type: llm}\n  - type: llm\n    model: n`,
    ['a.yaml:6:5: evaluators[1].model: there is no such model (models: m; got "n")'],
  ],
  [
    'model of a fallback',
    'models:\n  m: {name: m, type: demo, fallback_models: [n, m]}',
    [
      'a.yaml:2:46: models.m.fallback_models[0]: there is no such model (models: m; got "n")',
      'a.yaml:2:49: models.m.fallback_models[1]: a model cannot stand in for itself (got "m")',
    ],
  ],
  [
    'no base',
    'models: {m: {name: m, type: vllm}}',
    ['a.yaml:1:10: models.m.api_base: is missing (the type vllm has no usual address)'],
  ],
  [
    'an own address',
    'models: {m: {name: m, type: custom, api_base: "http://localhost:8000/v1"}}',
    [
      'a.yaml:1:37: models.m.api_base: is this server itself, which listens on 127.0.0.1:8000 (got "http://localhost:8000/v1")',
    ],
  ],
  [
    'two single models',
    'model: {id: a}\nmodels: {default: {name: b, type: demo}}',
    ['a.yaml:1:1: model: is another name of models.default, which is there too'],
  ],
  ['key or secret', 'auth: {keys: [{name: a}]}', ['a.yaml:1:15: auth.keys[0]: needs exactly one of key and secret']],
  [
    'secret without vault',
    'auth: {keys: [{name: a, secret: b}]}',
    ['a.yaml:1:25: auth.keys[0].secret: needs azure.key_vault_url (got ***)'],
  ],
  [
    'a tenant that is taken',
    'auth: {keys: [{name: anonymous, key: k}]}',
    [
      'a.yaml:1:16: auth.keys[0].name: must be a name (up to 64 letters, digits, _ . @ -; not anonymous; got "anonymous")',
    ],
  ],
  [
    'one key for two names',
    'auth: {keys: [{name: a, key: k}, {name: b, key: k}]}',
    ['a.yaml:1:8: auth.keys: "a" and "b" have the same key (PARLEY_API_KEYS and server.api_key count too)'],
  ],
  [
    'vault name without address',
    'azure: {api_key_secret_name: x}',
    ['a.yaml:1:9: azure.api_key_secret_name: needs azure.key_vault_url (got "x")'],
  ],
  [
    'a secret without a vault',
    'models:\n  m: {name: m, type: openai, api_key: {secret: s}}\nauth: {keys: [{name: a, secret: s}]}',
    [
      'a.yaml:2:40: models.m.api_key.secret: needs azure.key_vault_url (got ***)',
      'a.yaml:3:25: auth.keys[0].secret: needs azure.key_vault_url (got ***)',
    ],
  ],
  [
    'a secret that is none',
    'models:\n  m: {name: m, type: openai, api_key: {secret: s, key: k}}',
    [
      'a.yaml:2:30: models.m.api_key: must be a text (without blanks, or {secret: NAME} with the name of a Key Vault secret; got a map)',
    ],
  ],
  [
    'one secret for two names',
    'azure: {key_vault_url: "https://v", api_key_secret_name: s}\nauth: {keys: [{name: a, secret: s}]}',
    ['a.yaml:2:25: auth.keys[0].secret: is given twice (got ***)'],
  ],
  [
    'a vault without https',
    'azure: {key_vault_url: "http://localhost:1"}',
    [
      'a.yaml:1:9: azure.key_vault_url: must be an https address (such as https://your-vault.vault.azure.net/; got "http://localhost:1")',
    ],
  ],
  [
    'MCP server',
    'mcp_servers:\n  a: {}\n  b: {command: x, url: "https://x.org"}\n  c: {url: "https://x.org", args: [x]}\n',
    [
      'a.yaml:2:3: mcp_servers.a: needs exactly one of command and url',
      'a.yaml:3:3: mcp_servers.b: needs exactly one of command and url',
      'a.yaml:4:3: mcp_servers.c: args and env need a command',
    ],
  ],
  [
    'a plugin',
    'plugins:\n  - ./none.js\n  - some-package\n',
    ['a.yaml:2:5: plugins[0]: there is no such file (got "./none.js")'],
  ],
  [
    'turns',
    'max_turns: 30\nlimits: {turns: 20}',
    ['a.yaml:1:1: max_turns: is more than limits.turns (20) allows (got 30)'],
  ],
  [
    'an unset variable',
    'server:\n  host: ${NOPE}\n',
    ['a.yaml:2:3: server.host: environment variable NOPE is not set'],
  ],
  [
    'with a message',
    'server: {host: "${NOPE:?say where}"}',
    ['a.yaml:1:10: server.host: environment variable NOPE is not set (say where)'],
  ],
  [
    'an unreadable reference',
    'system_prompts: {a: "${x.y}", b: "${A:-${B}}", c: "${"}',
    ['a', 'b', 'c'].map(
      (key, index) =>
        `a.yaml:1:${[18, 31, 48][index]}: system_prompts.${key}: unreadable reference (write \${NAME}, \${NAME:-default} or \${NAME:?message}, and $\${ for a literal \${)`,
    ),
  ],
  [
    'bare names',
    'server: {host: CHAT_SERVER_HOST}\nazure: {key_vault_url: KEYVAULT_URL}',
    [
      'a.yaml:1:10: server.host: environment variable CHAT_SERVER_HOST is not set (a bare name in capitals means a variable here)',
      'a.yaml:2:9: azure.key_vault_url: environment variable KEYVAULT_URL is not set (a bare name in capitals means a variable here)',
    ],
  ],
  [
    'two names of a section that differ',
    'server: {port: 1}\napi:\n  port: 2\n',
    ['a.yaml:3:3: api.port: differs from server.port at a.yaml:1:10 (api is another name of server)'],
  ],
  ['api is no map', 'api: 3', ['a.yaml:1:1: api: must be a map (it is another name of server)']],
])('%s', (_, text, problems) => {
  expect(problemsIn(text)).toEqual(problems);
});

test.each<[string, string, string[]]>([
  ['not a map', '- 1\n', ['a.yaml:1:1: must be a map of sections (server:, models:, …)']],
  [
    'a key twice',
    'server:\n  port: 1\n  port: 2\n',
    ['a.yaml:3:3: port: the same key stands twice in this map (first at 2:3)'],
  ],
  [
    'a section twice',
    'docs: {}\nserver: {}\ndocs: {}\n',
    ['a.yaml:3:1: docs: the same key stands twice in this map (first at 1:1)'],
  ],
  ['a tab', 'server:\n\tport: 1\n', ['a.yaml:2:1: a tab as indentation: use blanks']],
  ['an open quote', 'server: {host: "x}\n', ['a.yaml:2:1: a closing quote, a comma, a colon or a blank is missing']],
  ['indentation', 'server:\n  port: 1\n host: x\n', ['a.yaml:3:1: wrong indentation']],
  ['a second document', 'server: {}\n---\ndocs: {}\n', ['a.yaml:2:1: a second document ("---") in one file']],
  ['a tag', 'server: {host: !!js/function "x"}', ['a.yaml:1:30: tags (!name) are not allowed']],
  ['a merge key', 'server: {<<: {port: 1}}', ['a.yaml:1:10: merge keys (<<) are not supported']],
  ['a key that is no text', '[a]: 1\n', ['a.yaml:1:1: a key must be a plain text']],
  ['no name', ': 1\n', ['a.yaml:1:1: a key must be a plain text']],
  ['an alias from nowhere', 'server: *x\n', ['a.yaml:1:9: an alias (*name) without an anchor (&name) before it']],
  ['an endless number', 'max_turns: .inf\n', ['a.yaml:1:12: must be a finite number']],
  [
    'another YAML',
    '%YAML 1.1\n---\ndocs: {enabled: yes}\n',
    ['a.yaml:1:1: only YAML 1.2 is read: leave the %YAML line out'],
  ],
])('syntax: %s', (_, text, problems) => {
  expect(problemsIn(text)).toEqual(problems);
});

test('all problems are listed at once, in the order of the file', () => {
  const text = [
    'server: {port: x, hots: y}',
    'models:',
    '  a: {name: a, type: opena}',
    '  b: {name: b, type: openai, temperature: hot, api_base: "ftp://x"}',
    'default_model: c',
    'storage: {type: paper}',
    'logging: {level: LOUD}',
  ].join('\n');
  expect(
    problemsIn(text, { env: { PARLEY_METRICS_PORT: 'x' } }).map((line) => line.split(': ').slice(0, 2).join(' ')),
  ).toEqual([
    'PARLEY_METRICS_PORT metrics.port',
    'a.yaml:1:10 server.port',
    'a.yaml:1:19 server.hots',
    'a.yaml:3:16 models.a.type',
    'a.yaml:4:30 models.b.temperature',
    'a.yaml:4:48 models.b.api_base',
    'a.yaml:5:1 default_model',
    'a.yaml:6:11 storage.type',
    'a.yaml:7:11 logging.level',
  ]);
});

test('the message of the error is the list', () => {
  expect(() => load('docs: {enabled: 1}\nserver: {port: x}')).toThrow(
    [
      'Invalid configuration:',
      '  - a.yaml:1:8: docs.enabled: must be true or false (got 1)',
      '  - a.yaml:2:10: server.port: must be a whole number (0 to 65535; got "x")',
    ].join('\n'),
  );
});

test('an endless list is cut', () => {
  const text = `system_prompts:\n${Array.from({ length: 150 }, (_, index) => `  p${index}: [1]\n`).join('')}`;
  const problems = problemsIn(text);
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)).toBe('… and 50 more');
});

test('a key with nothing behind it counts as not given', () => {
  const { config } = load('server:\n  host:\n  port: ~\nmodels: null\nevaluators:\n');
  expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8000 });
  expect(config.models.map(({ name }) => name)).toEqual(['demo']);
  expect(config.evaluators).toHaveLength(2);
});

test('open maps take any key', () => {
  const { config } = load(
    'models:\n  m: {name: m, type: workflow, parameters: {zz: {y: [1]}}, custom_config: {my: 1}, headers: {X-A: 1}}\n' +
      'evaluators: [{type: mine, config: {threshold: 0.7}}]\nmcp_servers: {s: {command: x, env: {DEBUG: true}}}\n',
  );
  expect(config.models[0]).toMatchObject({
    parameters: { zz: { y: [1] } },
    custom_config: { my: 1 },
    headers: { 'X-A': '1' },
  });
  expect(config.evaluators[0]?.config).toEqual({ threshold: 0.7 });
  expect(config.mcp_servers[0]?.env).toEqual({ DEBUG: 'true' });
});
