import { RequestHandler } from 'parley/plugins';

/**
 * Asks a service that wants its prompt under a name of its own.
 *
 *     models:
 *       mine:
 *         name: mine
 *         type: workflow
 *         custom_config: {request_handler: keyword, endpoint: "https://example.org/generate", keyword: question}
 */
export class KeywordRequestHandler extends RequestHandler {
  /** @param {Readonly<Record<string, unknown>>} config */
  constructor(config) {
    super(config);
    this.endpoint = String(config.endpoint ?? '');
    if (!URL.canParse(this.endpoint)) throw new TypeError('endpoint must be an address');
    this.keyword = String(config.keyword ?? 'question');
  }

  /**
   * @param {string} prompt
   * @param {import('parley/plugins').GenerateOptions} options
   * @param {import('parley/plugins').WorkflowContext} context
   */
  async process(prompt, options, context) {
    // Statuses, limits, the configured headers and the end of the call are seen to there.
    return context.post(this.endpoint, { [this.keyword]: prompt, temperature: options.temperature ?? 0.7 });
  }
}
