import type { NewFact, ToolCall } from '../events/conversation-event.js';
import type { AgentContext } from './context.js';
import type { AgentState, CallState } from './state.js';
import {
  cut,
  endFact,
  execute,
  finalize,
  prepare,
  refusalFacts,
  startFact,
  unknownFact,
  type Prepared,
} from './tool-call.js';

type Emit = (facts: readonly NewFact[]) => void;
type Ready = Extract<Prepared, { kind: 'ready' }>;

/**
 * Runs the calls of an answer: at most so many at once, each on its own clock, what is ready first is reported first.
 * Calls that a client runs are asked for at once, and waited for beside the others. A call that a crash interrupted runs
 * again only if its tool is idempotent. Returns when all have their results, or the run is aborted.
 */
export async function runTools(context: AgentContext, state: AgentState, emit: Emit): Promise<void> {
  const about: Emit = (facts) => emit(facts.map((fact) => ({ ...fact, agent: context.agent })));
  const prepared = await prepareAll(context, state, about);
  const asked = requestResults(context, prepared.clients, about);
  const waiting = asked.map(({ call, deadline }) => awaitResult(context, call, deadline, about));
  const queue = prepared.ready.values();
  const workers = Array.from({ length: Math.min(context.max_parallel_tools, prepared.ready.length) }, () =>
    work(context, queue, about),
  );
  await Promise.all([...workers, ...waiting]);
}

/** Whether the calls of an answer are run at all, here or by a client that is waited for. */
export function runsHere(context: AgentContext): (calls: readonly CallState[]) => boolean {
  if (context.client_tool_mode === 'wait') return () => true;
  const names = new Set(context.client_tools.map(({ name }) => name));
  return (calls) => !calls.some(({ call, ended }) => !ended && names.has(call.name));
}

interface PreparedCalls {
  readonly ready: (Ready & { readonly begun: boolean })[];
  readonly clients: CallState[];
}

/** Sorts the calls that have no result; those that may not run get theirs at once. */
async function prepareAll(context: AgentContext, state: AgentState, emit: Emit): Promise<PreparedCalls> {
  const sorted: PreparedCalls = { ready: [], clients: [] };
  for (const [index, entry] of (state.calls ?? []).entries()) {
    if (entry.ended) continue;
    const known = entry.begun ? resumed(context, entry) : await prepare(context, state, index);
    if (known === undefined) emit([unknownFact(entry.call)]);
    else if (known.kind === 'refused') emit(refusalFacts(known.call, known.refusal, known.told));
    else if (known.kind === 'client') sorted.clients.push(entry);
    else sorted.ready.push({ ...known, begun: entry.begun });
  }
  return sorted;
}

/** A call whose intent was in the log when the run was taken up; undefined: it must not run again. */
function resumed(context: AgentContext, { call, deadline }: CallState): Prepared | undefined {
  if (deadline !== undefined) return { kind: 'client', call };
  const tool = context.tools.get(call.name);
  return tool?.idempotent === true ? { kind: 'ready', call, tool } : undefined;
}

/** Takes calls from the queue until none is left. A tool starts only after its intent is durable. */
async function work(
  context: AgentContext,
  queue: IterableIterator<PreparedCalls['ready'][number]>,
  emit: Emit,
): Promise<void> {
  for (const { call, tool, begun } of queue) {
    if (context.signal.aborted) return;
    if (!begun && context.queue?.skipsCalls() === true) {
      emit(refusalFacts(call, 'skipped', 'Skipped due to queued user message.'));
      continue;
    }
    if (!begun) emit([startFact(call, tool)]);
    await context.log.committed();
    if (context.signal.aborted) return;
    const started = context.clock.now();
    const outcome = await execute(context, call, tool);
    // What an abort cut off is closed with the run: whether it had its effect is not known.
    if (outcome.kind === 'aborted') return;
    emit([endFact(call, await finalize(context, call, outcome), Math.max(0, context.clock.now() - started))]);
  }
}

/** What the client knows the tool of a call as. */
function clientName({ client_tools }: AgentContext, { name }: ToolCall): string {
  return client_tools.find((tool) => tool.name === name)?.client_name ?? name;
}

interface AskedCall {
  readonly call: ToolCall;
  readonly deadline: number;
}

/** Asks the client for results, unless it was asked before a crash: then its time runs on. */
function requestResults(context: AgentContext, calls: readonly CallState[], emit: Emit): AskedCall[] {
  const until = context.clock.now() + context.limits.client_tool_ms;
  const deadline = new Date(until).toISOString();
  const fresh = calls.filter(({ begun }) => !begun);
  const facts = fresh.map(({ call }, index): NewFact => {
    const { id: tool_call_id, arguments: args } = call;
    const tool_name = clientName(context, call);
    const last = index === fresh.length - 1 ? { last: true as const } : {};
    return { body: { type: 'tool_request', tool_call_id, tool_name, arguments: args, deadline, ...last } };
  });
  if (facts.length > 0) emit(facts);
  return calls.map((entry) => ({ call: entry.call, deadline: entry.deadline ?? until }));
}

async function awaitResult(context: AgentContext, call: ToolCall, deadline: number, emit: Emit): Promise<void> {
  const given = await context.results.next(call.id, deadline, context.signal);
  if (given === 'aborted') return;
  const { id: tool_call_id } = call;
  const tool_name = clientName(context, call);
  const late = `Error: the client gave no result for ${tool_name} in time`;
  const { is_error, result } = given === 'timeout' ? { is_error: true, result: late } : given.value;
  const told = cut(result, context.limits.tool_result_chars);
  emit([{ body: { type: 'tool_result_received', tool_call_id, tool_name, is_error, result: told } }]);
  if (given !== 'timeout') given.accepted();
}
