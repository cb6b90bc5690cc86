import { Channel, type OpenTextMeter } from '../core/events/channel.js';
import { decide } from '../core/conversation/state-machine.js';
import type { Action, ConversationKind, Fact, NewFact, OnDisconnect } from '../core/events/conversation-event.js';
import { EMPTY_FOLD, type ConversationFold } from '../core/events/fold.js';
import type { ConversationId, ConversationRef, RunId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { RunResult } from '../core/conversation/run-result.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore, NewConversation, RunRecord } from '../core/ports/conversation-store.js';
import type { ClientResult } from '../core/ports/input-source.js';
import type { IdSource } from '../core/ports/id-source.js';
import type { IdempotencyClaim } from './idempotency.js';
import { ActiveRun } from './active-run.js';
import { loadFold, loadRunFacts } from './load-fold.js';
import { LogWriter, type Acceptance } from './log-writer.js';
import { Mailbox } from './mailbox.js';
import type { RunLoop } from './run-loop.js';
import { TenantCount } from './tenant-count.js';

/** Leases of a store with one owner never run out: the ownership of the data folder stands for them. */
const FOREVER = 8.64e15;
/** Runs that are under way get so long to end before they are left to recovery, ms. */
export const DRAIN_GRACE_MS = 3_000;
/** How long until an ending that could not be written is tried again. */
const RETRY_MS = 1_000;

export interface RunLimits {
  /** Characters of open messages in the whole process; beyond it new runs are refused. */
  readonly open_text_chars: number;
  /** Runs at once in the whole process. */
  readonly active_runs: number;
  /** Runs at once of one tenant; absent: as many as there may be in all. */
  readonly runs_per_tenant?: number;
}

export interface RunSupervisorDeps {
  readonly store: ConversationStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly loops: Readonly<Partial<Record<ConversationKind, RunLoop>>>;
  readonly limits: RunLimits;
  /** For the log: what went wrong inside, never shown to a client. */
  readonly onError: (error: ParleyError, ref: ConversationRef) => void;
  /** For measurements: the facts of a run once they are durable. Must not throw. */
  readonly onDurable?: (facts: readonly Fact[], run: RunRecord) => void;
  /** For the log: how each run ended. */
  readonly onEnded?: (result: RunResult, ref: ConversationRef & { readonly run_id: RunId }) => void;
}

/** A run to accept. */
export interface NewRun {
  readonly ref: ConversationRef;
  readonly kind: ConversationKind;
  readonly on_disconnect: OnDisconnect;
  /** Of the conversation. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly create?: NewConversation;
  /** What this run is asked for: kept with its start. */
  readonly run_settings?: Readonly<Record<string, unknown>>;
  /** What is said to begin with; durable with the run's start. */
  readonly input?: readonly NewFact[];
  /**
   * Called when the run is under way and nothing of it is published yet: who joins the channel here gets all of it live.
   */
  readonly onAccepted?: (channel: Channel, run: RunRecord) => void;
  /** The key this run is begun under: durable with its start. */
  readonly idempotency?: IdempotencyClaim;
}

export type CancelMode = 'now' | 'after_turn';

/**
 * Owns every run of this process: accepts, drives, cancels, recovers. A connection never owns a run, it only watches the
 * run's channel.
 */
export class RunSupervisor {
  readonly #runs = new Map<ConversationId, { readonly run: ActiveRun; readonly done: Promise<void> }>();
  readonly #channels = new Map<ConversationId, Channel>();
  readonly #meter: OpenTextMeter = { chars: 0 };
  readonly #running = new TenantCount();
  readonly #owner = 'local';
  #draining: Promise<void> | undefined;

  constructor(private readonly deps: RunSupervisorDeps) {}

  get activeRuns(): number {
    return this.#runs.size;
  }

  get draining(): boolean {
    return this.#draining !== undefined;
  }

  /** The live end of a conversation, while a run of it is under way here or somebody follows it. */
  channel(ref: ConversationRef): Channel | undefined {
    const channel = this.#channels.get(ref.conversation_id);
    return channel?.ref.tenant === ref.tenant ? channel : undefined;
  }

  /** The live end of a conversation, opened for somebody who follows it beyond its runs. */
  async openChannel(ref: ConversationRef): Promise<Channel> {
    for (;;) {
      const fold = await this.#headFold(ref);
      const known = this.channel(ref);
      if (known !== undefined) return known;
      // A run may have ended while the log was read, and its channel with it: a live end behind the log never moves again.
      const record = await this.deps.store.catalogue.get(ref);
      if (record?.head_seq === fold.seq) return this.#channelOf(ref, fold);
    }
  }

  /**
   * Accepts a run: when this resolves its start is durable and its loop is under way.
   *
   * @throws ParleyError `draining`, `overloaded`, `too_many_runs`, `conflict` (a run is under way), or what the store says
   */
  async begin(run: NewRun): Promise<RunId> {
    this.#admit(run.ref);
    const run_id = this.deps.ids.run();
    const fold = run.create === undefined ? await this.#headFold(run.ref) : EMPTY_FOLD;
    const decision = decide(fold.status, 'begin_run');
    if (!decision.ok) throw new ParleyError('conflict', decision.reason, { retryAfter: 1 });
    // Another request may have begun a run of it meanwhile.
    this.#admit(run.ref);
    const started_at = this.deps.clock.now();
    const record: RunRecord = {
      ...run.ref,
      run_id,
      kind: run.kind,
      state: 'running',
      on_disconnect: run.on_disconnect,
      start_seq: fold.seq + 1,
      started_at,
      fence: 1,
      lease_owner: this.#owner,
      lease_until: FOREVER,
    };
    const acceptance = {
      ...(run.create === undefined ? {} : { create: run.create }),
      ...(run.idempotency === undefined
        ? {}
        : { idempotency: { ...run.idempotency, conversation_id: run.ref.conversation_id, run_id } }),
    };
    const active = this.#activate(record, fold, acceptance);
    const settings = run.run_settings === undefined ? {} : { settings: run.run_settings };
    const facts: NewFact[] = [
      { body: { type: 'run_start', kind: run.kind, on_disconnect: run.on_disconnect, ...settings } },
      ...(run.input ?? []),
    ];
    active.writer.append(facts);
    run.onAccepted?.(active.channel, record);
    const { ref, settings: created_with } = run;
    this.#drive(record, active, active.drive({ ref, start_seq: record.start_seq, settings: created_with, facts }));
    await active.writer.committed();
    return run_id;
  }

  /** Whether a run of the conversation is under way here. */
  isBusy(ref: ConversationRef): boolean {
    return this.#active(ref) !== undefined;
  }

  /** Cancels the run under way. False if none is: asking twice does no harm. */
  cancel(ref: ConversationRef, mode: CancelMode = 'now'): boolean {
    const active = this.#active(ref)?.run;
    if (active === undefined) return false;
    if (mode === 'after_turn') active.stopAfterTurn();
    else active.stop('cancelled');
    return true;
  }

  /**
   * Hands a person's action to the run that asked for it. Resolves once it is durable.
   *
   * @throws ParleyError `conflict` if that person is not asked now
   */
  async give(ref: ConversationRef, agent: string, action: Action): Promise<void> {
    const active = this.#active(ref)?.run;
    const accepted = active?.mailbox.deliver(agent, action);
    if (active === undefined || accepted === undefined) {
      const asked = active?.mailbox.asked.join(', ') ?? '';
      throw new ParleyError(
        'conflict',
        `${agent} is not asked to act now${asked === '' ? '' : `; asked now: ${asked}`}`,
      );
    }
    await accepted;
    await active.writer.committed();
  }

  /**
   * Hands the result of a tool that a client ran to the run that asked for it. Resolves once it is durable.
   *
   * @throws ParleyError `conflict` if no result is awaited for that call
   */
  async giveResult(ref: ConversationRef, tool_call_id: string, result: ClientResult): Promise<void> {
    const active = this.#active(ref);
    const accepted = active?.run.results.deliver(tool_call_id, result);
    // One that came early is taken by a loop that may end before it.
    const taken = active === undefined ? false : await Promise.race([accepted?.then(() => true), active.done]);
    if (active === undefined || taken !== true) {
      throw new ParleyError(
        'conflict',
        'no result is awaited for this tool call: it was given, came too late, or is not known',
      );
    }
    await active.run.writer.committed();
  }

  /** The run under way, and the calls whose results it awaits from its client. */
  awaited(ref: ConversationRef): { readonly run_id?: RunId; readonly calls: readonly string[] } | undefined {
    const run = this.#active(ref)?.run;
    if (run === undefined) return undefined;
    const run_id = run.writer.fold.run?.id;
    return { ...(run_id === undefined ? {} : { run_id }), calls: run.results.asked };
  }

  /** Resolves when no run of the conversation is under way here. */
  async settled(ref: ConversationRef): Promise<void> {
    await this.#active(ref)?.done;
  }

  /** The conversation is gone: those who follow it are sent away. */
  dismiss(ref: ConversationRef): void {
    const channel = this.channel(ref);
    if (channel === undefined || this.#active(ref) !== undefined) return;
    this.#channels.delete(ref.conversation_id);
    channel.dispose();
  }

  /** Takes up the runs that a process before this one left behind. The number of them. */
  async recover(): Promise<number> {
    const orphans = await this.deps.store.runs.orphans(this.deps.clock.now(), this.#owner);
    for (const orphan of orphans) {
      const taken = await this.deps.store.runs.takeOver(orphan, this.#owner, FOREVER);
      if (taken !== undefined) await this.#resume(taken);
    }
    return orphans.length;
  }

  /**
   * Refuses new runs, gives those under way some time, and leaves the rest to recovery: they are not marked as ended. Who
   * asks again waits for the same end.
   */
  drain(graceMs: number): Promise<void> {
    this.#draining ??= this.#drain(graceMs);
    return this.#draining;
  }

  async #drain(graceMs: number): Promise<void> {
    const all = Promise.all([...this.#runs.values()].map((entry) => entry.done));
    await Promise.race([all, new Promise<void>((resolve) => this.deps.clock.after(graceMs, resolve))]);
    for (const { run } of this.#runs.values()) {
      run.writer.close();
      run.stop('released');
    }
    await Promise.all([...this.#runs.values()].map((entry) => entry.done));
    for (const channel of this.#channels.values()) channel.dispose();
    this.#channels.clear();
  }

  /** The run of a conversation that is under way here, if the conversation is that tenant's. */
  #active(ref: ConversationRef): { readonly run: ActiveRun; readonly done: Promise<void> } | undefined {
    return this.channel(ref) === undefined ? undefined : this.#runs.get(ref.conversation_id);
  }

  #admit(ref: ConversationRef): void {
    if (this.draining) throw new ParleyError('draining', 'the server is shutting down', { retryAfter: 5 });
    if (this.#active(ref) !== undefined) {
      throw new ParleyError('conflict', 'a run of this conversation is under way', { retryAfter: 1 });
    }
    const { open_text_chars, active_runs, runs_per_tenant } = this.deps.limits;
    if (runs_per_tenant !== undefined && this.#running.of(ref.tenant) >= runs_per_tenant) {
      const detail = `${runs_per_tenant} runs of this key are under way: wait until one has ended`;
      throw new ParleyError('too_many_runs', detail, { retryAfter: 5 });
    }
    if (this.#meter.chars > open_text_chars || this.#runs.size >= active_runs) {
      throw new ParleyError('overloaded', 'too much is under way at the moment', { retryAfter: 5 });
    }
  }

  async #headFold(ref: ConversationRef): Promise<ConversationFold> {
    const record = await this.deps.store.catalogue.get(ref);
    if (record === undefined) throw new ParleyError('not_found', 'there is no such conversation');
    return loadFold(this.deps.store.log, ref, record.head_seq);
  }

  #activate(record: RunRecord, fold: ConversationFold, acceptance: Acceptance): ActiveRun {
    const ref = { tenant: record.tenant, conversation_id: record.conversation_id };
    const loop = this.deps.loops[record.kind];
    if (loop === undefined) throw new ParleyError('internal', `runs of kind ${record.kind} cannot be driven`);
    const channel = this.#channelOf(ref, fold);
    const writer = new LogWriter(
      channel,
      record,
      {
        log: this.deps.store.log,
        clock: this.deps.clock,
        defer: setImmediate,
        onFailure: (error) => active.storageFailed(error),
        onDurable: (facts) => this.deps.onDurable?.(facts, record),
      },
      acceptance,
    );
    const mailbox = new Mailbox<Action>(this.deps.clock);
    const results = new Mailbox<ClientResult>(this.deps.clock);
    const onError = (error: ParleyError): void => this.deps.onError(error, ref);
    const active: ActiveRun = new ActiveRun({
      channel,
      writer,
      mailbox,
      results,
      loop,
      onError,
      onEnded: (result) => this.deps.onEnded?.(result, { ...ref, run_id: record.run_id }),
    });
    return active;
  }

  #channelOf(ref: ConversationRef, fold: ConversationFold): Channel {
    const known = this.channel(ref);
    if (known !== undefined) return known;
    const channel = new Channel(ref, fold, this.#meter);
    channel.onDeserted = () => this.#deserted(channel);
    this.#channels.set(ref.conversation_id, channel);
    return channel;
  }

  /** The last watcher is gone: a run bound to its client ends, and an idle channel is closed. */
  #deserted(channel: Channel): void {
    const entry = this.#runs.get(channel.ref.conversation_id);
    if (entry === undefined) this.#channels.delete(channel.ref.conversation_id);
    else if (channel.fold.run?.on_disconnect === 'cancel' && !this.draining) entry.run.stop('cancelled');
  }

  /** Registers a run that is under way, limits its time, and forgets it once it is through. */
  #drive(record: RunRecord, active: ActiveRun, driven: Promise<void>): void {
    const limit = this.deps.loops[record.kind]?.time_limit_ms ?? FOREVER;
    const left = record.started_at + limit - this.deps.clock.now();
    const disarm = this.deps.clock.after(Math.max(0, Math.min(left, 0x7fff_ffff)), () => active.stop('time'));
    const done = driven.then(() => {
      disarm();
      this.#runs.delete(record.conversation_id);
      this.#running.remove(record.tenant);
      this.#close(active.channel);
      if (active.failure !== undefined) this.#afterStorageFailure(record, active.failure);
    });
    this.#running.add(record.tenant);
    this.#runs.set(record.conversation_id, { run: active, done });
  }

  /** A run must not stay open because its end could not be written: it is ended from the log once that works again. */
  #afterStorageFailure(record: RunRecord, error: ParleyError): void {
    this.deps.onError(error, record);
    if (error.code !== 'storage_full' && error.code !== 'storage_unavailable') return;
    const retry = (): void => {
      if (this.draining) return;
      this.#endFromLog(record).catch(() => this.deps.clock.after(RETRY_MS, retry));
    };
    this.deps.clock.after(RETRY_MS, retry);
  }

  /** Keeps the channel of a run that is through only while somebody follows it and it is up to date. */
  #close(channel: Channel): void {
    const current = channel.fold.run === undefined;
    if (!current || channel.deserted) this.#channels.delete(channel.ref.conversation_id);
    if (!current) channel.dispose();
  }

  async #endFromLog(record: RunRecord): Promise<void> {
    const stored = await this.deps.store.runs.get(record, record.run_id);
    if (stored === undefined || stored.state === 'ended') return;
    const fold = await this.#headFold(record);
    const active = this.#activate(stored, fold, {});
    try {
      await active.endInterrupted('the log could not be written for a while');
    } finally {
      this.#close(active.channel);
    }
    if (active.failure !== undefined) throw active.failure;
  }

  async #resume(record: RunRecord): Promise<void> {
    const { log, catalogue } = this.deps.store;
    const conversation = await catalogue.get(record);
    if (conversation === undefined) return;
    const fold = await loadFold(log, record, conversation.head_seq);
    const facts = await loadRunFacts(log, record, record.run_id, record.start_seq);
    const active = this.#activate(record, fold, {});
    if (record.on_disconnect === 'cancel') {
      this.#drive(record, active, active.endInterrupted('the server stopped while the run was under way'));
      return;
    }
    active.discardOpenMessages();
    active.results.expect(fold.open.tools.flatMap((tool) => (tool.client === true ? [tool.tool_call_id] : [])));
    const { start_seq } = record;
    this.#drive(record, active, active.drive({ ref: conversation, start_seq, settings: conversation.settings, facts }));
  }
}
