import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CallLog } from './call-log.js';
import { CallHandler } from './call-handler.js';
import { controlRoute } from './control-routes.js';
import { readRequest } from './read-request.js';
import { ScriptBook } from './script-book.js';
import type { Script } from './script-book.js';
import type { RecordedCall } from './types.js';
import type { Upstream, UpstreamOptions } from './upstream.js';

/** Starts a scripted upstream on 127.0.0.1. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new ScriptedUpstream(options);
  await upstream.listen();
  return upstream;
}

class ScriptedUpstream implements Upstream {
  port = 0;
  private readonly options: UpstreamOptions;
  private readonly host: string;
  private readonly log = new CallLog();
  private readonly scripts = new ScriptBook();
  private readonly handler: CallHandler;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly work = new Set<Promise<void>>();
  private socketsSeen = 0;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.host = options.host ?? '127.0.0.1';
    this.handler = new CallHandler(this.log, this.scripts, options);
    this.server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
      const done = this.serve(request, response).finally(() => this.work.delete(done));
      this.work.add(done);
    });
    this.server.on('connection', (socket) => this.track(socket));
  }

  get origin(): string {
    return `http://${this.host}:${this.port}`;
  }

  get url(): string {
    return `${this.origin}/v1`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port ?? 0, this.host, resolve);
    });
    const address = this.server.address() as AddressInfo;
    this.port = address.port;
    this.handler.otherOrigin = `http://localhost:${this.port}`;
  }

  calls(model?: string): readonly RecordedCall[] {
    return this.log.list(model);
  }

  open(model?: string): number {
    return this.log.open(model);
  }

  maxConcurrent(model?: string): number {
    return this.log.maxConcurrent(model);
  }

  connections(): { open: number; total: number } {
    return { open: this.sockets.size, total: this.socketsSeen };
  }

  script(model: string, script: Script): void {
    this.scripts.set(model, script);
  }

  until(condition: (upstream: Upstream) => boolean, timeoutMs = 30_000): Promise<void> {
    return this.log.until(() => condition(this), timeoutMs);
  }

  assertComplete(): void {
    const problems = [...this.handler.problems, ...this.scripts.leftOver()];
    if (problems.length > 0) throw new Error(`the scripted upstream is not content:\n  ${problems.join('\n  ')}`);
  }

  reset(): void {
    this.handler.cutAll();
    this.handler.problems.length = 0;
    this.log.clear();
    this.scripts.clear();
  }

  async close(): Promise<void> {
    this.log.closeWatchers();
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.handler.cutAll();
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await Promise.all(this.work);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived = await readRequest(request);
    if (arrived === undefined) return;
    if (arrived.path.startsWith('/__')) return controlRoute(this, arrived, response);
    await this.handler.handle(arrived, response);
  }

  private track(socket: Socket): void {
    this.socketsSeen++;
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.log.changed();
    });
  }
}
