import { Histogram } from 'prom-client';
import type { ModelDelta, ModelEnd, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
import { MODEL_SECONDS, TOKENS } from './buckets.js';
import type { Metrics } from './metrics.js';

/** Gives a model that measures its calls. */
export type MeasureModel = (provider: ModelProvider) => ModelProvider;

/**
 * Measures model calls by configured name: duration by outcome, time to the first text, tokens (names of OpenTelemetry's
 * conventions for generative AI). One call is one call whatever retries and fallbacks are behind it.
 */
export function measureModels({ registry }: Metrics): MeasureModel {
  const registers = [registry];
  const duration = new Histogram({
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'Model calls until their end; error_type is empty for those that were answered.',
    labelNames: ['gen_ai_request_model', 'error_type'],
    buckets: MODEL_SECONDS,
    registers,
  });
  const firstChunk = new Histogram({
    name: 'gen_ai_client_operation_time_to_first_chunk_seconds',
    help: 'Model calls until the first text arrived.',
    labelNames: ['gen_ai_request_model'],
    buckets: MODEL_SECONDS,
    registers,
  });
  const tokens = new Histogram({
    name: 'gen_ai_client_token_usage',
    help: 'Tokens of model calls, as the upstream reported them.',
    labelNames: ['gen_ai_request_model', 'gen_ai_token_type'],
    buckets: TOKENS,
    registers,
  });
  const observe = (model: string, end: ModelEnd, started: number): void => {
    const labels = { gen_ai_request_model: model, error_type: errorType(end) };
    duration.observe(labels, (performance.now() - started) / 1000);
    if (end.usage === undefined) return;
    tokens.observe({ gen_ai_request_model: model, gen_ai_token_type: 'input' }, end.usage.input_tokens);
    tokens.observe({ gen_ai_request_model: model, gen_ai_token_type: 'output' }, end.usage.output_tokens);
  };
  return (provider) =>
    measured(provider, async (request, onDelta, signal) => {
      const started = performance.now();
      let waiting = true;
      const onFirst = (delta: ModelDelta): void => {
        if (waiting) {
          waiting = false;
          firstChunk.observe({ gen_ai_request_model: provider.name }, (performance.now() - started) / 1000);
        }
        onDelta(delta);
      };
      const end = await provider.stream(request, onFirst, signal);
      observe(provider.name, end, started);
      return end;
    });
}

type Stream = (request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal) => Promise<ModelEnd>;

/** The provider with another `stream`; whatever else it can do, and what it may learn to do, stays its own. */
function measured(provider: ModelProvider, stream: Stream): ModelProvider {
  return new Proxy(provider, {
    get(target, property) {
      if (property === 'stream') return stream;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function errorType(end: ModelEnd): string {
  if (end.type === 'done') return '';
  return end.type === 'failed' ? end.code : 'aborted';
}
