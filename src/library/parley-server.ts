import type { EpisodeLog } from '../core/multi-agent/episode-log.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import type { ModelResponse } from '../providers/workflow/model-response.js';
import type { GenerateOptions } from '../providers/workflow/request-handler.js';

/** An agent of a conversation, as in the body of `POST /conversations`. */
export interface AgentConfig {
  readonly name: string;
  readonly type?: 'llm' | 'human';
  readonly model?: string;
  readonly goal?: string;
  readonly background?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly instructions?: string;
  readonly speaking_id?: number;
}

/** A conversation to be held, as in the body of `POST /conversations`. */
export interface ConversationOptions {
  readonly agent_configs: readonly AgentConfig[];
  readonly scenario?: string;
  readonly background?: {
    readonly scenario: string;
    readonly agent_configs?: readonly { readonly name: string; readonly background?: string; readonly goal?: string }[];
  };
  readonly max_turns?: number;
  /** For agents without a model of their own; missing: the default model. */
  readonly model_name?: string;
  readonly action_order?: string;
  readonly speaking_order?: readonly number[];
  readonly enable_evaluation?: boolean;
  readonly evaluators?: readonly string[];
  readonly seed?: number;
}

/** A conversation that was held to its end. */
export interface FinishedConversation extends EpisodeLog {
  readonly conversation_id: string;
}

/** A model of the server. */
export interface ServerModel {
  readonly name: string;
  /** The provider itself: streams deltas. */
  readonly provider: ModelProvider;
  /** @throws ParleyError `upstream_*`, with a message that may be shown */
  generate(prompt: string, options?: GenerateOptions, signal?: AbortSignal): Promise<ModelResponse>;
}

/** A server inside this process, by `createServer`: with or without open doors. `await using` closes it. */
export interface ParleyServer extends AsyncDisposable {
  /** Names of the configured models. */
  readonly models: readonly string[];
  /** A configured model; without a name the default one. @throws ParleyError `not_found` naming what there is */
  model(name?: string): ServerModel;
  /**
   * Holds a conversation and gives its log when it is over. It is kept like any other: `GET /conversations/{id}` shows it.
   *
   * @param signal cancels it
   * @throws ParleyError `invalid_request` with every wrong field; when it fails, what made it fail; `aborted` when cancelled
   * @example
   * await using server = await createServer();
   * const log = await server.runConversation({ agent_configs: [{ name: 'Alice' }, { name: 'Bob' }], max_turns: 10 });
   */
  runConversation(options: ConversationOptions, signal?: AbortSignal): Promise<FinishedConversation>;
  /**
   * Opens the HTTP doors.
   *
   * @returns the base address
   * @throws ParleyError `config_invalid` when everybody could use it from another machine
   */
  listen(): Promise<string>;
  /** Ends what runs, or leaves it to the next start on the same data, and closes everything. Idempotent. */
  close(): Promise<void>;
}
