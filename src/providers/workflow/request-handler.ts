import type { ModelMessage } from '../../core/ports/model-provider.js';
import type { JsonRecord } from '../shared/json.js';

/** `custom_config` of a workflow model as the file has it: open, whoever reads a key checks it. */
export type WorkflowConfig = JsonRecord;

/** What a call is asked with beside its prompt. Only what was asked for or configured is there. */
export interface GenerateOptions {
  readonly temperature?: number;
  readonly max_tokens?: number;
  /** How many candidates a handler that chooses asks for. */
  readonly num_candidates?: number;
  /** Further parameters of the model or the caller. */
  readonly [parameter: string]: unknown;
}

/** What a handler works with in one call. */
export interface WorkflowContext {
  /** The configured name of the model. */
  readonly model: string;
  /** What the prompt was made of. */
  readonly messages: readonly ModelMessage[];
  /** Aborts when the call is over: cancelled, or out of time. */
  readonly signal: AbortSignal;
  /**
   * Posts JSON and gives the JSON object of the answer. The configured headers go to the origins that `custom_config` names,
   * and to no other; redirects are not followed.
   *
   * @throws ParleyError `upstream_*` for any status but 2xx, for what is no JSON object, and when the call is over
   */
  post(url: string, body: JsonRecord): Promise<JsonRecord>;
}

/**
 * Asks whatever stands behind a workflow model. Built once for a model, with its `custom_config`; may throw then, which is
 * said at the start, and when it processes, which fails the call.
 */
export abstract class RequestHandler {
  constructor(readonly config: WorkflowConfig = {}) {}

  /** @returns a raw answer, which the parser understands */
  abstract process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<unknown>;
}

/** A handler's class, under the name it is registered by. */
export type RequestHandlerClass = new (config: WorkflowConfig) => Pick<RequestHandler, 'process'>;
