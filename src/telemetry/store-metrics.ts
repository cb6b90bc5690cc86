import { Counter, Histogram } from 'prom-client';
import { toParleyError } from '../core/kernel/parley-error.js';
import type { AppendBatch, ConversationStore, EventLog } from '../core/ports/conversation-store.js';
import { FACTS, FAST_SECONDS } from './buckets.js';
import type { Metrics } from './metrics.js';

/** The store, with its writes measured: how much at once, how long until it was durable, and what was refused. */
export function measureStore(store: ConversationStore, metrics: Metrics): ConversationStore {
  metrics.gauge('parley_store_size_bytes', 'Room that the store takes up.', () => store.space.size());
  return {
    log: measureLog(store.log, metrics),
    catalogue: store.catalogue,
    runs: store.runs,
    idempotency: store.idempotency,
    agents: store.agents,
    expiry: store.expiry,
    space: store.space,
    start: () => store.start(),
    check: (signal) => store.check(signal),
    stop: () => store.stop(),
  };
}

function measureLog(log: EventLog, { registry }: Metrics): EventLog {
  const registers = [registry];
  const duration = new Histogram({
    name: 'parley_store_append_duration_seconds',
    help: 'Writes to a log until they were durable, the wait for those before them included.',
    buckets: FAST_SECONDS,
    registers,
  });
  const facts = new Histogram({
    name: 'parley_store_append_facts',
    help: 'Facts of one write.',
    buckets: FACTS,
    registers,
  });
  const errors = new Counter({
    name: 'parley_store_append_errors_total',
    help: 'Writes that failed or were refused, by why.',
    labelNames: ['code'],
    registers,
  });
  const append = async (batch: AppendBatch): Promise<void> => {
    const started = performance.now();
    try {
      await log.append(batch);
    } catch (error) {
      errors.inc({ code: toParleyError(error).code });
      throw error;
    }
    duration.observe((performance.now() - started) / 1000);
    facts.observe(batch.facts.length);
  };
  return {
    append,
    read: (ref, query) => log.read(ref, query),
    snapshot: (ref, at) => log.snapshot(ref, at),
    findMessage: (ref, id) => log.findMessage(ref, id),
  };
}
