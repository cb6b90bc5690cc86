import type {
  AssistantMessage,
  Message,
  ToolCallContent,
  ToolResultMessage,
} from '../../core/agent-messages/message.js';
import type { ModelProvider } from '../../core/ports/model-provider.js';
import type { AgentMessage } from './agent-message.js';
import type { AgentState } from './agent-state.js';
import type { AgentTool, AgentToolResult } from './agent-tool.js';
import type { ModelInput } from './model.js';
import type { Context, StreamFn } from './stream-event.js';
import type { ThinkingBudgets, ThinkingLevel } from './thinking.js';

type Eventually<Value> = Value | Promise<Value>;

/** How many of the messages that wait are taken at a time. */
export type QueueMode = 'one-at-a-time' | 'all';

/** A call that is about to be run. */
export interface ToolCallMoment {
  readonly toolCall: ToolCallContent;
  readonly tool: AgentTool;
  readonly args: Readonly<Record<string, unknown>>;
  /** The answer it is part of. */
  readonly message: AssistantMessage;
  readonly signal: AbortSignal;
}

/** A call that was run. */
export interface ToolResultMoment extends ToolCallMoment {
  readonly result: AgentToolResult;
  readonly isError: boolean;
}

/** A turn that is over. */
export interface TurnMoment {
  readonly message: AssistantMessage;
  readonly toolResults: readonly ToolResultMessage[];
  readonly context: Context;
  /** All messages of this run so far. */
  readonly newMessages: readonly AgentMessage[];
}

/** What a program may have a say in. */
export interface AgentHooks {
  /** Keeps a call from running; the model is told the reason. A throw blocks it too. */
  readonly beforeToolCall?: (
    call: ToolCallMoment,
  ) => Eventually<{ readonly block?: boolean; readonly reason?: string } | undefined>;
  /** Replaces what came of a call, field by field. A throw is its result. */
  readonly afterToolCall?: (call: ToolResultMoment) => Eventually<Partial<AgentToolResult> | undefined>;
  /** Ends the run cleanly after a turn. A throw fails the run. */
  readonly shouldStopAfterTurn?: (turn: TurnMoment) => Eventually<boolean>;
  /** Changes what is shown of the history before each model call, to shorten it, say. A throw fails the call. */
  readonly transformContext?: (
    messages: readonly AgentMessage[],
    signal: AbortSignal,
  ) => Eventually<readonly AgentMessage[]>;
  /** Turns the history into messages that models know. Default: leaves out all others. */
  readonly convertToLlm?: (messages: readonly AgentMessage[]) => Eventually<readonly Message[]>;
  /** The key for the next call, where keys expire. undefined: as without it. */
  readonly getApiKey?: (provider: string) => Eventually<string | undefined>;
}

/** How an agent is made. */
export interface AgentOptions extends AgentHooks {
  /** Asks the model. Missing: the provider that `model` names. */
  readonly streamFn?: StreamFn;
  /** A model by its name, or a provider of the program's own. */
  readonly model?: ModelInput | ModelProvider;
  readonly systemPrompt?: string;
  readonly tools?: readonly AgentTool[];
  /** What was said before. */
  readonly messages?: readonly AgentMessage[];
  readonly thinkingLevel?: ThinkingLevel;
  readonly thinkingBudgets?: ThinkingBudgets;
  readonly temperature?: number;
  /** Tokens of an answer. */
  readonly maxTokens?: number;
  /**
   * Marks what people said as the end of what the provider may keep of the prompt, and read for less in the next call
   * (`cache_control` of Anthropic's models, also through OpenRouter). Default false.
   */
  readonly enablePromptCaching?: boolean;
  /** Given to the provider with every call: it may keep what such calls share. */
  readonly sessionId?: string;
  /** The same in the words of the state; what is given beside it counts. */
  readonly initialState?: Partial<
    Pick<AgentState, 'system_prompt' | 'model' | 'thinking_level' | 'tools' | 'messages'>
  >;
  /** Default: one at a time. */
  readonly steeringMode?: QueueMode;
  /** Default: one at a time. */
  readonly followUpMode?: QueueMode;
  /** Whether calls that were not begun are skipped when a steering message waits. Default false. */
  readonly skipToolsOnSteering?: boolean;
  /** Default: parallel. */
  readonly toolExecution?: 'parallel' | 'sequential';
  /** Calls of one answer that run at the same time. Default: all. */
  readonly maxParallelTools?: number;
  /** How long a call may take, ms. Default: any time. */
  readonly toolTimeoutMs?: number;
  /** Answers with tool calls in one run; one more fails it. Default: any number. */
  readonly maxToolRounds?: number;
  /** Told of what a listener threw. Default: a warning of the process. */
  readonly onListenerError?: (error: unknown) => void;
}
