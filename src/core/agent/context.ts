import type { ContentPart, ToolCall } from '../events/conversation-event.js';
import type { Clock } from '../ports/clock.js';
import type { IdSource } from '../ports/id-source.js';
import type { ClientResult, InputSource } from '../ports/input-source.js';
import type { ModelMessage, ModelProvider, ModelRequest } from '../ports/model-provider.js';
import type { RunLog } from '../ports/run-log.js';
import type { CheckArguments, Tool, ToolOutput } from '../ports/tool.js';
import type { AgentLimits, ClientTool } from './settings.js';
import type { AgentState } from './state.js';

/** A person's message that comes while a run is under way. */
export interface QueuedMessage {
  readonly text: string;
  readonly parts?: readonly ContentPart[];
}

/** Messages for a run that is under way. What is taken is written down at once. */
export interface MessageQueue {
  /** Those that the model is to see before it goes on. Asked at the start and after each turn. */
  takeSteering(): readonly QueuedMessage[];
  /** Those for when it would otherwise be done. */
  takeFollowUps(): readonly QueuedMessage[];
  /** Whether calls that were not begun yet are skipped, because of a message that waits. */
  skipsCalls(): boolean;
}

/** What a program may have a say in. None of it is called for what is refused anyway. A throw is as it says below. */
export interface AgentHooks {
  /** Keeps a call from running: the model is told why. A throw blocks it too. */
  beforeToolCall?(call: ToolCall, tool: Tool): Promise<{ readonly block: string } | undefined>;
  /** Replaces what came of a call. A throw is its result. */
  afterToolCall?(call: ToolCall, output: ToolOutput): Promise<ToolOutput | undefined>;
  /** Ends the run, as answered, after a turn. A throw fails the run. */
  shouldStopAfterTurn?(state: AgentState): Promise<boolean>;
  /** What the model is shown instead. A throw fails the run. */
  prepareMessages?(messages: readonly ModelMessage[]): Promise<readonly ModelMessage[]>;
}

/** What the agent loop works with. */
export interface AgentContext {
  /** Name in the facts. */
  readonly agent: string;
  readonly provider: ModelProvider;
  /** System message; absent: none. */
  readonly instructions?: string;
  /** Everything of a model call but its messages and tools. */
  readonly request: Omit<ModelRequest, 'messages' | 'tools'>;
  /** Tools that run here, by name. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Tools that the client runs. */
  readonly client_tools: readonly ClientTool[];
  readonly client_tool_mode: 'wait' | 'return';
  /** Calls of one answer at the same time, 1 or more. */
  readonly max_parallel_tools: number;
  /** ms a call may take. */
  readonly tool_call_ms: number;
  readonly max_tool_rounds: number;
  readonly allow_empty: boolean;
  readonly limits: AgentLimits;
  /** Tokens the model takes, prompt and answer together; absent: not known. */
  readonly context_window?: number;
  readonly checkArguments: CheckArguments;
  readonly results: InputSource<ClientResult>;
  readonly queue?: MessageQueue;
  readonly hooks?: AgentHooks;
  readonly log: RunLog;
  readonly ids: Pick<IdSource, 'message'>;
  readonly clock: Clock;
  /** Aborts model calls and tools at once. */
  readonly signal: AbortSignal;
  /** Whether to end, as cancelled, between two turns. */
  readonly stopRequested: () => boolean;
}
