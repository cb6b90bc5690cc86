import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('slow-link.py', import.meta.url));

/** A link to a server of so many bytes a second, whose reader has a small window: Node cannot set that, so Python does. */
export class SlowLink {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async to(url: string, bytesPerSecond: number): Promise<SlowLink> {
    const { hostname, port } = new URL(url);
    const child = spawn('/usr/bin/python3', [SCRIPT, hostname, port, String(bytesPerSecond)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return new SlowLink(child, `http://127.0.0.1:${said.toString().trim()}`);
  }

  /** As fast as it can be, from now on. */
  speedUp(): void {
    this.child.stdin?.write('\n');
  }

  close(): void {
    this.child.stdin?.end();
  }
}
