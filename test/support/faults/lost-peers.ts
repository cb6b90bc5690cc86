import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { begin, doorNamed } from '../doors/all-doors.js';
import type { DoorName } from '../doors/door.js';
import type { World } from '../doors/world.js';
import { WsClient } from '../ws-client.js';
import { Relay } from './relay.js';

const SCRIPT = fileURLToPath(new URL('stopped-client.mjs', import.meta.url));
/** Doors whose clients answer questions: a client of server-sent events says nothing after its request. */
const DOORS = ['ws', 'jsonrpc', 'socketio'] as const satisfies readonly DoorName[];

/** How long it took until the server found out, ms. */
export interface Found {
  readonly who: string;
  readonly after: number;
}

/**
 * Peers that are gone and did not say so: behind a network that has become a black hole, with a run and without, and in a
 * process that was stopped.
 */
export class LostPeers {
  private constructor(
    private readonly relays: ReadonlyMap<string, Relay>,
    private readonly stopped: ChildProcess,
    private readonly since: number,
  ) {}

  static async lose(world: World): Promise<LostPeers> {
    const relays = new Map<string, Relay>();
    const { key } = world.target;
    for (const name of DOORS) {
      const relay = await Relay.to(world.server.url);
      const ask = { message: world.runs.begin().message, on_disconnect: 'cancel' } as const;
      const stream = await begin(doorNamed(name), { server: relay, key }, ask);
      await stream.until((one) => one.text() !== '');
      relays.set(`${name}, with a run`, relay);
    }
    const idle = await Relay.to(world.server.url);
    relays.set('ws, idle', idle);
    await WsClient.open(idle.url, '/ws', { headers: { 'x-api-key': key } });

    const watched = await begin(doorNamed('chat'), world.target, {
      message: world.runs.begin().message,
      on_disconnect: 'cancel',
    });
    const args = [SCRIPT, world.server.url, key, watched.conversation_id];
    const stopped = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(stopped.stdout, 'data');
    watched.drop();

    for (const relay of relays.values()) relay.swallow();
    stopped.kill('SIGSTOP');
    return new LostPeers(relays, stopped, performance.now());
  }

  /** Resolves when the server has given up each of those behind a black hole. */
  found(): Promise<readonly Found[]> {
    return Promise.all(
      [...this.relays].map(async ([who, relay]) => {
        await relay.given();
        return { who, after: performance.now() - this.since };
      }),
    );
  }

  close(): void {
    for (const relay of this.relays.values()) relay.close();
    this.stopped.kill('SIGKILL');
  }
}
