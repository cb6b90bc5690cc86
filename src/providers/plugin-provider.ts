import { unlessAborted } from '../core/kernel/unless-aborted.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ModelDelta, ModelEnd, ModelHealth, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
import type { ModelSection } from './model-section.js';
import { billedUsage } from './shared/usage.js';

/** What a plugin's provider is built with: one entry of `models:`, checked, its secrets resolved. */
export type ProviderPluginConfig = Omit<ModelSection, 'unavailable'>;

/** A provider as plugins write it: the stream of the port; health follows from its traffic where it has none of its own. */
export type ProviderPlugin = Pick<ModelProvider, 'stream'> & Partial<Pick<ModelProvider, 'health' | 'check' | 'stop'>>;

/** A plugin class: built with the entry of its model. */
export type ProviderPluginClass = new (config: ProviderPluginConfig) => ProviderPlugin;

/** A plugin behind the port: whatever it does, the stream contract holds. */
export class PluginProvider implements ModelProvider {
  readonly name: string;
  readonly #plugin: ProviderPlugin;
  #health: ModelHealth = { healthy: true };

  /** @throws ParleyError `config_invalid` when the class cannot be built or asked */
  constructor(section: ModelSection, type: ProviderPluginClass) {
    this.name = section.name;
    const { unavailable: _unavailable, ...config } = section;
    this.#plugin = build(type, config);
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    const call = { open: true, fault: undefined as { readonly error: unknown } | undefined };
    const deliver = (delta: ModelDelta): void => {
      if (!call.open || signal.aborted || delta.text === '') return;
      try {
        onDelta(delta);
      } catch (error) {
        call.fault = { error };
        throw error;
      }
    };
    const end = await this.#ask(request, deliver, signal);
    call.open = false;
    // What the caller's own callback threw is the caller's.
    if (call.fault !== undefined) throw call.fault.error;
    if (end.type === 'done') this.#health = { healthy: true };
    else if (end.type === 'failed') this.#health = { healthy: false, last_error: end.message };
    return withCheckedUsage(end);
  }

  health(): ModelHealth {
    return this.#plugin.health?.() ?? this.#health;
  }

  async check(signal: AbortSignal): Promise<ModelHealth> {
    await this.#plugin.check?.(signal);
    return this.health();
  }

  async stop(): Promise<void> {
    await this.#plugin.stop?.();
  }

  async #ask(request: ModelRequest, deliver: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    const aborted = new ParleyError('aborted', 'the call was cancelled');
    try {
      const work = async (): Promise<ModelEnd> => this.#plugin.stream(request, deliver, signal);
      const end: unknown = await unlessAborted(work(), signal, () => aborted);
      if (isEnd(end)) return end;
      return this.#broken('ended its answer with something that is not an end', end);
    } catch (error) {
      if (signal.aborted || error === aborted) return { type: 'aborted' };
      return this.#broken('threw instead of saying what went wrong', error);
    }
  }

  #broken(what: string, cause: unknown): ModelEnd {
    const message = `The provider of model "${this.name}" ${what}.`;
    return { type: 'failed', code: 'upstream_invalid', message, retryable: false, cause };
  }
}

function build(type: ProviderPluginClass, config: ProviderPluginConfig): ProviderPlugin {
  let plugin: ProviderPlugin;
  try {
    plugin = new type(config);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('config_invalid', `its class "${type.name}" could not be built (${String(error)})`);
  }
  if (typeof plugin.stream === 'function') return plugin;
  throw new ParleyError('config_invalid', `its class "${type.name}" has no method "stream"`);
}

/** What a plugin counts is no more to be believed than what an upstream does. */
function withCheckedUsage(end: ModelEnd): ModelEnd {
  const { usage: given, ...rest } = end;
  const usage = billedUsage(given);
  if (usage === undefined) return rest;
  const cost = given?.cost ?? Number.NaN;
  return { ...rest, usage: { ...usage, ...(Number.isFinite(cost) && cost >= 0 ? { cost } : {}) } };
}

function isEnd(value: unknown): value is ModelEnd {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'aborted') return true;
  if (value.type === 'done') return 'tool_calls' in value && Array.isArray(value.tool_calls) && 'stop_reason' in value;
  return value.type === 'failed' && 'code' in value && 'message' in value && typeof value.message === 'string';
}
