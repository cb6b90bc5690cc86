import { isRecord, type JsonRecord } from '../shared/json.js';
import { requireAddress } from './config-reader.js';
import { ModelResponse } from './model-response.js';
import { RequestHandler, type GenerateOptions, type WorkflowConfig, type WorkflowContext } from './request-handler.js';
import { ResponseParser } from './response-parser.js';
import { emptyAnswer, unusable } from './workflow-failure.js';

/** `default`: one request, `{prompt, temperature, max_tokens, …}` to `endpoint`. */
export class DefaultRequestHandler extends RequestHandler {
  readonly #endpoint: string;

  constructor(config: WorkflowConfig) {
    super(config);
    this.#endpoint = requireAddress(config, 'endpoint');
  }

  process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<JsonRecord> {
    return context.post(this.#endpoint, promptBody(prompt, options));
  }
}

/** `default`: the text under `output`, `text`, `response` or `content`; an object with none of them is the answer itself. */
export class DefaultResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    if (!isRecord(raw)) throw unusable('answered with something other than a JSON object', raw);
    return new ModelResponse({
      content: contentOf(raw),
      usage: isRecord(raw['usage']) ? raw['usage'] : null,
      model: typeof raw['model'] === 'string' ? raw['model'] : 'workflow',
      finish_reason: typeof raw['finish_reason'] === 'string' ? raw['finish_reason'] : null,
      metadata: { provider: 'workflow', raw_response: raw },
    });
  }
}

/** The body that simple text services take. */
export function promptBody(prompt: string, options: GenerateOptions): JsonRecord {
  const { temperature = null, max_tokens = null, ...others } = options;
  return { prompt, temperature, max_tokens, ...others };
}

const TEXT_KEYS = ['output', 'text', 'response', 'content'] as const;

/** The first text under a usual key. */
export function textUnder(raw: JsonRecord): string | undefined {
  const found = TEXT_KEYS.map((key) => raw[key]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : undefined;
}

function contentOf(raw: JsonRecord): string {
  const text = textUnder(raw);
  if (text !== undefined) return text;
  const named = TEXT_KEYS.map((key) => raw[key]).find((value) => typeof value === 'object' && value !== null);
  if (named !== undefined) return JSON.stringify(named);
  if (TEXT_KEYS.some((key) => key in raw) || Object.keys(raw).length === 0) throw emptyAnswer();
  return JSON.stringify(raw);
}
