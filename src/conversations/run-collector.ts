import type { Delta, Fact, MessageEnd, RunEnd, ToolCall, Usage } from '../core/events/conversation-event.js';
import type { Encoder } from '../core/events/encoder.js';
import { isRemembered } from '../core/events/message-step.js';
import type { ConversationFold } from '../core/events/fold.js';
import { ParleyError, toParleyError } from '../core/kernel/parley-error.js';
import { runError } from './run-error.js';
import type { WatcherSink } from './watcher.js';

/** Who waits for a whole answer has no sign of life meanwhile: it is told when the end cannot be written for so long, ms. */
const PATIENCE_MS = 5_000;

/** A run that is over, as a whole. */
export interface CollectedRun {
  readonly facts: readonly Fact[];
  readonly end: RunEnd;
  /** When it ended, ms since the epoch. */
  readonly at: number;
  /** Answer text of all its messages, joined. */
  readonly text: string;
  readonly usage: Usage;
}

/** Watches a run for somebody who wants its answer as a whole. Text is not collected twice: it is in the facts. */
export class RunCollector {
  readonly #facts: Fact[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #text = '';
  /** Why nothing more could be read of it. */
  #reason: unknown;

  readonly encoder: Encoder = {
    fact: (fact: Fact, before: ConversationFold): string => {
      this.#facts.push(fact);
      if (fact.body.type === 'run_end') this.#text = before.run?.text ?? '';
      return '';
    },
    delta: (_delta: Delta): string => '',
    heartbeat: () => '',
    farewell: () => '',
  };

  readonly sink: WatcherSink = {
    patience_ms: PATIENCE_MS,
    write: () => undefined,
    queued: () => 0,
    onDrained: (callback) => void setImmediate(callback),
    end: () => this.#ended.resolve(),
    cut: (error) => {
      this.#reason = error;
      this.#ended.resolve();
    },
  };

  /**
   * Resolves once the run is over.
   *
   * @throws ParleyError saying what became of it, unless it completed; `draining` if the server goes away before, or what
   * the store says if its log cannot be read; `storage_unavailable` if it cannot be written
   */
  async completed(): Promise<CollectedRun> {
    await this.#ended.promise;
    const last = this.#facts.at(-1);
    if (last?.body.type !== 'run_end') {
      if (this.#reason !== undefined) throw toParleyError(this.#reason);
      throw new ParleyError('draining', 'the server is shutting down; the run goes on after it is back', {
        retryAfter: 5,
      });
    }
    if (last.body.outcome !== 'completed') throw runError(last.body);
    return { facts: this.#facts, end: last.body, at: last.at, text: this.#text, usage: last.body.usage };
  }
}

/** The last answer of a run. */
export function lastAnswer({ facts }: CollectedRun): MessageEnd | undefined {
  const last = facts.findLast(
    ({ body }) => body.type === 'message_end' && body.role === 'assistant' && isRemembered(body.step),
  );
  return last?.body.type === 'message_end' ? last.body : undefined;
}

/** A tool call with what came of it. */
export interface ToolRecord {
  readonly call: ToolCall;
  readonly ok: boolean;
  readonly result: string;
  readonly duration_ms: number;
}

/** The tool calls of a run that ended, in the order in which they began. */
export function toolRecords({ facts }: CollectedRun): readonly ToolRecord[] {
  const records: ToolRecord[] = [];
  for (const [index, { body }] of facts.entries()) {
    if (body.type !== 'tool_execution_start') continue;
    const { tool_call_id: id, tool_name: name, arguments: args } = body;
    const end = facts
      .slice(index)
      .find((fact) => fact.body.type === 'tool_execution_end' && fact.body.tool_call_id === id);
    if (end?.body.type !== 'tool_execution_end') continue;
    const { status, result, duration_ms = 0 } = end.body;
    records.push({ call: { id, name, arguments: args }, ok: status === 'completed', result, duration_ms });
  }
  return records;
}
