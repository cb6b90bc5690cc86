import type { ConversationId, MessageId, RunId } from '../kernel/ids.js';
import type { UpstreamErrorCode } from '../kernel/parley-error.js';

/** Tokens and money of model calls. Counts are tokens; `cost` is in the currency the prices are configured in. */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  /** Of the input, tokens that the provider had cached. */
  readonly cached_tokens?: number;
  /** Of the input, tokens that the provider put into its cache. */
  readonly cache_write_tokens?: number;
  /** Of the output, tokens of thinking. */
  readonly reasoning_tokens?: number;
  readonly cost?: number;
  /** Model calls made. */
  readonly calls?: number;
}

/** Why a message ended. `aborted` and `error` keep the text so far. */
export type StopReason = 'stop' | 'length' | 'tool_calls' | 'aborted' | 'error';

export type MessageRole = 'user' | 'assistant' | 'system' | 'tool';

/** What a delta belongs to. Blocks of one message may interleave. */
export type BlockKind = 'text' | 'thinking' | `tool_call:${number}`;

/** Arrival order of a message's text: `[block, length in UTF-16 units]`, adjacent runs of one block joined. */
export type BlockRuns = readonly (readonly [BlockKind, number])[];

/** A tool call as the model asked for it. `arguments` is the parsed object. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export type ActionType = 'none' | 'speak' | 'non-verbal communication' | 'action' | 'leave';

/** A piece of a person's message, where it is more than plain text. `url` is an `https:` or `data:` address. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string; readonly detail?: string };

/** What an agent did in a turn. `to` names who may observe it; absent or empty: everybody. */
export interface Action {
  readonly action_type: ActionType;
  readonly argument: string;
  readonly to?: readonly string[];
}

export type RunOutcome = 'completed' | 'cancelled' | 'failed';

/** Why a run that completed ended (multi-agent), or what failed it. */
export type RunEndCode =
  | 'answered'
  | 'max_turns'
  | 'left'
  | 'stale'
  | 'evaluator'
  | 'cancelled'
  | 'upstream'
  | 'tool_rounds'
  | 'time'
  | 'budget'
  | 'interrupted'
  | 'internal';

export type EvaluationStatus = 'scored' | 'failed' | 'abstained';

/** One judgement. `score` is null unless `status` is `scored`: a failed evaluation is never 0 and never missing. */
export interface EvaluationScore {
  readonly evaluator: string;
  /** An agent's name, or `environment`. */
  readonly target: string;
  readonly dimension: string;
  readonly score: number | boolean | null;
  readonly status: EvaluationStatus;
  readonly reasoning: string;
  readonly error?: string;
  /** Inclusive bounds of the dimension, where it has some. */
  readonly range?: readonly [number, number];
}

export type EvaluationScope = 'turn' | 'terminal';

/** A run was accepted. `kind` says which loop drives it. */
export interface RunStart {
  readonly type: 'run_start';
  readonly kind: ConversationKind;
  readonly on_disconnect: OnDisconnect;
  /** What the run was asked for beside its input, as its loop understands it: for whoever takes it up. Never shown. */
  readonly settings?: Readonly<Record<string, unknown>>;
}
export type ConversationKind = 'multi_agent' | 'chat' | 'session';
/** What the end of the last watcher does to a run. */
export type OnDisconnect = 'cancel' | 'continue';

/** The one end of a run: nothing of it comes after. */
export interface RunEnd {
  readonly type: 'run_end';
  readonly outcome: RunOutcome;
  readonly code: RunEndCode;
  /** What exactly the upstream did, where `code` is `upstream`. */
  readonly upstream?: UpstreamErrorCode;
  /** Seconds after which the upstream said a retry makes sense. */
  readonly retry_after?: number;
  /** One sentence for people; safe to show. */
  readonly detail?: string;
  readonly usage: Usage;
}
export interface AgentStart {
  readonly type: 'agent_start';
}
/** What a message is in an answer that is improved in passes. A message without it is an answer as it is. */
export interface MessageStep {
  readonly part: 'draft' | 'suggestions' | 'revision' | 'comments' | 'answer';
  /** The pass it belongs to, from 1; 1 for the draft. */
  readonly n: number;
  /** How doors that show answers show it: not at all, as it is, or under its heading. */
  readonly display: 'hidden' | 'plain' | 'headed';
  /** It is the answer of its run: what later runs of the conversation see. The other parts they do not see. */
  readonly final?: true;
}
export interface AgentEnd {
  readonly type: 'agent_end';
}
/** `turn` counts from 1 within the run. */
export interface TurnStart {
  readonly type: 'turn_start';
  readonly turn: number;
}
/** `interrupted`: the turn was closed before everybody who could act had acted; it does not count. */
export interface TurnEnd {
  readonly type: 'turn_end';
  readonly turn: number;
  readonly interrupted?: true;
}
/** An assistant message is followed by deltas; other roles are input and end in the same commit. */
export interface MessageStart {
  readonly type: 'message_start';
  readonly message_id: MessageId;
  readonly role: MessageRole;
  /** Configured name of the model that writes it. */
  readonly model?: string;
  readonly step?: MessageStep;
}
/** `text` is all delta text of the message joined; `blocks` is there unless all of it is one text block. */
export interface MessageEnd {
  readonly type: 'message_end';
  readonly message_id: MessageId;
  readonly role: MessageRole;
  readonly text: string;
  readonly blocks?: BlockRuns;
  readonly stop_reason: StopReason;
  readonly tool_calls?: readonly ToolCall[];
  /** Input that is more than its `text`, which is that of its text parts joined. */
  readonly parts?: readonly ContentPart[];
  readonly usage?: Usage;
  /** As at its start. */
  readonly step?: MessageStep;
}
/** What was shown of the message is to be dropped: lost in a crash, or replaced by a repaired one. */
export interface MessageDiscarded {
  readonly type: 'message_discarded';
  readonly message_id: MessageId;
  readonly reason: 'interrupted' | 'repaired';
}
/** Why a tool call of a model was not run; the model is told in words. */
export type ToolRefusal = 'unknown_tool' | 'invalid_arguments' | 'repeated' | 'too_many' | 'blocked' | 'skipped';

/** The intent of a tool call: committed before its effect. One without an end was interrupted. */
export interface ToolExecutionStart {
  readonly type: 'tool_execution_start';
  /** It may run again after a crash: it gets the call's id as its key. */
  readonly idempotent?: true;
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}
export interface ToolExecutionEnd {
  readonly type: 'tool_execution_end';
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly status: 'completed' | 'failed' | 'unknown';
  /** Why it was never run. */
  readonly refused?: ToolRefusal;
  /** The tool ends the run: the model is not asked again. */
  readonly terminate?: true;
  /** What the model is told. */
  readonly result: string;
  /** JSON for whoever shows it, not for the model. */
  readonly details?: unknown;
  readonly duration_ms?: number;
}
/** A client must run this tool and answer with its result. */
export interface ToolRequest {
  readonly type: 'tool_request';
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** RFC 3339; after it the model is told that no result came. */
  readonly deadline?: string;
  /** The last one that this answer of the model asks for. */
  readonly last?: true;
}
export interface ToolResultReceived {
  readonly type: 'tool_result_received';
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly is_error: boolean;
  readonly result: string;
}
/** What an agent did; its message, if it wrote one, is `message_id`. */
export interface ActionTaken extends Action {
  readonly type: 'action';
  readonly turn: number;
  readonly message_id?: MessageId;
}
export interface AgentLeft {
  readonly type: 'agent_left';
  readonly turn: number;
}
/** A person is asked to act; the run waits. */
export interface InputRequested {
  readonly type: 'input_requested';
  readonly turn: number;
  /** RFC 3339; after it the run goes on without. */
  readonly deadline?: string;
}
export interface EvaluationStart {
  readonly type: 'evaluation_start';
  readonly scope: EvaluationScope;
  readonly turn: number;
  readonly evaluators: readonly string[];
}
export interface EvaluationResult extends EvaluationScore {
  readonly type: 'evaluation_result';
  readonly scope: EvaluationScope;
  readonly turn: number;
}
/** `terminated`: an evaluator says that the conversation is over. */
export interface EvaluationEnd {
  readonly type: 'evaluation_end';
  readonly scope: EvaluationScope;
  readonly turn: number;
  readonly terminated?: { readonly evaluator: string; readonly reasoning: string };
}
/** `n` is the pass, from 1; 1 for the draft. */
export interface PhaseStart {
  readonly type: 'phase_start';
  readonly phase: 'draft' | 'review' | 'revision';
  readonly n: number;
  /** What it makes is not shown by doors that show answers: they say that it is under way instead. */
  readonly quiet?: true;
}
export interface PhaseEnd {
  readonly type: 'phase_end';
  readonly phase: 'draft' | 'review' | 'revision';
  readonly n: number;
}
/** Tokens spent by a call that is no message (goal, judge, repair), or several (review). */
export interface UsageReported {
  readonly type: 'usage';
  readonly purpose: 'goal' | 'judge' | 'repair' | 'review';
  readonly model: string;
  readonly usage: Usage;
}
export interface Warning {
  readonly type: 'warning';
  readonly code: string;
  readonly detail: string;
}
/** A goal that an agent set itself on the first turn. */
export interface ConversationStateSet {
  readonly type: 'conversation_state';
  readonly goal: string;
}

/** Body of an event that is numbered, committed and replayed. */
export type FactBody =
  | RunStart
  | RunEnd
  | AgentStart
  | AgentEnd
  | TurnStart
  | TurnEnd
  | MessageStart
  | MessageEnd
  | MessageDiscarded
  | ToolExecutionStart
  | ToolExecutionEnd
  | ToolRequest
  | ToolResultReceived
  | ActionTaken
  | AgentLeft
  | InputRequested
  | EvaluationStart
  | EvaluationResult
  | EvaluationEnd
  | PhaseStart
  | PhaseEnd
  | UsageReported
  | Warning
  | ConversationStateSet;

export type FactType = FactBody['type'];

/** A fact as a loop hands it to the log, which numbers and dates it. */
export interface NewFact {
  readonly body: FactBody;
  /** Name of the agent it is about. */
  readonly agent?: string;
}

/** An entry of the log. `seq` is dense from 1 within the conversation; `at` is ms since the epoch. */
export interface Fact extends NewFact {
  readonly seq: number;
  readonly at: number;
  readonly conversation_id: ConversationId;
  readonly run_id?: RunId;
}

/** Text of an open message, live only: addressed by `offset` (UTF-16 units of all delta text of the message before it). */
export interface Delta {
  readonly message_id: MessageId;
  readonly offset: number;
  readonly block: BlockKind;
  readonly text: string;
  readonly at: number;
  readonly conversation_id: ConversationId;
  readonly run_id?: RunId;
  readonly agent?: string;
  /** Of its message. */
  readonly step?: MessageStep;
}

/** `tool_execution_update`: what a tool says while it runs. Live only: no number, no cursor, not stored, not replayed. */
export interface ToolUpdate {
  readonly tool_call_id: string;
  readonly tool_name: string;
  /** JSON, as the tool gave it. */
  readonly partial: unknown;
  readonly at: number;
  readonly conversation_id: ConversationId;
  readonly run_id?: RunId;
}

/** The answer text of a message: its text blocks joined, without thinking and tool-call fragments. */
export function answerText(message: Pick<MessageEnd, 'text' | 'blocks'>): string {
  if (message.blocks === undefined) return message.text;
  let at = 0;
  let answer = '';
  for (const [block, length] of message.blocks) {
    if (block === 'text') answer += message.text.slice(at, at + length);
    at += length;
  }
  return answer;
}
