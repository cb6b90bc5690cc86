import { createUpstreamAgent } from '../../../src/providers/shared/upstream-agent.js';
import type { WorkflowConfig } from '../../../src/providers/workflow/request-handler.js';
import {
  WorkflowProvider,
  type WorkflowDeps,
  type WorkflowOptions,
} from '../../../src/providers/workflow/workflow-provider.js';
import { SystemClock } from '../../../src/runtime/system-clock.js';
import { JsonUpstream } from '../../support/json-upstream.js';

/** The key in the configured headers, to be looked for where it must not be. */
export const WORKFLOW_KEY = 'Bearer sk-canary-77aa01';

/** Workflow providers in front of a JSON service, over real HTTP, with short waits. */
export class WorkflowProviders {
  readonly #dispatcher = createUpstreamAgent(1000);

  private constructor(readonly upstream: JsonUpstream) {}

  static async start(): Promise<WorkflowProviders> {
    return new WorkflowProviders(await JsonUpstream.start());
  }

  provider(
    config: WorkflowConfig,
    options: Partial<WorkflowOptions> = {},
    deps: Partial<WorkflowDeps> = {},
  ): WorkflowProvider {
    return new WorkflowProvider(
      { name: 'tested', custom_config: { headers: { Authorization: WORKFLOW_KEY }, ...config }, ...options },
      {
        clock: new SystemClock(),
        random: () => 0.5,
        dispatcher: this.#dispatcher,
        retry: { baseMs: 2, capMs: 8 },
        ...deps,
      },
    );
  }

  async stop(): Promise<void> {
    await this.#dispatcher.destroy();
    await this.upstream.close();
  }
}
