import { resolve } from 'node:path';
import type { LimitsConfig, LoggingConfig, MetricsConfig, ServerConfig, StorageConfig } from '../parley-config.js';
import { plainCopy } from '../schema/plain-value.js';
import { logLevel } from '../schema/logging.section.js';
import { requestsPerMinute } from '../schema/server.section.js';
import { parseSize } from '../schema/size.js';
import { nodeAt } from '../yaml/config-node.js';
import { refuse, warn, type Resolution } from './resolution.js';

const USUAL_REQUESTS_PER_MINUTE = 600;

export function resolveServer(resolution: Resolution): ServerConfig {
  const { host, port, base_path, cors_origins, workers, reload } = resolution.root.server;
  if (workers !== undefined && workers > 1)
    warn(resolution, ['server', 'workers'], 'has no effect: one process serves');
  if (reload === true) warn(resolution, ['server', 'reload'], 'has no effect: restart the server after a change');
  if (resolution.root.sync_mode === true) warn(resolution, ['sync_mode'], 'has no effect');
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    base_path: base_path.replace(/\/$/, ''),
    cors_origins: cors_origins.map((origin) => origin.replace(/\/$/, '')),
  };
}

/** Sizes in bytes. `server.rate_limit` is document 1's name of `requests_per_minute`. */
export function resolveLimits(resolution: Resolution): LimitsConfig {
  const { limits, server, max_turns } = resolution.root;
  if (max_turns > limits.turns) refuse(resolution, ['max_turns'], `is more than limits.turns (${limits.turns}) allows`);
  const rate = server.rate_limit === undefined ? undefined : requestsPerMinute(server.rate_limit);
  return {
    ...plainCopy(limits),
    requests_per_minute: limits.requests_per_minute ?? rate ?? USUAL_REQUESTS_PER_MINUTE,
    body_bytes: bytes(limits.body_bytes),
    message_bytes: bytes(limits.message_bytes),
    socket_frame_bytes: bytes(limits.socket_frame_bytes),
    answer_bytes: bytes(limits.answer_bytes),
    upstream_line_bytes: bytes(limits.upstream_line_bytes),
    tool_result_bytes: bytes(limits.tool_result_bytes),
    open_text_bytes: bytes(limits.open_text_bytes),
  };
}

export function resolveLogging({ root, cwd }: Resolution): LoggingConfig {
  const { level, format, file_path, max_file_size, backup_count, contents } = root.logging;
  return {
    level: logLevel(level) ?? 'info',
    format,
    ...(file_path === undefined ? {} : { file_path: resolve(cwd, file_path) }),
    max_file_size: bytes(max_file_size),
    backup_count,
    contents,
  };
}

/** Document 1's `enable_metrics: false` closes the port, unless a variable or flag opens it. */
export function resolveMetrics({ root, tree }: Resolution): MetricsConfig {
  const port = nodeAt(tree, ['metrics', 'port']);
  const replaced = port !== undefined && 'name' in port.place;
  const port_given = port !== undefined;
  return {
    ...plainCopy(root.metrics),
    port_given,
    port: root.enable_metrics === false && !replaced ? 0 : root.metrics.port,
  };
}

export function resolveStorage({ root }: Resolution): StorageConfig {
  const { type, retention_days, max_size } = root.storage;
  return {
    type,
    ...(retention_days === undefined ? {} : { retention_days }),
    ...(max_size === undefined ? {} : { max_size: bytes(max_size) }),
  };
}

/** The rule of the section has checked it already. */
function bytes(size: number | string): number {
  return parseSize(size) ?? 0;
}
