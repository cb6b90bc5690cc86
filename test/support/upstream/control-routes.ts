import type { ServerResponse } from 'node:http';
import { isRecord, textAt } from './json.js';
import type { ArrivedRequest } from './read-request.js';
import type { Upstream } from './upstream.js';

/** The parts of an upstream that the control routes use. */
type Controlled = Pick<
  Upstream,
  'calls' | 'open' | 'maxConcurrent' | 'connections' | 'script' | 'assertComplete' | 'reset'
>;

/**
 * `GET /__calls[?model=…]`, `GET /__stats`, `GET /__complete` (409 with the problems), `POST /__script {model, script}`,
 * `POST /__reset`: for an upstream that runs as a process of its own. These requests are not recorded.
 */
export function controlRoute(upstream: Controlled, request: ArrivedRequest, response: ServerResponse): void {
  const model = new URLSearchParams(request.query).get('model') ?? undefined;
  switch (`${request.method} ${request.path}`) {
    case 'GET /__calls':
      return answer(response, 200, upstream.calls(model));
    case 'GET /__stats':
      return answer(response, 200, statsOf(upstream, model));
    case 'GET /__complete': {
      const problem = problemOf(upstream);
      return answer(response, problem === undefined ? 200 : 409, { problem: problem ?? null });
    }
    case 'POST /__script':
      return setScript(upstream, request, response);
    case 'POST /__reset':
      upstream.reset();
      return answer(response, 200, {});
    default:
      return answer(response, 404, { error: 'no such control route' });
  }
}

function statsOf(upstream: Controlled, model: string | undefined): unknown {
  const { rss } = process.memoryUsage();
  const { open, total } = upstream.connections();
  return {
    calls: upstream.calls(model).length,
    open: upstream.open(model),
    max_concurrent: upstream.maxConcurrent(model),
    connections: open,
    connections_total: total,
    rss,
  };
}

function problemOf(upstream: Controlled): string | undefined {
  try {
    upstream.assertComplete();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function setScript(upstream: Controlled, { body }: ArrivedRequest, response: ServerResponse): void {
  const script = isRecord(body) ? body['script'] : undefined;
  const model = textAt(body, 'model');
  if (model === '' || typeof script !== 'object' || script === null) {
    return answer(response, 400, { error: 'give {model, script}' });
  }
  upstream.script(model, script);
  return answer(response, 200, {});
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
