import type { RequestHandlerClass } from '../providers/workflow/request-handler.js';
import type { ResponseParserClass } from '../providers/workflow/response-parser.js';
import {
  WorkflowProvider as Provider,
  type WorkflowDeps,
  type WorkflowOptions,
} from '../providers/workflow/workflow-provider.js';
import { WorkflowRegistry } from '../providers/workflow/workflow-registry.js';
import { createUpstreamAgent } from '../providers/shared/upstream-agent.js';
import { SystemClock } from '../runtime/system-clock.js';

/** What the program registered by class. Servers and providers made later have a copy of it; nothing else reads it. */
const registered = new WorkflowRegistry();

/**
 * A workflow model without a server, with the registration by class that the document shows. It keeps connections open:
 * `stop()` closes them.
 *
 * @example
 * WorkflowProvider.registerRequestHandler('my_custom', MyCustomRequestHandler);
 * const provider = new WorkflowProvider({ name: 'm', custom_config: { request_handler: 'my_custom', endpoint } });
 * const { content } = await provider.generate('Hello world');
 */
export class WorkflowProvider extends Provider {
  readonly #close: () => Promise<void>;

  /** @throws ParleyError `config_invalid` for an unknown handler or parser, or what these refuse */
  constructor(options: WorkflowOptions, deps: Partial<WorkflowDeps> = {}) {
    const dispatcher = deps.dispatcher ?? createUpstreamAgent();
    super(options, {
      clock: new SystemClock(),
      random: Math.random,
      registry: WorkflowProvider.registry(),
      ...deps,
      dispatcher,
    });
    this.#close = deps.dispatcher === undefined ? () => dispatcher.destroy() : () => Promise.resolve();
  }

  /** For this process: servers and providers that are made after it know the name. @throws ParleyError `config_invalid` */
  static registerRequestHandler(name: string, handler: RequestHandlerClass): void {
    registered.registerRequestHandler(name, handler);
  }

  /** Like `registerRequestHandler`. @throws ParleyError `config_invalid` */
  static registerResponseParser(name: string, parser: ResponseParserClass): void {
    registered.registerResponseParser(name, parser);
  }

  /** The built-in handlers and parsers with what was registered so far. */
  static registry(): WorkflowRegistry {
    return registered.copy();
  }

  async stop(): Promise<void> {
    await this.#close();
  }
}
