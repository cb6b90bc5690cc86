import { Counter, Histogram, type Registry } from 'prom-client';
import type { Fact, FactType } from '../core/events/conversation-event.js';
import type { RunRecord } from '../core/ports/conversation-store.js';
import { FAST_SECONDS, RUN_SECONDS } from './buckets.js';
import type { Metrics } from './metrics.js';

/** Looks at facts of a run once they are durable. */
export type FactObserver = (facts: readonly Fact[], run: RunRecord) => void;

/** Whatever a client or a model made up is none of the tools of this server, and gets no label of its own. */
const OTHER = 'other';

/**
 * Measures runs, and what happens in them, by the log: whatever is a fact is counted, whoever drives the run.
 *
 * @param isTool whether the server has a tool of that name
 */
export function measureRuns({ registry }: Metrics, isTool: (name: string) => boolean): FactObserver {
  const registers = [registry];
  const countFact = measureFacts(registers);
  const started = new Counter({
    name: 'parley_runs_started_total',
    help: 'Runs that were accepted.',
    labelNames: ['kind'],
    registers,
  });
  const ended = new Counter({
    name: 'parley_runs_ended_total',
    help: 'Runs that ended, by outcome and by why.',
    labelNames: ['kind', 'outcome', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'parley_run_duration_seconds',
    help: 'Runs from acceptance to end, waiting for people included.',
    labelNames: ['kind', 'outcome'],
    buckets: RUN_SECONDS,
    registers,
  });
  const tools = new Counter({
    name: 'parley_tool_calls_total',
    help: 'Tool calls that ended, by how.',
    labelNames: ['tool', 'status'],
    registers,
  });
  const toolDuration = new Histogram({
    name: 'gen_ai_execute_tool_duration_seconds',
    help: 'Tool calls whose duration is known.',
    labelNames: ['gen_ai_tool_name'],
    buckets: FAST_SECONDS,
    registers,
  });
  return (committed, { kind, started_at }) => {
    for (const { body, at } of committed) {
      countFact(body.type);
      if (body.type === 'run_start') started.inc({ kind });
      else if (body.type === 'run_end') {
        ended.inc({ kind, outcome: body.outcome, code: body.code });
        duration.observe({ kind, outcome: body.outcome }, Math.max(0, at - started_at) / 1000);
      } else if (body.type === 'tool_execution_end') {
        const tool = isTool(body.tool_name) ? body.tool_name : OTHER;
        tools.inc({ tool, status: body.status });
        if (body.duration_ms !== undefined) toolDuration.observe({ gen_ai_tool_name: tool }, body.duration_ms / 1000);
      }
    }
  };
}

/** There are ten facts in the shortest run: they are told to the counter when somebody reads it. */
function measureFacts(registers: Registry[]): (type: FactType) => void {
  const counted = new Map<FactType, number>();
  const facts: Counter = new Counter({
    name: 'parley_facts_total',
    help: 'Events of all logs that became durable, by type: message_end counts messages, turn_end turns, and so on.',
    labelNames: ['type'],
    registers,
    collect() {
      for (const [type, count] of counted) facts.inc({ type }, count);
      counted.clear();
    },
  });
  return (type) => counted.set(type, (counted.get(type) ?? 0) + 1);
}
