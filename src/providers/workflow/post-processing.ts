import { isRecord, type JsonRecord } from '../shared/json.js';
import { requireAddress } from './config-reader.js';
import { promptBody, textUnder } from './default-workflow.js';
import { ModelResponse } from './model-response.js';
import { RequestHandler, type GenerateOptions, type WorkflowConfig, type WorkflowContext } from './request-handler.js';
import { ResponseParser } from './response-parser.js';
import { emptyAnswer, unusable } from './workflow-failure.js';

/** `post_processing`: a text from `endpoint`, then `{text}` to `post_process_endpoint`, which corrects it. */
export class PostProcessingRequestHandler extends RequestHandler {
  readonly #base: string;
  readonly #post: string;

  constructor(config: WorkflowConfig) {
    super(config);
    this.#base = requireAddress(config, 'endpoint', 'base_endpoint');
    this.#post = requireAddress(config, 'post_process_endpoint', 'post_processing_endpoint');
  }

  async process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<JsonRecord> {
    const original = textUnder(await context.post(this.#base, promptBody(prompt, options)));
    if (original === undefined) throw emptyAnswer();
    const processed = await context.post(this.#post, { text: original });
    const corrections = Array.isArray(processed['corrections']) ? processed['corrections'] : [];
    return { original, processed: textUnder(processed) ?? '', corrections };
  }
}

/** `post_processing`: the processed text. What was not processed is never shown: the step may be a filter. */
export class PostProcessingResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    if (!isRecord(raw) || typeof raw['processed'] !== 'string') throw unusable('gave no processed text', raw);
    return new ModelResponse({
      content: raw['processed'],
      model: 'workflow',
      metadata: {
        original: raw['original'],
        corrections: raw['corrections'],
        provider: 'workflow_post_processing',
      },
    });
  }
}
