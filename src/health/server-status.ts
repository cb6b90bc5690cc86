import type { RunSupervisor } from '../conversations/run-supervisor.js';
import type { Models } from '../core/ports/models.js';
import type { Clock } from '../core/ports/clock.js';
import { VERSION } from '../runtime/version.js';

export interface ServerStatusDeps {
  readonly clock: Clock;
  readonly supervisor: RunSupervisor;
  readonly models: Models;
  /** Connections that are open now. */
  readonly connections: () => number;
  readonly tools: () => readonly string[];
  readonly max_turns: number;
  readonly evaluators: readonly string[];
}

/** The overview of GET /health: what this server is, and how it is. */
export class ServerStatus {
  readonly #started: number;

  constructor(private readonly deps: ServerStatusDeps) {
    this.#started = deps.clock.now();
  }

  overview(): Readonly<Record<string, unknown>> {
    const { models, supervisor } = this.deps;
    const names = models.names();
    const well = names.some((name) => models.get(name)?.health().healthy === true);
    return {
      status: supervisor.draining ? 'shutting_down' : well ? 'healthy' : 'degraded',
      version: VERSION,
      uptime_seconds: Math.round((this.deps.clock.now() - this.#started) / 100) / 10,
      active_connections: this.deps.connections(),
      available_tools: this.deps.tools(),
      server_config: {
        models: names,
        default_model: models.default_model,
        max_turns: this.deps.max_turns,
        evaluators: this.deps.evaluators,
      },
    };
  }
}
