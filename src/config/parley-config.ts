import type { LogLevel } from './schema/logging.section.js';
import type { ActionOrder, ActionType } from './schema/root.section.js';

/**
 * The effective configuration: checked, defaults filled in, secrets resolved, deeply frozen plain data. Names are those
 * of the file, except where a unit or a meaning had to be said.
 */
export interface EffectiveConfig {
  readonly server: ServerConfig;
  readonly auth: AuthConfig;
  readonly azure: AzureConfig;
  /** In the order of the file; never empty. */
  readonly models: readonly ModelConfig[];
  /** Name of one of `models`. */
  readonly default_model: string;
  /** Name of the model that the environment defines, when the file names none: it takes model names that nobody configured. */
  readonly environment_model?: string;
  readonly agents: readonly AgentConfig[];
  /** In the order of the file, disabled ones too. */
  readonly evaluators: readonly EvaluatorConfig[];
  readonly system_prompts: Readonly<Record<string, string>>;
  readonly mcp_servers: readonly McpServerConfig[];
  /** Absolute paths of modules, or names of packages. */
  readonly plugins: readonly string[];
  readonly max_turns: number;
  readonly action_order: ActionOrder;
  readonly speaking_order: readonly number[];
  readonly available_action_types: readonly ActionType[];
  readonly storage: StorageConfig;
  readonly limits: LimitsConfig;
  readonly logging: LoggingConfig;
  readonly metrics: MetricsConfig;
  readonly docs: DocsConfig;
  /** Absolute path of the folder for everything that is kept. */
  readonly data_dir: string;
  /** Absolute path of the folder of local models. */
  readonly models_dir: string;
  readonly improvement_passes: number;
}

// oxlint-disable-next-line typescript/no-extraneous-class -- never constructed: the value is plain data
const token: unknown = class ParleyConfigToken {};

/** What the configuration is injected by. There are no instances of it. */
export const ParleyConfig = token as abstract new () => EffectiveConfig;
export type ParleyConfig = EffectiveConfig;

export interface ServerConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Empty, or begins with `/` and does not end with it. */
  readonly base_path: string;
  /** Without a path or slash at the end; `*`: every origin; empty: the same host and loopback. */
  readonly cors_origins: readonly string[];
}

export interface AuthConfig {
  /** Of `PARLEY_API_KEYS`, then `server.api_key`, then the file. */
  readonly keys: readonly ClientKeyConfig[];
  /** Absolute path. */
  readonly keys_file?: string;
  readonly allow_anonymous: boolean;
  readonly allow_query_key: boolean;
}

/** Exactly one of `key` and `secret` is there. */
export interface ClientKeyConfig {
  readonly name: string;
  readonly key?: string;
  /** Name of a Key Vault secret. */
  readonly secret?: string;
  readonly scopes?: readonly ('chat' | 'admin')[];
  /** RFC 3339, UTC. */
  readonly expires?: string;
}

export interface AzureConfig {
  readonly key_vault_url?: string;
  /** The secret that holds the client key named `default`. */
  readonly api_key_secret_name?: string;
  /** All secrets whose names begin with it hold client keys, named by what follows it. */
  readonly api_key_secret_prefix?: string;
  readonly refresh_seconds: number;
}

export interface ModelConfig {
  /** The key under `models:`, unique. */
  readonly name: string;
  /** What the upstream calls the model; for `local` a path, a name in `models_dir`, or an `hf:` address. */
  readonly upstream_id: string;
  /** A `ProviderType`; with plugins also any other word: whether one registered it is known when they are loaded. */
  readonly type: string;
  /** Without a slash at the end; missing for `workflow`, `local` and `demo`. */
  readonly api_base?: string;
  readonly api_key?: string;
  /** Name of a Key Vault secret that holds the key; instead of `api_key` until the secret is read. */
  readonly api_key_secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly temperature: number;
  readonly max_tokens?: number;
  readonly timeout_seconds: number;
  /** Tokens. */
  readonly context_window?: number;
  /** Names of other models, in the order they are asked. */
  readonly fallback_models: readonly string[];
  /** Open: passed to the upstream, or to the local model. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** For a million tokens. */
  readonly price?: PriceConfig;
  /** Open: the workflow handler checks it. */
  readonly custom_config?: Readonly<Record<string, unknown>>;
  /** `local` only: `auto`, `cpu`, `cuda`, `cuda:N`, `vulkan`, `metal`. */
  readonly device?: string;
  /** `azure` only. */
  readonly api_version?: string;
  /** Why it cannot be used (`OPENAI_API_KEY is not set`). Safe to show. */
  readonly unavailable?: string;
}

export interface PriceConfig {
  readonly input?: number;
  readonly output?: number;
  readonly cache_read?: number;
  readonly cache_write?: number;
}

export interface AgentConfig {
  /** The key under `agents:`, unique. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly instructions?: string;
  /** Name of a model; missing: the default model. */
  readonly model?: string;
  /** Names; missing: the tools every agent has. */
  readonly tools?: readonly string[];
  readonly max_parallel_tools: number;
  /** Seconds. */
  readonly tool_call_timeout: number;
  readonly max_tool_rounds: number;
}

export interface EvaluatorConfig {
  /** Its type; the second of a type is `llm_2`. Unique. */
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  /** Name of a model; missing: the default model. */
  readonly model?: string;
  /** Open: the evaluator checks it. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Either a process (`command`) or an address (`url`). */
export interface McpServerConfig {
  readonly name: string;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StorageConfig {
  readonly type: 'sqlite' | 'memory';
  /** Missing: kept for ever. */
  readonly retention_days?: number;
  /** Bytes. */
  readonly max_size?: number;
}

/** Sizes in bytes, times in seconds. */
export interface LimitsConfig {
  readonly body_bytes: number;
  readonly message_bytes: number;
  readonly history_messages: number;
  readonly json_depth: number;
  readonly json_nodes: number;
  readonly json_keys: number;
  readonly socket_frame_bytes: number;
  readonly socket_frames_per_second: number;
  readonly socket_fragments: number;
  readonly sockets_per_key: number;
  readonly streams_per_key: number;
  readonly requests_per_minute: number;
  readonly wrong_keys_per_minute: number;
  readonly running_runs_per_key: number;
  readonly active_runs: number;
  readonly agents: number;
  readonly agents_per_key: number;
  readonly turns: number;
  readonly answer_bytes: number;
  readonly upstream_line_bytes: number;
  readonly tool_result_bytes: number;
  readonly tools_at_once: number;
  readonly tool_calls_per_message: number;
  readonly tool_rounds: number;
  readonly tool_seconds: number;
  readonly client_tool_seconds: number;
  readonly session_idle_seconds: number;
  readonly human_turn_seconds: number;
  readonly run_seconds: number;
  readonly multi_agent_run_seconds: number;
  readonly open_text_bytes: number;
}

export interface LoggingConfig {
  readonly level: LogLevel;
  /** `auto` (pretty in a terminal, else JSON lines), `json`, `pretty`, or a Python %-format. */
  readonly format: string;
  /** Absolute path. */
  readonly file_path?: string;
  /** Bytes; a file that reaches it is put aside. */
  readonly max_file_size: number;
  /** Files kept besides the current one. */
  readonly backup_count: number;
  readonly contents: boolean;
}

export interface MetricsConfig {
  /** Of the management port; 0: none. */
  readonly port: number;
  /** The port was named, not taken by default: it has to be free. */
  readonly port_given: boolean;
  readonly on_main_port: boolean;
}

export interface DocsConfig {
  readonly enabled: boolean;
}
