import type { ModelInfo } from '../core/ports/models.js';
import { compatibleType } from './compatible-types.js';
import type { ModelSection } from './model-section.js';

/** What may be shown of a configured model: no key, no header, of open parameters only numbers and switches. */
export function describeModel(section: ModelSection): ModelInfo {
  const base = section.api_base ?? compatibleType(section.type).base;
  const url = base === undefined ? null : URL.parse(base);
  const open = Object.entries(section.parameters ?? {}).filter(([, value]) =>
    ['number', 'boolean'].includes(typeof value),
  );
  const config = {
    api_base: url === null ? undefined : `${url.origin}${url.pathname.replace(/\/$/, '')}`,
    temperature: section.temperature,
    max_tokens: section.max_tokens,
    timeout: section.timeout_seconds,
    context_window: section.context_window,
    price: section.price,
    request_handler:
      section.type === 'workflow' ? (section.custom_config?.['request_handler'] ?? 'default') : undefined,
    fallback_models: section.fallback_models,
    parameters: open.length === 0 ? undefined : Object.fromEntries(open),
  };
  const known = Object.entries(config).filter(([, value]) => value !== undefined);
  const { upstream_id, type, context_window } = section;
  const window = context_window === undefined ? {} : { context_window };
  return { upstream_id, type, ...window, config: Object.fromEntries(known) };
}
