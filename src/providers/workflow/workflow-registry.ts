import { ParleyError } from '../../core/kernel/parley-error.js';
import { thereIs } from '../../core/kernel/there-is.js';
import { invalidWorkflow } from './config-reader.js';
import { DefaultRequestHandler, DefaultResponseParser } from './default-workflow.js';
import { EnsembleRequestHandler, EnsembleResponseParser } from './ensemble.js';
import { PostProcessingRequestHandler, PostProcessingResponseParser } from './post-processing.js';
import type { RequestHandler, RequestHandlerClass, WorkflowConfig } from './request-handler.js';
import type { ResponseParser, ResponseParserClass } from './response-parser.js';
import { SftRewardRequestHandler, SftRewardResponseParser } from './sft-reward.js';

/** How one model is asked and its answers are read. */
export interface Workflow {
  readonly handler: Pick<RequestHandler, 'process'>;
  readonly parser: Pick<ResponseParser, 'parse'>;
  /** For messages: `request handler "default"`. */
  readonly handler_name: string;
  readonly parser_name: string;
}

const HANDLERS: Readonly<Record<string, RequestHandlerClass>> = {
  default: DefaultRequestHandler,
  sft_reward: SftRewardRequestHandler,
  ensemble: EnsembleRequestHandler,
  post_processing: PostProcessingRequestHandler,
};
const PARSERS: Readonly<Record<string, ResponseParserClass>> = {
  default: DefaultResponseParser,
  sft_reward: SftRewardResponseParser,
  ensemble: EnsembleResponseParser,
  post_processing: PostProcessingResponseParser,
};

/** The request handlers and response parsers there are: the built-in ones, and those that plugins register. */
export class WorkflowRegistry {
  readonly #handlers = new Map<string, RequestHandlerClass>(Object.entries(HANDLERS));
  readonly #parsers = new Map<string, ResponseParserClass>(Object.entries(PARSERS));

  get handlers(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  get parsers(): readonly string[] {
    return [...this.#parsers.keys()];
  }

  /** A registry of its own with the same names, so that what is added to one is not in the other. */
  copy(): WorkflowRegistry {
    const copy = new WorkflowRegistry();
    for (const [name, handler] of this.#handlers) copy.#handlers.set(name, handler);
    for (const [name, parser] of this.#parsers) copy.#parsers.set(name, parser);
    return copy;
  }

  /** @throws ParleyError `config_invalid` when the name is taken or empty, or this is not a class */
  registerRequestHandler(name: string, handler: RequestHandlerClass): void {
    add(this.#handlers, 'request handler', name, handler);
  }

  /** @throws like `registerRequestHandler` */
  registerResponseParser(name: string, parser: ResponseParserClass): void {
    add(this.#parsers, 'response parser', name, parser);
  }

  /**
   * Builds what `custom_config` names. A handler without a parser goes with the parser of its own name, if there is one.
   *
   * @throws ParleyError `config_invalid` with problems whose pointers start at the model
   */
  build(config: WorkflowConfig): Workflow {
    const handler_name = nameUnder(config, 'request_handler') ?? 'default';
    const own = this.#parsers.has(handler_name) ? handler_name : 'default';
    const parser_name = nameUnder(config, 'response_parser') ?? own;
    const handler = find(this.#handlers, 'request_handler', handler_name);
    const parser = find(this.#parsers, 'response_parser', parser_name);
    return {
      handler: construct(handler, config, { pointer: '/custom_config/request_handler', method: 'process' }),
      parser: construct(parser, config, { pointer: '/custom_config/response_parser', method: 'parse' }),
      handler_name: `request handler "${handler_name}"`,
      parser_name: `response parser "${parser_name}"`,
    };
  }
}

function add<T>(registry: Map<string, T>, what: string, name: string, given: T): void {
  if (typeof name !== 'string' || name.trim() === '') throw new ParleyError('config_invalid', `a ${what} needs a name`);
  if (typeof given !== 'function') throw new ParleyError('config_invalid', `the ${what} "${name}" is not a class`);
  if (registry.has(name)) throw new ParleyError('config_invalid', `the ${what} "${name}" already exists`);
  registry.set(name, given);
}

function nameUnder(config: WorkflowConfig, key: string): string | undefined {
  const value = config[key] ?? undefined;
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw invalidWorkflow([{ pointer: `/custom_config/${key}`, message: 'must be a name' }]);
}

function find<T>(registry: ReadonlyMap<string, T>, key: string, name: string): T {
  const found = registry.get(name);
  if (found !== undefined) return found;
  const message = `is not known (${thereIs([...registry.keys()])}; got ${JSON.stringify(name)})`;
  throw invalidWorkflow([{ pointer: `/custom_config/${key}`, message }]);
}

function construct<T extends object>(
  type: new (config: WorkflowConfig) => T,
  config: WorkflowConfig,
  { pointer, method }: { readonly pointer: string; readonly method: string },
): T {
  let built: T;
  try {
    built = new type(config);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    // Said at the start, to whoever installed it.
    throw invalidWorkflow([{ pointer, message: `its class "${type.name}" could not be built (${String(error)})` }]);
  }
  if (typeof Reflect.get(built, method) === 'function') return built;
  throw invalidWorkflow([{ pointer, message: `its class "${type.name}" has no method "${method}"` }]);
}
