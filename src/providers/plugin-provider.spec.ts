import { describe, expect, it } from '@jest/globals';
import { call, REQUEST } from '../../test/contracts/model-provider/provider-suite.js';
import { describeModelProvider } from '../../test/contracts/model-provider.contract.js';
import { SystemClock } from '../runtime/system-clock.js';
import { DemoProvider } from './demo/demo-provider.js';
import { PluginProvider, type ProviderPlugin, type ProviderPluginConfig } from './plugin-provider.js';

const SECTION = { name: 'm', upstream_id: 'u', type: 'mine', custom_config: { a: 1 } };

function provider(stream: ProviderPlugin['stream']): PluginProvider {
  return new PluginProvider(
    SECTION,
    class {
      stream = stream;
    },
  );
}

const clock = new SystemClock();

describeModelProvider(
  'PluginProvider over a sound plugin',
  async () => ({
    answering: provider((...args) => new DemoProvider({ name: 'demo', clock }).stream(...args)),
    long: provider((...args) => new DemoProvider({ name: 'demo', clock, paceMs: 2 }).stream(...args)),
    failing: [
      { what: 'throws', provider: provider(() => Promise.reject(new Error('canary'))), codes: ['upstream_invalid'] },
      { what: 'ends in nothing', provider: provider(async () => undefined as never), codes: ['upstream_invalid'] },
      {
        what: 'fails',
        provider: provider(async () => ({
          type: 'failed',
          code: 'upstream_auth',
          message: 'The key is wrong.',
          retryable: false,
        })),
        codes: ['upstream_auth'],
      },
    ],
    secrets: ['canary'],
  }),
  { calling: 'tool calls are passed on as they are', closed: 'the plugin has its own upstream' },
);

describe('a plugin that does not keep the contract', () => {
  it('delivers nothing after its end, nor after an abort that it does not heed', async () => {
    const late = provider(async (_request, onDelta) => {
      setTimeout(() => onDelta({ block: 'text', text: 'late' }), 5);
      onDelta({ block: 'text', text: '' });
      onDelta({ block: 'text', text: 'in time' });
      return { type: 'done', stop_reason: 'stop', tool_calls: [] };
    });
    expect((await call(late)).text).toBe('in time');
    const deaf = provider(async (_request, onDelta) => {
      onDelta({ block: 'text', text: 'one' });
      await new Promise((resolve) => setTimeout(resolve, 10));
      onDelta({ block: 'text', text: 'two' });
      return new Promise(() => undefined);
    });
    const { end, text } = await call(deaf, REQUEST, (controller) => controller.abort());
    expect([end, text]).toEqual([{ type: 'aborted' }, 'one']);
  });

  it('is built with its section, and named when it cannot be', () => {
    let given: ProviderPluginConfig | undefined;
    const Good = class {
      constructor(config: ProviderPluginConfig) {
        given = config;
      }
      stream = async () => ({ type: 'aborted' }) as const;
    };
    expect(new PluginProvider(SECTION, Good).name).toBe('m');
    expect(given).toEqual(SECTION);
    class Picky {
      readonly says = 'no';

      constructor() {
        throw new Error('no');
      }
    }
    expect(() => new PluginProvider(SECTION, Picky as never)).toThrow(
      'its class "Picky" could not be built (Error: no)',
    );
    class Silent {
      says = 'nothing';
    }
    expect(() => new PluginProvider(SECTION, Silent as never)).toThrow('has no method "stream"');
  });
});
