import type { MessageId, RunId } from '../kernel/ids.js';
import type {
  ConversationKind,
  EvaluationScope,
  Fact,
  FactBody,
  MessageEnd,
  MessageRole,
  MessageStep,
  OnDisconnect,
  RunEnd,
  RunStart,
  ToolRequest,
  Usage,
} from './conversation-event.js';
import { answerText } from './conversation-event.js';
import { headingOf, isShown } from './message-step.js';
import { addUsage, NO_USAGE } from './usage.js';

export type ConversationStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

export type TerminationReason = 'max_turns' | 'left' | 'stale' | 'evaluator' | 'cancelled' | 'error' | 'answered';

/** A message that has started and not ended. */
export interface OpenMessage {
  readonly message_id: MessageId;
  readonly role: MessageRole;
  readonly agent?: string;
  readonly run_id?: RunId;
  readonly step?: MessageStep;
}

/** The run that is under way. */
export interface OpenRun {
  readonly id: RunId;
  readonly kind: ConversationKind;
  readonly on_disconnect: OnDisconnect;
  readonly started_seq: number;
  readonly started_at: number;
  readonly usage: Usage;
  /**
   * Shown answer text of the ended assistant messages, joined: what the chat projections call the final response. Absent
   * in a snapshot, which would hold all of a long run again and again, and in a fold read for somebody who needs it not.
   */
  readonly text?: string;
  readonly tool_calls: number;
}

/** A tool call that has started, or was asked of a client, and has not ended. */
export interface OpenTool {
  /** A client runs it. */
  readonly client?: true;
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly agent?: string;
}

/** A phase of an improved answer that has started and not ended. */
export interface OpenPhase {
  readonly phase: 'draft' | 'review' | 'revision';
  readonly n: number;
  readonly agent?: string;
}

/** What is open inside the run, to be closed inside out when it is cut. */
export interface OpenParts {
  readonly messages: readonly OpenMessage[];
  readonly tools: readonly OpenTool[];
  readonly phases: readonly OpenPhase[];
  readonly evaluation?: { readonly scope: EvaluationScope; readonly turn: number };
  readonly turn?: number;
  /** Whose turn it is, where turns are of one agent. */
  readonly turn_agent?: string;
  /** People and clients whose input the run waits for. */
  readonly inputs: readonly string[];
  readonly agents: readonly (string | undefined)[];
}

/**
 * State of a conversation as of one fact: small (no text but that of the run under way, which a snapshot leaves out), so
 * that a snapshot of it is cheap to keep and to load. Plain JSON. A projection gets it beside each event.
 */
export interface ConversationFold {
  readonly seq: number;
  readonly status: ConversationStatus;
  readonly run?: OpenRun;
  readonly open: OpenParts;
  /** Turns that ended with everybody who could act having acted, over all runs. */
  readonly turn_count: number;
  readonly terminated_by?: { readonly reason: TerminationReason; readonly detail?: string };
  readonly error?: { readonly code: string; readonly detail: string };
  readonly usage: Usage;
  readonly started_at?: number;
  readonly ended_at?: number;
}

const NOTHING_OPEN: OpenParts = { messages: [], tools: [], phases: [], inputs: [], agents: [] };

/** The fold of an empty log. */
export const EMPTY_FOLD: ConversationFold = {
  seq: 0,
  status: 'queued',
  open: NOTHING_OPEN,
  turn_count: 0,
  usage: NO_USAGE,
};

/** The state after one more fact. Pure; facts it does not know only move `seq`. */
export function evolveFold(fold: ConversationFold, fact: Fact): ConversationFold {
  const { body, seq } = fact;
  // Nearly all facts are of these kinds: their folds are made by one copy.
  switch (body.type) {
    case 'message_end':
      return endMessage(fold, seq, { id: body.message_id, text: shownText(body), usage: body.usage });
    case 'message_discarded':
      return endMessage(fold, seq, { id: body.message_id, text: '' });
    case 'turn_end': {
      const { turn: _closed, turn_agent: _agent, ...open } = fold.open;
      return { ...fold, seq, open: { ...open, inputs: [] }, turn_count: fold.turn_count + (body.interrupted ? 0 : 1) };
    }
    case 'run_start':
    case 'run_end':
    case 'usage':
    case 'input_requested':
    case 'tool_request':
    case 'tool_result_received':
    case 'action':
      return evolveRun({ ...fold, seq }, fact, body);
    default:
      return { ...fold, seq, open: evolveOpen(fold.open, fact), ...countTool(fold, fact) };
  }
}

type RunBody = Extract<
  FactBody,
  {
    type: 'run_start' | 'run_end' | 'usage' | 'input_requested' | 'tool_request' | 'tool_result_received' | 'action';
  }
>;

function evolveRun(next: ConversationFold, fact: Fact, body: RunBody): ConversationFold {
  switch (body.type) {
    case 'run_start':
      return startRun(next, fact, body);
    case 'run_end':
      return endRun(next, fact, body);
    case 'usage':
      return withUsage(next, body.usage);
    case 'input_requested':
      return withInputs(next, [...next.open.inputs, fact.agent ?? '']);
    case 'tool_request':
      return withInputs(openTool(next, fact, body), [...next.open.inputs, body.tool_call_id]);
    case 'tool_result_received': {
      const tools = next.open.tools.filter((tool) => tool.tool_call_id !== body.tool_call_id);
      return withInputs(
        { ...next, open: { ...next.open, tools } },
        next.open.inputs.filter((id) => id !== body.tool_call_id),
      );
    }
    case 'action':
      return withInputs(
        next,
        next.open.inputs.filter((agent) => agent !== fact.agent),
      );
  }
}

/** What a client is asked for is a call of the run like any other. */
function openTool(fold: ConversationFold, fact: Fact, body: ToolRequest): ConversationFold {
  const agent = fact.agent === undefined ? {} : { agent: fact.agent };
  const { tool_call_id, tool_name, arguments: args } = body;
  const tool: OpenTool = { tool_call_id, tool_name, arguments: args, client: true, ...agent };
  const run = fold.run === undefined ? {} : { run: { ...fold.run, tool_calls: fold.run.tool_calls + 1 } };
  return { ...fold, open: { ...fold.open, tools: [...fold.open.tools, tool] }, ...run };
}

function startRun(fold: ConversationFold, fact: Fact, body: RunStart): ConversationFold {
  const { terminated_by: _t, error: _e, ended_at: _a, ...rest } = fold;
  if (fact.run_id === undefined) return fold;
  const run: OpenRun = {
    id: fact.run_id,
    kind: body.kind,
    on_disconnect: body.on_disconnect,
    started_seq: fact.seq,
    started_at: fact.at,
    usage: NO_USAGE,
    text: '',
    tool_calls: 0,
  };
  return { ...rest, status: 'running', run, started_at: fold.started_at ?? fact.at, open: NOTHING_OPEN };
}

function endRun(fold: ConversationFold, fact: Fact, body: RunEnd): ConversationFold {
  const { run: _ended, ...rest } = fold;
  const detail = body.detail === undefined ? {} : { detail: body.detail };
  return {
    ...rest,
    status: body.outcome,
    open: NOTHING_OPEN,
    ended_at: fact.at,
    terminated_by: { reason: terminationReason(body), ...detail },
    ...(body.outcome === 'failed' ? { error: { code: body.code, detail: body.detail ?? body.code } } : {}),
  };
}

function terminationReason(body: RunEnd): TerminationReason {
  if (body.outcome === 'cancelled') return 'cancelled';
  switch (body.code) {
    case 'max_turns':
    case 'left':
    case 'stale':
    case 'evaluator':
    case 'answered':
      return body.code;
    default:
      return 'error';
  }
}

function endMessage(
  fold: ConversationFold,
  seq: number,
  ended: { readonly id: MessageId; readonly text: string; readonly usage?: Usage | undefined },
): ConversationFold {
  const messages = fold.open.messages.filter((message) => message.message_id !== ended.id);
  const told = fold.run?.text;
  const run =
    fold.run === undefined || told === undefined || ended.text === ''
      ? {}
      : { run: { ...fold.run, text: told + ended.text } };
  return withUsage({ ...fold, seq, open: { ...fold.open, messages }, ...run }, ended.usage);
}

/** The fold as it is kept: what stands in the log anyway, and grows with it, is left out. */
export function withoutRunText(fold: ConversationFold): ConversationFold {
  if (fold.run === undefined) return fold;
  const { text: _text, ...run } = fold.run;
  return { ...fold, run };
}

/** What an ended message adds to the text of its run. */
export function shownText(body: MessageEnd): string {
  if (body.role !== 'assistant' || !isShown(body.step)) return '';
  return headingOf(body.step) + answerText(body);
}

/** A run waits as long as anybody's input is awaited. */
function withInputs(fold: ConversationFold, inputs: readonly string[]): ConversationFold {
  return { ...fold, status: inputs.length === 0 ? 'running' : 'waiting', open: { ...fold.open, inputs } };
}

function withUsage(fold: ConversationFold, usage: Usage | undefined): ConversationFold {
  if (usage === undefined) return fold;
  const spent = { ...usage, calls: usage.calls ?? 1 };
  const run = fold.run === undefined ? {} : { run: { ...fold.run, usage: addUsage(fold.run.usage, spent) } };
  return { ...fold, usage: addUsage(fold.usage, spent), ...run };
}

function countTool(fold: ConversationFold, fact: Fact): Partial<Pick<ConversationFold, 'run'>> {
  if (fact.body.type !== 'tool_execution_start' || fold.run === undefined) return {};
  return { run: { ...fold.run, tool_calls: fold.run.tool_calls + 1 } };
}

function evolveOpen(open: OpenParts, fact: Fact): OpenParts {
  const body = fact.body;
  const agent = fact.agent === undefined ? {} : { agent: fact.agent };
  switch (body.type) {
    case 'agent_start':
      return { ...open, agents: [...open.agents, fact.agent] };
    case 'agent_end':
      return { ...open, agents: open.agents.slice(0, -1) };
    case 'turn_start':
      return { ...open, turn: body.turn, ...(fact.agent === undefined ? {} : { turn_agent: fact.agent }) };
    case 'message_start': {
      const run = fact.run_id === undefined ? {} : { run_id: fact.run_id };
      const step = body.step === undefined ? {} : { step: body.step };
      const message = { message_id: body.message_id, role: body.role, ...agent, ...run, ...step };
      return { ...open, messages: [...open.messages, message] };
    }
    case 'tool_execution_start':
      return {
        ...open,
        tools: [
          ...open.tools,
          { tool_call_id: body.tool_call_id, tool_name: body.tool_name, arguments: body.arguments, ...agent },
        ],
      };
    case 'tool_execution_end':
      return { ...open, tools: open.tools.filter((tool) => tool.tool_call_id !== body.tool_call_id) };
    case 'phase_start':
      return { ...open, phases: [...open.phases, { phase: body.phase, n: body.n, ...agent }] };
    case 'phase_end':
      return { ...open, phases: open.phases.slice(0, -1) };
    case 'evaluation_start':
      return { ...open, evaluation: { scope: body.scope, turn: body.turn } };
    case 'evaluation_end': {
      const { evaluation: _closed, ...rest } = open;
      return rest;
    }
    default:
      return open;
  }
}
