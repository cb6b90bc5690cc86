import type { Price } from './price.js';

/** One configured model as its factory gets it: checked, defaults filled in, secrets resolved. */
export interface ModelSection {
  /** The configured key, unique. */
  readonly name: string;
  /** What the upstream calls the model. */
  readonly upstream_id: string;
  /** A `ProviderType`, or one that a plugin registered. */
  readonly type: string;
  readonly api_base?: string;
  readonly api_key?: string;
  /** Sent with every call to `api_base`, and nowhere else. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly temperature?: number;
  readonly max_tokens?: number;
  /** Longest wait for the first byte and between two; without it 30 s. */
  readonly timeout_seconds?: number;
  /** Tokens, prompt and answer together. */
  readonly context_window?: number;
  readonly price?: Price;
  /** Configured names, asked in this order when this one fails before its first delta. */
  readonly fallback_models?: readonly string[];
  /** Further body parameters, sent as they are. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Open: the workflow's handler or the plugin's class checks it. */
  readonly custom_config?: Readonly<Record<string, unknown>>;
  /** Azure only: the API version in the query. */
  readonly api_version?: string;
  /** Why this model cannot be used, found out while the configuration was read. Safe to show. */
  readonly unavailable?: string;
}
