import { describeModelProvider } from '../../../test/contracts/model-provider.contract.js';
import type { FailingCase, ProvidersUnderTest } from '../../../test/contracts/model-provider/provider-suite.js';
import { WORKFLOW_KEY, WorkflowProviders } from '../../../test/contracts/model-provider/workflow-providers.js';
import { status, WRITTEN, type JsonRoute } from '../../../test/support/json-upstream.js';
import type { UpstreamErrorCode } from '../../core/kernel/parley-error.js';

const BROKEN: readonly (readonly [what: string, route: JsonRoute, code: UpstreamErrorCode])[] = [
  ['400', status(400), 'upstream_rejected'],
  ['401', status(401), 'upstream_auth'],
  ['404', status(404), 'upstream_rejected'],
  ['429', status(429), 'upstream_rate_limited'],
  ['500', status(500), 'upstream_unavailable'],
  ['503', status(503), 'upstream_unavailable'],
  ['a redirect', status(307, { location: '/elsewhere' }), 'upstream_invalid'],
  ['a web page', status(200, { 'content-type': 'text/html' }, '<html>canary-upstream'), 'upstream_invalid'],
  ['no JSON', status(200, {}, 'canary-upstream'), 'upstream_invalid'],
  ['a list', () => ['canary-upstream'], 'upstream_invalid'],
  ['nothing', status(200, {}, ''), 'upstream_invalid'],
  ['an empty text', () => ({ text: '' }), 'upstream_empty'],
  ['an empty object', () => ({}), 'upstream_empty'],
  ['too much', () => ({ text: 'x'.repeat(9 * 2 ** 20) }), 'upstream_too_large'],
  ['a cut connection', (_call, _n, response) => response.destroy() && WRITTEN, 'upstream_unavailable'],
  [
    'a cut answer',
    (_call, _n, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"text":');
      setTimeout(() => response.destroy(), 5);
      return WRITTEN;
    },
    'upstream_truncated',
  ],
  ['silence', () => new Promise(() => undefined), 'upstream_timeout'],
];

describeModelProvider(
  'WorkflowProvider over HTTP',
  async (): Promise<ProvidersUnderTest> => {
    const workflows = await WorkflowProviders.start();
    const answer = 'Zwölf Boxkämpfer — 世界 🌍';
    const usage = { prompt_tokens: 3, completion_tokens: 5 };
    const endpoint = workflows.upstream.route('/good', () => ({ output: answer, usage }));
    const failing = BROKEN.map(([what, route, code], i): FailingCase => {
      const broken = workflows.upstream.route(`/bad/${i}`, route);
      const limit = code === 'upstream_timeout' ? { timeoutMs: 300 } : {};
      return { what, provider: workflows.provider({ endpoint: broken }, limit), codes: [code] };
    });
    return {
      answering: workflows.provider({ endpoint }),
      answer,
      failing,
      secrets: [WORKFLOW_KEY, 'canary-upstream'],
      stop: () => workflows.stop(),
    };
  },
  {
    long: 'its upstreams do not stream: an answer is one delta',
    calling: 'a workflow knows no tools',
    closed: 'there is no delta to abort after; workflow-provider.spec.ts aborts while the upstream is silent',
  },
);
