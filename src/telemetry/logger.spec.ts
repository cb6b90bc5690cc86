import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineFormat } from './log-format.js';
import { createLogger, type LoggerOptions } from './logger.js';
import { RotatingFile } from './rotating-file.js';

const DOCUMENT_1 = '%(asctime)s - %(name)s - %(levelname)s - %(message)s';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'parley-log-'));
}

/** What a file gets of what is logged. */
function logged(options: Partial<LoggerOptions>, log: (logger: ReturnType<typeof createLogger>) => void): string {
  const path = join(folder(), 'logs', 'parley.log');
  log(createLogger({ level: 'info', ...options, file_path: path }));
  return readFileSync(path, 'utf8');
}

const line = (about: Readonly<Record<string, unknown>>, msg = 'run failed'): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-11-21T08:51:04.283Z', ...about, msg })}\n`;

describe('a format', () => {
  const plain = { terminal: false, colours: false };

  it('is JSON, or pretty in a terminal', () => {
    expect(lineFormat('auto', plain)(line({}))).toBe(line({}));
    expect(lineFormat('json', { terminal: true, colours: true })(line({}))).toBe(line({}));
    expect(lineFormat('auto', { terminal: true, colours: false })(line({ code: 'time', agents: ['A', 'B'] }))).toBe(
      '08:51:04.283 WARN  run failed code=time agents=["A","B"]\n',
    );
    expect(lineFormat('pretty', plain)(line({}))).toBe('08:51:04.283 WARN  run failed\n');
    expect(lineFormat('pretty', { terminal: true, colours: true })(line({ a: 1 }))).toBe(
      '08:51:04.283 \u001b[33mWARN \u001b[0m run failed \u001b[2ma=1\u001b[0m\n',
    );
  });

  it("is Python's, with what the line is about behind its message", () => {
    const written = lineFormat(DOCUMENT_1, plain)(line({ context: 'Router', code: 'time' }));
    expect(written).toMatch(/^2026-11-2\d \d\d:\d\d:04,283 - Router - WARNING - run failed code=time\n$/);
    expect(lineFormat('%(levelno)s %(name)s %(msecs)03d', plain)(line({}))).toBe('30 parley 283\n');
  });

  it('has one line for one event, whatever is in it; a stack is set in', () => {
    const err = { type: 'Error', message: 'a\nb', stack: 'Error: a\nb\n2026-11-21 forged\n    at x.js:1' };
    for (const format of ['pretty', DOCUMENT_1]) {
      const written = lineFormat(format, plain)(line({ err, path: '/x\r\n08:51 ERROR forged\u001b[2J' }, 'bad\nthing'));
      const lines = written.split('\n');
      expect(lines.slice(1)).toEqual(['    b', '    2026-11-21 forged', '    at x.js:1', '']);
      expect(lines[0]).toContain('bad\\u000athing');
      expect(written).not.toContain('\u001b');
    }
  });
});

describe('a log file', () => {
  it('gets every line, in its format, for its owner only', () => {
    const text = logged({ format: DOCUMENT_1 }, (logger) => {
      logger.warn({ code: 'time' }, 'run failed');
      logger.debug('not shown');
    });
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - parley - WARNING - run failed code=time\n$/);
  });

  it.each(['json', 'pretty', DOCUMENT_1])('has no secret in the format %s', (format) => {
    const text = logged({ format }, (logger) => {
      logger.warn({ api_key: 'sk-canary-1', headers: { authorization: 'Bearer canary-2' } }, 'api_key=canary-3');
      const err = Object.assign(new Error('Authorization: Bearer canary-5'), { stack: 'Error: token=canary-6' });
      logger.warn({ path: '/x?x_api_key=canary-4', err }, 'x');
    });
    expect(text).toContain('***');
    expect(text).not.toContain('canary');
  });

  it('is put aside when it is full, and so many of them are kept', () => {
    const path = join(folder(), 'a.log');
    const file = new RotatingFile({ path, max_bytes: 100, backups: 2, onError: () => undefined });
    for (let index = 0; index < 40; index++) file.write(`${String(index).padStart(9, '0')}\n`);
    expect(readdirSync(join(path, '..')).toSorted()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    const lines = ['a.log.2', 'a.log.1', 'a.log'].flatMap((name) =>
      readFileSync(join(path, '..', name), 'utf8')
        .trim()
        .split('\n'),
    );
    expect(lines.map(Number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 10));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on where the process before it stopped, and keeps no other without backups', () => {
    const path = join(folder(), 'a.log');
    const options = { path, max_bytes: 25, backups: 0, onError: () => undefined };
    new RotatingFile(options).write('0123456789\n');
    const file = new RotatingFile(options);
    file.write('0123456789\n');
    file.write('the third\n');
    expect(readFileSync(path, 'utf8')).toBe('the third\n');
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  it('that cannot be opened is a problem of the configuration; one that fails later is said once', () => {
    const blocker = join(folder(), 'file');
    writeFileSync(blocker, '');
    expect(() => createLogger({ level: 'info', file_path: join(blocker, 'logs', 'x.log') })).toThrow(
      `logging.file_path: ${join(blocker, 'logs', 'x.log')} cannot be written (ENOTDIR)`,
    );
    const errors: unknown[] = [];
    const full = new RotatingFile({ path: '/dev/full', max_bytes: 1e9, backups: 0, onError: (e) => errors.push(e) });
    for (let index = 0; index < 3; index++) full.write('x\n');
    expect(errors).toHaveLength(1);
  });
});
