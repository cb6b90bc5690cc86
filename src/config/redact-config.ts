import type { ModelConfig, ParleyConfig } from './parley-config.js';
import type { KeyPath } from './problems.js';
import { nullRecord } from './schema/plain-value.js';
import { isSecretPath, MASK, maskForms } from './secrets.js';

/**
 * The effective configuration for people: in the form of the file (models, agents and MCP servers by name), every secret
 * as `***`. Fresh plain data.
 */
export function redactConfig(config: ParleyConfig): Readonly<Record<string, unknown>> {
  const { models, agents, mcp_servers, ...rest } = config;
  return {
    ...redactMap(rest, []),
    models: nullRecord(models.map((model) => [model.name, redactModel(model)] as const)),
    agents: nullRecord(agents.map(({ key, ...agent }) => [key, redactMap(agent, ['agents', key])] as const)),
    mcp_servers: nullRecord(
      mcp_servers.map(({ name, ...server }) => [name, redactMap(server, ['mcp_servers', name])] as const),
    ),
  };
}

/** One model as `redactConfig` shows it, in the words of the file. */
export function redactModel(model: ModelConfig): Readonly<Record<string, unknown>> {
  const { name, upstream_id, timeout_seconds, ...rest } = model;
  return { name: upstream_id, ...redactMap(rest, ['models', name]), timeout: timeout_seconds };
}

function redactMap(map: object, path: KeyPath): Record<string, unknown> {
  return nullRecord(Object.entries(map).map(([key, value]) => [key, redact(value, [...path, key])] as const));
}

function redact(value: unknown, path: KeyPath): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, index) => redact(item, [...path, index]));
  if (typeof value === 'object' && value !== null) return redactMap(value, path);
  // A number is no secret, whatever its name (`json_keys`): secrets are texts.
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (isSecretPath(path)) return MASK;
  // Prompts speak of keys and tokens: only what has the form of a secret is hidden.
  return typeof value === 'string' ? maskForms(value) : value;
}
