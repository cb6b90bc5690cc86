import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordAnswersOf, ScanRecord } from './scan/record.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Most of what a start computes is the same each time: V8's code is kept between the starts. */
const COMPILED = join(ROOT, 'node_modules/.cache/parley-tests');
const READY = /Parley listens on (http:\/\/\S+)/;

export interface ServerOptions {
  /** Text of a configuration file. */
  readonly config?: string;
  /** Texts of further files beside it, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  /** Another command line instead of this checkout's: an installed package's. */
  readonly bin?: string;
  /** Working folder, kept; it may have packages installed. Default: a fresh one. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The command, with what stands before it. Default: `serve`. */
  readonly command?: readonly string[];
  /** Kept when the server stops, for one that is started again on it. */
  readonly dataDir?: string;
}

/** A started server, as a user has it: the built command line in a process of its own. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** All that was printed so far. */
  output(): string;
  /** Its exit code, once it has ended by itself or was ended. */
  readonly exited: Promise<number | null>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: no chance to clean up. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** A fresh folder. */
export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'parley-test-'));
}

/** Starts the built server on a free port and waits until it listens. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const started = await spawnParley(
    [...(options.command ?? ['serve']), '--port', '0', ...(options.args ?? [])],
    dataDir,
    options,
  );
  const { child } = started;
  const { output, record } = collect(started, dataDir, options);
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const found = READY.exec(output())?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output()}`)));
  });
  recordAnswersOf(url, record);
  const gone = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  return {
    url,
    pid: child.pid ?? 0,
    dataDir,
    output,
    exited: gone,
    async stop() {
      child.kill('SIGTERM');
      return gone;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Runs the command line to its end, without any input. */
export async function runParley(
  args: readonly string[],
  options: ServerOptions = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const command = await startCommand(args, options);
  command.type(undefined);
  return { code: await command.exited, output: command.output() };
}

/** A command that somebody types to. */
export interface RunningCommand {
  /** All that was printed so far. */
  output(): string;
  /** Resolves once that was printed; rejects if the command ends before. */
  printed(text: string): Promise<void>;
  /** A line; undefined: the end of the input. */
  type(line: string | undefined): void;
  /** Ctrl-C. */
  interrupt(): void;
  readonly exited: Promise<number | null>;
}

/** Starts the command line, to be typed to. */
export async function startCommand(args: readonly string[], options: ServerOptions = {}): Promise<RunningCommand> {
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const started = await spawnParley(args, dataDir, options);
  const { child } = started;
  const { output } = collect(started, dataDir, options);
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    output,
    exited,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output().includes(text)) resolve();
        };
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
        child.once('close', (code) => reject(new Error(`it ended with ${code} before it said ${text}:\n${output()}`)));
        look();
      }),
    type(line) {
      if (line === undefined) child.stdin?.end();
      else child.stdin?.write(`${line}\n`);
    },
    interrupt: () => void child.kill('SIGINT'),
  };
}

/** Kills what a failed test left running. */
export async function stopAllServers(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      child.kill('SIGKILL');
      await gone;
    }),
  );
}

interface Started {
  readonly child: ChildProcess;
  readonly cwd: string;
}

async function spawnParley(args: readonly string[], dataDir: string, options: ServerOptions): Promise<Started> {
  const cwd = options.cwd ?? (await temporaryFolder());
  if (options.config !== undefined) await writeFile(join(cwd, 'parley.yaml'), options.config);
  for (const [file, text] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(cwd, file)), { recursive: true });
    await writeFile(join(cwd, file), text);
  }
  const config = options.config === undefined ? [] : ['--config', 'parley.yaml'];
  const child = spawn(process.execPath, [options.bin ?? join(ROOT, 'bin/parley.mjs'), ...args, ...config], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: COMPILED,
      PARLEY_DATA_DIR: dataDir,
      PARLEY_METRICS_PORT: '0',
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { child, cwd };
}

/** Keeps what a server prints, and records it with its log files and its data for the canary scan. */
function collect(
  { child, cwd }: Started,
  dataDir: string,
  options: ServerOptions,
): { readonly output: () => string; readonly record: ScanRecord } {
  const record = new ScanRecord(options);
  record.place(dataDir);
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
    record.output(chunk.toString());
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  child.once('exit', () => {
    record.logsOf(cwd);
    if (options.cwd === undefined) void rm(cwd, { recursive: true, force: true });
  });
  return { output: () => text, record };
}
