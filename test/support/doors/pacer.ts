import type { Reply, Responder } from '../upstream/script-book.js';
import type { Piece, RecordedCall } from '../upstream/types.js';
import type { Upstream } from '../upstream/upstream.js';
import type { DoorStream } from './door-stream.js';

/** What the paced answers say: before the tools, and after them. */
const BEFORE = ['Let me ', 'work — ', 'it out. '];
const AFTER = ['It is ', 'naïvely 🙂', ' eight.'];
/** What two agents say, one after the other, each in an action. */
const ACTIONS = [BEFORE, AFTER];
const TOOLS = ['2^3', '4*2'].map((expression, index) => ({
  id: `call_${index}`,
  name: 'compute',
  arguments: { expression },
}));
const TOKEN = /\[\[run:(\w+)\]\]/;

interface Asked {
  readonly messages: readonly { readonly role: string }[];
  readonly tools?: readonly unknown[];
  /** Agents that talk with each other are asked for JSON. */
  readonly response_format?: unknown;
}

/**
 * One run whose model goes on only as far as its reader has followed: a piece of text leaves once all pieces before it
 * were shown. So a reader that leaves finds the run, when it comes back, at the place where it left.
 */
export class PacedRun {
  /** Length of the text up to each gate's piece. */
  readonly #lengths: number[] = [];
  readonly #gates: PromiseWithResolvers<void>[] = [];
  #shown = 0;
  #calls = 0;

  /** What is to be asked for. */
  constructor(readonly token: string) {}

  get message(): string {
    return `Please [[run:${this.token}]]`;
  }

  /** So much of the run's text was shown. */
  shown(length: number): void {
    this.#shown = Math.max(this.#shown, length);
    this.#open();
  }

  /** Nothing waits any more. */
  free(): void {
    this.shown(Infinity);
  }

  /** Lets a reader who has so much already lead the run until its stream stops. */
  async follow(stream: DoorStream, before = 0): Promise<void> {
    while (stream.stopped === undefined) {
      this.shown(before + stream.text().length);
      await stream.changed();
    }
  }

  reply(call: RecordedCall): Reply {
    const thinking = 'Let me see.';
    const body = call.body as Asked;
    if (body.response_format !== undefined) {
      const [head, tail] = ['{"action_type":"speak","argument":"', '","to":[]}'];
      return { thinking, text: [head, ...this.#gated(ACTIONS[this.#calls++ % 2] ?? []), tail] };
    }
    if (body.messages.at(-1)?.role === 'tool') return { thinking, text: this.#gated(AFTER) };
    const offered = (body.tools ?? []).length > 0;
    return { thinking, text: this.#gated(BEFORE), ...(offered ? { toolCalls: TOOLS } : {}) };
  }

  #gated(texts: readonly string[]): Piece[] {
    const pieces = texts.flatMap((text): Piece[] => {
      const gate = Promise.withResolvers<void>();
      this.#gates.push(gate);
      this.#lengths.push((this.#lengths.at(-1) ?? 0) + text.length);
      return [text, { until: gate.promise }];
    });
    this.#open();
    return pieces;
  }

  #open(): void {
    for (const [index, gate] of this.#gates.entries()) if (this.#shown >= (this.#lengths[index] ?? 0)) gate.resolve();
  }
}

/** Answers the model `m` by the run that a call names. */
export class PacedRuns {
  readonly #runs = new Map<string, PacedRun>();

  constructor(upstream: Upstream) {
    const respond: Responder = (call) => {
      const run = this.#runs.get(TOKEN.exec(call.raw)?.[1] ?? '');
      if (run === undefined) throw new Error(`a call that belongs to no run: ${call.raw}`);
      return run.reply(call);
    };
    upstream.script('m', respond);
  }

  begin(): PacedRun {
    const run = new PacedRun(String(this.#runs.size + 1));
    this.#runs.set(run.token, run);
    return run;
  }

  /** Nothing waits any more, of no run. */
  freeAll(): void {
    for (const run of this.#runs.values()) run.free();
  }
}
