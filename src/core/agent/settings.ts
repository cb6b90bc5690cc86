import type { ModelMessage, ModelRequest, ToolSpec } from '../ports/model-provider.js';
import type { AgentSpec } from './agent-spec.js';

/** A tool that a client runs. */
export interface ClientTool extends ToolSpec {
  /** What the client calls it, where that is no name that a model may be told. */
  readonly client_name?: string;
}

/** What a chat conversation (`chat`), or the session of a JSON-RPC client (`session`), was created with. Stored. */
export interface ChatSettings {
  readonly kind: 'chat' | 'session';
  /** Key of the agent it was begun with. */
  readonly agent: string;
  /** Tools that the client of a session runs, unless a run brings others. */
  readonly client_tools?: readonly ClientTool[];
}

/** Sampling a caller asked for; what is left out is the model's configuration. */
export type Sampling = Pick<ModelRequest, 'temperature' | 'top_p' | 'max_tokens' | 'seed' | 'parameters'>;

/** How often and how an answer is to be improved (draft, then passes of review and revision). */
export interface ImprovementSettings {
  /** Passes after the draft, 1 or more. */
  readonly passes: number;
  /** Whether all phases are shown, or only the final answer. */
  readonly intermediate_steps: boolean;
  /** System message of the reviewer; absent: the built-in one. */
  readonly reviser?: string;
}

/** What one run of a chat or session was asked for. Stored with its `run_start`, so that it can be taken up again. */
export interface ChatRunSettings {
  /** As it was when the run began. */
  readonly agent: AgentSpec;
  /** Configured name of the model. */
  readonly model: string;
  /** Another model of the same upstream: the environment's provider takes names that nobody configured. */
  readonly upstream_id?: string;
  /** Instead of the agent's instructions. */
  readonly instructions?: string;
  /** Instead of what was said before in the conversation: given by the client, so not to be trusted as ours. */
  readonly history?: readonly ModelMessage[];
  /** false: tool calls of an answer run one after the other. */
  readonly parallel_tools: boolean;
  /** Tools that the client runs. */
  readonly client_tools?: readonly ClientTool[];
  /** `wait`: the run waits for their results; `return`: it ends with the calls as its answer. */
  readonly client_tool_mode?: 'wait' | 'return';
  /** For the first answer: a model that was made to call a tool answers with what came of it. */
  readonly tool_choice?: NonNullable<ModelRequest['tool_choice']>;
  readonly sampling?: Sampling;
  readonly improvement?: ImprovementSettings;
  /** An answer without text and tool calls is an answer, as OpenAI's clients expect. */
  readonly allow_empty?: boolean;
}

/** Bounds of an agent run. Sizes in UTF-16 units, times in ms. */
export interface AgentLimits {
  /** Calls of one answer that are taken; the others are refused by name. */
  readonly calls_per_message: number;
  /** A longer tool result is cut, with a mark. */
  readonly tool_result_chars: number;
  /** How long a client has for the result of its tool. */
  readonly client_tool_ms: number;
  /** Messages of history that a model is shown. */
  readonly history_messages: number;
}
