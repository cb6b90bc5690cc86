import type { ModelResponse } from './model-response.js';
import type { WorkflowConfig } from './request-handler.js';

/** Reads the raw answer of a request handler. Built once for a model, with its `custom_config`. */
export abstract class ResponseParser {
  constructor(readonly config: WorkflowConfig = {}) {}

  /** What it throws fails the call. */
  abstract parse(raw: unknown): ModelResponse | Promise<ModelResponse>;
}

/** A parser's class, under the name it is registered by. */
export type ResponseParserClass = new (config: WorkflowConfig) => Pick<ResponseParser, 'parse'>;
