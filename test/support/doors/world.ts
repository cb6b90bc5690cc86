import { allFacts, api } from '../api.js';
import { startServer, type RunningServer, type ServerOptions } from '../server.js';
import { startUpstream } from '../upstream/server.js';
import type { Upstream } from '../upstream/upstream.js';
import { begin, doorNamed, watch } from './all-doors.js';
import { doorSetup, KEY } from './door-config.js';
import type { Ask, Door, Json, Place, Target } from './door.js';
import type { DoorStream } from './door-stream.js';
import { PacedRuns } from './pacer.js';

/** A server, what its models are asked, and what its clients do. */
export class World {
  private constructor(
    readonly upstream: Upstream,
    readonly runs: PacedRuns,
    readonly server: RunningServer,
    private readonly setup: ServerOptions,
  ) {}

  static async start(models: readonly string[] = [], more = ''): Promise<World> {
    const upstream = await startUpstream();
    const setup = doorSetup(upstream.url, models, more);
    return new World(upstream, new PacedRuns(upstream), await startServer(setup), setup);
  }

  get target(): Target {
    return { server: this.server, key: KEY };
  }

  /** The same server again, on its data. */
  async restarted(): Promise<World> {
    const server = await startServer({ ...this.setup, dataDir: this.server.dataDir });
    return new World(this.upstream, this.runs, server, this.setup);
  }

  /** A run shown on a door: begun there, or on another door where this one only watches. */
  async show(door: Door, ask: Ask): Promise<DoorStream> {
    if (door.begin !== undefined) return begin(door, this.target, ask);
    const begun = await begin(starterFor(door), this.target, ask);
    const { conversation_id, run_id } = begun;
    const stream = await watch(door, this.target, { conversation_id, run_id });
    begun.drop();
    return stream;
  }

  /** What a run has said in the end, as it is stored. */
  async storedText(place: Place): Promise<string> {
    const facts = await this.facts(place);
    return facts.map(answerText).join('');
  }

  /** All facts of a run. */
  async facts({ conversation_id, run_id }: Place): Promise<Json[]> {
    const all = await allFacts(this.server.url, conversation_id, { 'x-api-key': KEY });
    return all.filter((fact) => fact['run_id'] === run_id);
  }

  async status({ conversation_id }: Pick<Place, 'conversation_id'>): Promise<unknown> {
    const url = `${this.server.url}/conversations/${conversation_id}`;
    return (await api(url, 'GET', undefined, { 'x-api-key': KEY })).body['status'];
  }
}

/** The door that begins what a door is to show. */
export function starterFor(door: Door): Door {
  if (door.begin !== undefined) return door;
  return doorNamed('chat');
}

/** The text blocks of a stored answer. */
function answerText(fact: Json): string {
  if (fact['type'] !== 'message_end' || fact['role'] !== 'assistant') return '';
  const text = String(fact['text']);
  const blocks = (fact['blocks'] as [string, number][] | undefined) ?? [['text', text.length]];
  let at = 0;
  return blocks
    .map(([block, length]) => {
      const part = text.slice(at, at + length);
      at += length;
      return block === 'text' ? part : '';
    })
    .join('');
}
