import { ParleyError } from '../core/kernel/parley-error.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import type { ModelSection } from './model-section.js';
import { PluginProvider, type ProviderPluginClass } from './plugin-provider.js';
import { buildProvider, PROVIDER_FACTORIES, type FactoryDeps } from './provider-catalogue.js';
import { UnavailableProvider } from './unavailable-provider.js';

/** The types of models there are: the built-in ones, and those that plugins register. */
export class ProviderTypes {
  readonly #plugins = new Map<string, ProviderPluginClass>();

  /** All types, built-in ones first. */
  get types(): readonly string[] {
    return [...Object.keys(PROVIDER_FACTORIES), ...this.#plugins.keys()];
  }

  /** @throws ParleyError `config_invalid` when the type is taken or has no name, or this is not a class */
  registerProvider(type: string, plugin: ProviderPluginClass): void {
    if (typeof type !== 'string' || type.trim() === '')
      throw new ParleyError('config_invalid', 'a model type needs a name');
    if (typeof plugin !== 'function')
      throw new ParleyError('config_invalid', `the model type "${type}" is not a class`);
    if (this.types.includes(type)) throw new ParleyError('config_invalid', `the model type "${type}" already exists`);
    this.#plugins.set(type, plugin);
  }

  /** Builds one configured model; one whose plugin does not take it throws. @throws ParleyError `config_invalid` */
  build(section: ModelSection, deps: FactoryDeps): ModelProvider {
    const plugin = this.#plugins.get(section.type);
    if (plugin === undefined) return buildProvider(section, deps);
    if (section.unavailable !== undefined)
      return new UnavailableProvider(section.name, section.unavailable, 'upstream_auth');
    return new PluginProvider(section, plugin);
  }
}
