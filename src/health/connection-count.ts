import type { OpenSockets } from '../auth/open-sockets.js';
import type { WatchEvents } from '../conversations/watch-events.js';

/** Connections that are open now: streams over HTTP, and sockets, whatever streams run over them. */
export class ConnectionCount {
  constructor(
    private readonly watch: WatchEvents,
    private readonly sockets: OpenSockets,
  ) {}

  get now(): number {
    return this.watch.watching - this.sockets.streams + this.sockets.count;
  }
}
