import type { ModelProvider } from './model-provider.js';

/** A configured model as it may be shown: no secrets. */
export interface ModelInfo {
  /** Tokens that fit into one call, prompt and answer together; absent: not known. */
  readonly context_window?: number;
  /** What the upstream calls it. */
  readonly upstream_id: string;
  readonly type: string;
  /** Effective settings: base, sampling, limits. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The configured models by name. */
export interface Models {
  readonly default_model: string;
  /** The model whose upstream takes names that nobody configured, as `ModelRequest.upstream_id`; absent: unknown names are refused. */
  readonly environment_model?: string;
  names(): readonly string[];
  get(name: string): ModelProvider | undefined;
  describe(name: string): ModelInfo | undefined;
}
