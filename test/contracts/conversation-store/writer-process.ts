import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LOADER = new URL('../../support/worker-loader.mjs', import.meta.url).href;
const SCRIPT = fileURLToPath(new URL('./writer-child.mjs', import.meta.url));

/** A process that owns a data folder and appends to it, or only holds it. */
export class WriterProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  constructor(dataDir: string, prefix: string, hold: boolean) {
    const args = ['--import', LOADER, SCRIPT, dataDir, prefix, ...(hold ? ['hold'] : [])];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = once(this.#child, 'exit');
    this.#child.stdout?.on('data', (chunk) => (this.#output += String(chunk)));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when it has printed that many lines; the first one says that it started. */
  async printed(lines: number): Promise<void> {
    while (this.#output.split('\n').length <= lines) {
      if (this.#child.stdout === null || this.#child.exitCode !== null) throw new Error('the writer is gone');
      await Promise.race([once(this.#child.stdout, 'data'), this.#exited]);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** The last acknowledged seq of each conversation. A line that was cut is not counted. */
  acknowledged(): Map<string, number> {
    const last = new Map<string, number>();
    for (const line of this.#output.slice(0, this.#output.lastIndexOf('\n')).split('\n').slice(1)) {
      const [conversation = '', seq = ''] = line.split(' ');
      last.set(conversation, Number(seq));
    }
    return last;
  }
}
