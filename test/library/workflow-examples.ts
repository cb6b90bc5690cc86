// The workflow examples of reference/1-conversation-server.md ("Custom Processors", "Real-World Examples") in TypeScript.
import {
  ModelResponse,
  RequestHandler,
  ResponseParser,
  type GenerateOptions,
  type WorkflowContext,
} from '../../src/library/plugins.js';

type Json = Readonly<Record<string, unknown>>;

/** "Custom Processors": an own request over `fetch`. */
export class MyCustomRequestHandler extends RequestHandler {
  async process(prompt: string, options: GenerateOptions, { signal }: WorkflowContext): Promise<Json> {
    const requestData = {
      input_text: prompt,
      params: { temperature: options.temperature ?? 0.7, max_tokens: options.max_tokens ?? 100 },
    };
    const response = await fetch(String(this.config['endpoint']), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requestData),
      signal,
    });
    return (await response.json()) as Json;
  }
}

/** "Custom Processors": its parser. */
export class MyCustomResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    const answer = raw as { generated_text?: string; usage?: Json };
    return new ModelResponse({
      content: answer.generated_text ?? '',
      usage: answer.usage,
      model: 'my-custom',
      metadata: { provider: 'workflow_custom' },
    });
  }
}

/** "Ensemble Multiple Models for Voting". */
export class EnsembleRequestHandler extends RequestHandler {
  async process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<Json> {
    const responses: Json[] = [];
    for (const endpoint of this.config['models'] as readonly { url: string; name: string }[]) {
      const answer = await context.post(endpoint.url, { prompt, ...options });
      responses.push({
        model: endpoint.name,
        response: answer['text'] ?? '',
        confidence: answer['confidence'] ?? 0.5,
      });
    }
    return { responses };
  }
}

interface Vote {
  readonly model: string;
  readonly response: string;
  readonly confidence: number;
}

export class EnsembleResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    const { responses } = raw as { responses: readonly [Vote, ...Vote[]] };
    const best = responses.reduce((leader, vote) => (vote.confidence > leader.confidence ? vote : leader));
    return new ModelResponse({
      content: best.response,
      metadata: { ensemble_size: responses.length, selected_model: best.model, confidence: best.confidence },
    });
  }
}

/** "Model with Post-Processing". */
export class PostProcessingRequestHandler extends RequestHandler {
  async process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<Json> {
    const base = await context.post(String(this.config['base']), { prompt, ...options });
    const processed = await context.post(String(this.config['post']), { text: base['text'] ?? '' });
    return {
      original: base['text'] ?? '',
      processed: processed['text'] ?? '',
      corrections: processed['corrections'] ?? [],
    };
  }
}

export class PostProcessingResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    const { processed, ...metadata } = raw as { processed: string; original: string; corrections: unknown };
    return { content: processed, metadata };
  }
}
