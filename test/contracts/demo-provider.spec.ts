import type { ModelRequest } from '../../src/core/ports/model-provider.js';
import { DemoProvider } from '../../src/providers/demo/demo-provider.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { describeModelProvider } from './model-provider.contract.js';

const clock = new SystemClock();
const CALLING: ModelRequest = {
  messages: [{ role: 'user', content: 'What is 2 + 3? Use the calculator.' }],
  tools: [
    {
      name: 'calculate',
      description: 'Calculates an expression.',
      parameters: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] },
    },
  ],
  tool_choice: 'required',
};

describeModelProvider(
  'DemoProvider',
  async () => ({
    answering: new DemoProvider({ name: 'demo', clock }),
    long: new DemoProvider({ name: 'demo', clock, paceMs: 2 }),
    calling: { provider: new DemoProvider({ name: 'demo', clock }), request: CALLING },
  }),
  { failing: 'it has nothing that could fail', closed: 'it has no upstream' },
);
