import { isRecord, type JsonRecord } from '../shared/json.js';
import { checkAddress, invalidWorkflow } from './config-reader.js';
import { promptBody, textUnder } from './default-workflow.js';
import { ModelResponse } from './model-response.js';
import { RequestHandler, type GenerateOptions, type WorkflowConfig, type WorkflowContext } from './request-handler.js';
import { ResponseParser } from './response-parser.js';
import { unusable } from './workflow-failure.js';

interface Member {
  readonly name: string;
  readonly url: string;
}

/** What a member that does not say how sure it is counts with. */
const CONFIDENCE = 0.5;

/** `ensemble`: asks all of `models: [{name, url}]` at once. One that fails fails the call: a vote without it is another one. */
export class EnsembleRequestHandler extends RequestHandler {
  readonly #members: readonly Member[];

  constructor(config: WorkflowConfig) {
    super(config);
    this.#members = membersOf(config['models']);
  }

  async process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<JsonRecord> {
    const body = promptBody(prompt, options);
    const responses = await Promise.all(
      this.#members.map(async ({ name, url }) => {
        const answer = await context.post(url, body);
        const confidence = typeof answer['confidence'] === 'number' ? answer['confidence'] : CONFIDENCE;
        return { model: name, response: textUnder(answer) ?? '', confidence };
      }),
    );
    return { responses };
  }
}

/** `ensemble`: the answer with the highest confidence, the first of equals. */
export class EnsembleResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    const given: readonly unknown[] = isRecord(raw) && Array.isArray(raw['responses']) ? raw['responses'] : [];
    const answers = given.filter(isRecord).map((answer) => ({
      model: typeof answer['model'] === 'string' ? answer['model'] : '',
      response: typeof answer['response'] === 'string' ? answer['response'] : '',
      confidence: typeof answer['confidence'] === 'number' ? answer['confidence'] : CONFIDENCE,
    }));
    const [first, ...others] = answers;
    if (first === undefined) throw unusable('gave no answers to choose from', raw);
    const best = others.reduce((leader, answer) => (answer.confidence > leader.confidence ? answer : leader), first);
    return new ModelResponse({
      content: best.response,
      model: best.model,
      metadata: {
        ensemble_size: answers.length,
        selected_model: best.model,
        confidence: best.confidence,
        provider: 'workflow_ensemble',
      },
    });
  }
}

function membersOf(value: unknown): readonly Member[] {
  const pointer = '/custom_config/models';
  if (!Array.isArray(value) || value.length === 0)
    throw invalidWorkflow([{ pointer, message: 'must be a list of {name, url}, with at least one of them' }]);
  return value.map((entry: unknown, index): Member => {
    const url = checkAddress(isRecord(entry) ? entry['url'] : undefined, `${pointer}/${index}/url`);
    const name = isRecord(entry) && typeof entry['name'] === 'string' ? entry['name'] : new URL(url).host;
    return { name, url };
  });
}
