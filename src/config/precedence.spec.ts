import { describe, expect, test } from '@jest/globals';
import { inFolder, load, problemsIn, problemsOf } from '../../test/fixtures/config/load-text.js';
import { readEnvironment } from './environment.js';
import { loadConfig } from './load-config.js';

describe('flag, environment, file', () => {
  const file = [
    'server: {host: 127.0.0.2, port: 1}',
    'metrics: {port: 2}',
    'logging: {level: error}',
    'auth: {allow_anonymous: false, keys: [{name: f, key: fk}]}',
    'plugins: [p1]',
  ].join('\n');
  const env = {
    HOST: '127.0.0.3',
    PORT: '11',
    PARLEY_METRICS_PORT: '0',
    PARLEY_LOG_LEVEL: 'WARNING',
    PARLEY_ALLOW_ANONYMOUS: '1',
    PARLEY_API_KEYS: 'a:k1, k2 ,a:k3',
    PARLEY_DATA_DIR: '/srv/d',
    PARLEY_PLUGINS: 'p2,p1',
  };

  test('file', () => {
    const { config } = load(file);
    expect(config).toMatchObject({
      server: { host: '127.0.0.2', port: 1 },
      metrics: { port: 2 },
      logging: { level: 'error' },
      plugins: ['p1'],
    });
  });

  test('environment', () => {
    const { config } = load(file, { env });
    expect(config).toMatchObject({
      server: { host: '127.0.0.3', port: 11 },
      metrics: { port: 0 },
      logging: { level: 'warn' },
      data_dir: '/srv/d',
      plugins: ['p1', 'p2'],
    });
    expect(config.auth).toEqual({
      keys: [
        { name: 'a', key: 'k1' },
        { name: 'default', key: 'k2' },
        { name: 'a', key: 'k3' },
        { name: 'f', key: 'fk' },
      ],
      allow_anonymous: true,
      allow_query_key: true,
    });
  });

  test('flags', () => {
    const flags = { host: '::1', port: 21, metrics_port: '22', log_level: 'debug', data_dir: '/srv/e' };
    const { config } = load(file, { env, flags, plugins: ['p3'] });
    expect(config).toMatchObject({
      server: { host: '::1', port: 21 },
      metrics: { port: 22 },
      logging: { level: 'debug' },
      data_dir: '/srv/e',
      plugins: ['p1', 'p2', 'p3'],
    });
  });

  test('what is wrong names the variable or the flag', () => {
    const wrong = {
      PORT: 'x',
      HOST: ' ',
      PARLEY_ALLOW_ANONYMOUS: 'perhaps',
      PARLEY_LOG_LEVEL: 'loud',
      PARLEY_PLUGINS: './none.js',
      PARLEY_API_KEYS: 'a:,b c:d,:e,f:g h,anonymous:i',
    };
    const what = '(name:key,name:key)';
    const name = 'the name before the colon must be up to 64 letters, digits, _ . @ -, and not anonymous';
    expect(problemsIn(file, { env: wrong, flags: { port: '-1' } })).toEqual([
      'HOST: server.host: must be a host name or address (got " ")',
      '--port: server.port: must be a whole number (0 to 65535; got "-1")',
      'PARLEY_LOG_LEVEL: logging.level: is not known (one of trace, debug, info, warn, warning, error, fatal, critical, silent; got "loud")',
      'PARLEY_ALLOW_ANONYMOUS: auth.allow_anonymous: must be true or false (got "perhaps")',
      `PARLEY_API_KEYS: entry 1: the key is empty ${what}`,
      `PARLEY_API_KEYS: entry 2: ${name} ${what}`,
      `PARLEY_API_KEYS: entry 3: ${name} ${what}`,
      `PARLEY_API_KEYS: entry 4: the key has a blank in it ${what}`,
      `PARLEY_API_KEYS: entry 5: ${name} ${what}`,
      'PARLEY_PLUGINS: there is no such file (got "./none.js")',
    ]);
  });

  test('what is replaced need not be set', () => {
    const text = 'server: {host: CHAT_SERVER_HOST, port: "${CHAT_PORT}"}';
    expect(load(text, { env: { HOST: '127.0.0.1' }, flags: { port: '5' } }).config.server).toMatchObject({
      host: '127.0.0.1',
      port: 5,
    });
    expect(problemsIn(text, { env: { HOST: 'h' } })).toEqual([
      'a.yaml:1:34: server.port: environment variable CHAT_PORT is not set',
    ]);
  });

  test("document 4's vault variables work without a section", () => {
    const vault = { KEYVAULT_URL: 'https://v.vault.azure.net', API_KEY_SECRET_NAME: 's' };
    expect(load('', { env: vault }).config.azure).toEqual({
      key_vault_url: vault.KEYVAULT_URL,
      api_key_secret_name: 's',
      refresh_seconds: 60,
    });
    expect(load('azure: {api_key_secret_prefix: keys-, refresh_seconds: 5}', { env: vault }).config.azure).toEqual({
      key_vault_url: vault.KEYVAULT_URL,
      api_key_secret_prefix: 'keys-',
      refresh_seconds: 5,
    });
    const wrong = { KEYVAULT_URL: 'http://v', API_KEY_SECRET_NAME: 'a b' };
    expect(problemsIn('', { env: wrong })).toEqual([
      'KEYVAULT_URL: must be an https address, such as https://your-vault.vault.azure.net/',
    ]);
    expect(problemsIn('', { env: { ...vault, API_KEY_SECRET_NAME: 'a b' } })).toEqual([
      'API_KEY_SECRET_NAME: must be the name of a Key Vault secret (letters, digits and -)',
    ]);
  });
});

describe('.env', () => {
  test('stands below the real environment', () => {
    inFolder(
      { '.env': 'A="from file" # comment\nB=2\nLLM_MODEL_NAME="deepseek-chat"          # Specific\n' },
      (cwd) => {
        expect(readEnvironment(cwd, { B: 'real' })).toEqual({
          A: 'from file',
          B: 'real',
          LLM_MODEL_NAME: 'deepseek-chat',
        });
      },
    );
  });

  test('is not needed, and must be readable', () => {
    inFolder({}, (cwd) => expect(readEnvironment(cwd, { B: 'x' })).toEqual({ B: 'x' }));
    inFolder({ '.env': `A=${'x'.repeat(300_000)}` }, (cwd) => {
      expect(problemsOf(() => readEnvironment(cwd, {}))).toEqual(['.env: larger than 256 KiB']);
    });
  });

  test('is read when no environment is passed', () => {
    inFolder({ '.env': 'PARLEY_CONFIG=none-of-that-name.yaml' }, (cwd) => {
      expect(problemsOf(() => loadConfig({ cwd }))).toEqual([
        'PARLEY_CONFIG: none-of-that-name.yaml: no such file or folder',
      ]);
    });
  });
});
