import { describeModelProvider } from '../../../test/contracts/model-provider.contract.js';
import { HttpProviders, TEST_KEY } from '../../../test/contracts/model-provider/http-providers.js';
import type { FailingCase, ProvidersUnderTest } from '../../../test/contracts/model-provider/provider-suite.js';
import { UPSTREAM_CANARY } from '../../../test/support/upstream/context.js';
import type { UpstreamErrorCode } from '../../core/kernel/parley-error.js';

const BROKEN: readonly (readonly [model: string, code: UpstreamErrorCode])[] = [
  ['bad:400', 'upstream_rejected'],
  ['bad:401', 'upstream_auth'],
  ['bad:403', 'upstream_auth'],
  ['bad:404', 'upstream_rejected'],
  ['bad:422', 'upstream_rejected'],
  ['bad:429', 'upstream_rate_limited'],
  ['bad:500', 'upstream_unavailable'],
  ['bad:503', 'upstream_unavailable'],
  ['bad:529', 'upstream_unavailable'],
  ['bad:insufficient-quota', 'upstream_rate_limited'],
  ['bad:redirect', 'upstream_invalid'],
  ['bad:redirect-301', 'upstream_invalid'],
  ['bad:html-200', 'upstream_invalid'],
  ['bad:html-502', 'upstream_unavailable'],
  ['bad:empty-200', 'upstream_truncated'],
  ['bad:reset', 'upstream_unavailable'],
  ['bad:cut-after-0', 'upstream_truncated'],
  ['bad:cut-after-3', 'upstream_truncated'],
  ['bad:reset-after-3', 'upstream_truncated'],
  ['bad:eof-after-3', 'upstream_truncated'],
  ['bad:no-finish', 'upstream_truncated'],
  ['bad:half-json-tail', 'upstream_truncated'],
  ['bad:half-json-middle', 'upstream_invalid'],
  ['bad:error-in-data-2', 'upstream_unavailable'],
  ['bad:unknown-finish', 'upstream_invalid'],
  ['finish:content_filter', 'upstream_rejected'],
  ['bad:empty-content', 'upstream_empty'],
  ['bad:no-choices', 'upstream_truncated'],
  ['bad:line-2m', 'upstream_too_large'],
  ['bad:no-newline', 'upstream_too_large'],
];

describeModelProvider('OpenAiCompatibleProvider over HTTP', async (): Promise<ProvidersUnderTest> => {
  const http = await HttpProviders.start();
  const failing = BROKEN.map(([what, code]): FailingCase => ({ what, provider: http.provider(what), codes: [code] }));
  return {
    answering: http.provider('text:12'),
    long: http.provider('text:200:2'),
    calling: {
      provider: http.provider('scripted'),
      request: {
        messages: [{ role: 'user', content: '[[tool:look {"q":"é \\"x\\""}]] [[tool:add {"a":1,"b":2}]]' }],
        tools: ['look', 'add'].map((name) => ({ name, description: name, parameters: { type: 'object' } })),
      },
    },
    failing,
    secrets: [TEST_KEY, UPSTREAM_CANARY],
    async closed(count) {
      await http.upstream.until((upstream) => upstream.open('text:200:2') === 0);
      return http.upstream
        .calls('text:200:2')
        .map(({ end }) => end)
        .slice(-count);
    },
    stop: () => http.stop(),
  };
});
