import { describeModelProvider } from '../../../test/contracts/model-provider.contract.js';
import type { FailingCase, ProvidersUnderTest } from '../../../test/contracts/model-provider/provider-suite.js';
import { eventLines, proxyText, ScriptedProxy, type ProxyScript } from '../../../test/support/scripted-proxy.js';
import type { UpstreamErrorCode } from '../../core/kernel/parley-error.js';
import { SystemClock } from '../../runtime/system-clock.js';
import { createUpstreamAgent } from '../shared/upstream-agent.js';
import { ProxyProvider } from './proxy-provider.js';

const KEY = 'sk-canary-proxy-19';
const CANARY = 'canary-upstream';
const BEGUN = [
  { type: 'text_start', contentIndex: 0 },
  { type: 'text_delta', contentIndex: 0, delta: 'so far' },
];

const BROKEN: readonly (readonly [what: string, script: ProxyScript, code: UpstreamErrorCode])[] = [
  ['no done', BEGUN, 'upstream_truncated'],
  ['nothing', [], 'upstream_truncated'],
  ['a piece of a block that had not begun', BEGUN.slice(1), 'upstream_invalid'],
  ['a piece of a block of another kind', [BEGUN[0] ?? {}, { ...BEGUN[1], type: 'thinking_delta' }], 'upstream_invalid'],
  ['an error', [...BEGUN, { type: 'error', reason: 'error', errorMessage: CANARY }], 'upstream_unavailable'],
  ['an abort that we did not ask for', [...BEGUN, { type: 'error', reason: 'aborted' }], 'upstream_truncated'],
  ['an unknown reason', [...BEGUN, { type: 'done', reason: 'tired' }], 'upstream_invalid'],
  ['no text', [{ type: 'start' }, { type: 'done', reason: 'stop' }], 'upstream_empty'],
  ['no JSON', (response) => response.writeHead(200).end(`data: ${CANARY}\n`), 'upstream_invalid'],
  [
    'half an event',
    (response) => response.writeHead(200).end(`${eventLines(BEGUN)}data: {"type":`),
    'upstream_truncated',
  ],
  [
    'a document',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}'),
    'upstream_invalid',
  ],
  ['401', (response) => response.writeHead(401).end(`{"error":"${CANARY} ${KEY}"}`), 'upstream_auth'],
  ['429', (response) => response.writeHead(429, { 'retry-after': '60' }).end(), 'upstream_rate_limited'],
  ['500', (response) => response.writeHead(500).end(CANARY), 'upstream_unavailable'],
  [
    'a cut',
    (response) => response.writeHead(200).write(eventLines(BEGUN), () => response.destroy()),
    'upstream_truncated',
  ],
];

describeModelProvider('ProxyProvider over HTTP', async (): Promise<ProvidersUnderTest> => {
  const proxy = await ScriptedProxy.start();
  const dispatcher = createUpstreamAgent(1000);
  const provider = (upstream_id: string): ProxyProvider =>
    new ProxyProvider(
      { name: 'tested', upstream_id, base: proxy.url, key: KEY },
      { clock: new SystemClock(), random: () => 0.5, dispatcher, retry: { baseMs: 2, capMs: 8 } },
    );
  proxy.script('answering', proxyText(['Zwölf ', 'Boxkämpfer — ', '世界 🌍']));
  proxy.script('long', proxyText(Array.from({ length: 200 }, (_, i) => `word ${i} `)));
  proxy.script('calling', [
    { type: 'toolcall_start', contentIndex: 0, id: 'a', toolName: 'look' },
    { type: 'toolcall_delta', contentIndex: 0, delta: '{"q":' },
    { type: 'toolcall_start', contentIndex: 1, id: 'b', toolName: 'add' },
    { type: 'toolcall_delta', contentIndex: 1, delta: '{"a":1}' },
    { type: 'toolcall_delta', contentIndex: 0, delta: '"é"}' },
    { type: 'toolcall_end', contentIndex: 0 },
    { type: 'toolcall_end', contentIndex: 1 },
    { type: 'done', reason: 'toolUse', usage: { input: 1, output: 1 } },
  ]);
  const failing = BROKEN.map(([what, script, code]): FailingCase => {
    proxy.script(what, script);
    return { what, provider: provider(what), codes: [code] };
  });
  return {
    answering: provider('answering'),
    answer: 'Zwölf Boxkämpfer — 世界 🌍',
    long: provider('long'),
    calling: {
      provider: provider('calling'),
      request: {
        messages: [{ role: 'user', content: 'Look, and add.' }],
        tools: ['look', 'add'].map((name) => ({ name, description: name, parameters: { type: 'object' } })),
      },
    },
    failing,
    secrets: [KEY, CANARY],
    async closed(count) {
      await proxy.idle();
      return proxy.ends.slice(-count);
    },
    async stop() {
      await dispatcher.destroy();
      await proxy.close();
    },
  };
});
