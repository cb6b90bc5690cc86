// One test for each Python example of reference/4-llm-server.md that uses the conversation engine, in its TypeScript form.
// Those that use HTTP are in test/e2e/reference-4.e2e-spec.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConversationEngine, ParleyError, type ConversationMessage } from '../../src/library/parley.js';
import { HANG, ScriptedModel } from '../support/scripted-model.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterAll(async () => {
  await upstream.close();
});

/** What the examples get from `initialize()`: a model. */
function model(): {
  readonly provider: string;
  readonly id: string;
  readonly baseUrl: string;
  readonly apiKey: string;
} {
  return { provider: 'vllm', id: 'scripted', baseUrl: upstream.url, apiKey: 'key' };
}

const systemPrompt = {
  assistant: 'You are a helpful AI assistant. Provide clear, accurate responses.',
  reviser: 'You revise draft answers. Provide clear, accurate responses.',
};

/** Stands for `print(chunk, end="")`. */
async function print(chunks: AsyncIterable<string>): Promise<string> {
  let printed = '';
  for await (const chunk of chunks) printed += chunk;
  return printed;
}

const REVIEW = '### Improvements\n1. Say why.\n### Revised Answer\nBetter.\n### Comments\nOk.';

describe('the examples of the document', () => {
  it('Using the Conversation Engine Directly', async () => {
    const engine = new ConversationEngine({ model: model(), systemPrompt, improvement: true, intermediateSteps: true });
    const printed = await print(engine.streamReply('How do neural networks learn?'));
    expect(engine.lastResult['revision2']).toMatch(
      /^Revised \d+\. Revised \d+\. Answer \d+\. You wrote: How do neural/,
    );
    expect(printed).toContain(`### Revised Answer\n\n${engine.lastResult['revision2']}`);
    expect(printed.match(/### .*/g)).toEqual([
      '### Draft Answer',
      '### Improvements',
      '### Revised Answer',
      '### Comments',
      '### Improvements',
      '### Revised Answer',
      '### Comments',
    ]);
    const [draft, review] = upstream.calls('scripted').slice(-3);
    expect(JSON.stringify(draft?.body)).toContain(systemPrompt.assistant);
    expect(JSON.stringify(review?.body)).toContain(systemPrompt.reviser);
  });

  it('Conversation with History; Multi-Turn Conversation', async () => {
    const engine = new ConversationEngine({ model: model() });
    const conversationHistory: ConversationMessage[] = [
      { role: 'user', content: 'What is machine learning?' },
      { role: 'assistant', content: 'Machine learning is a subset of AI...' },
    ];
    engine.conversationHistory = conversationHistory;
    const printed = await print(engine.streamReply('Can you give me a practical example?'));
    expect(upstream.calls('scripted').at(-1)?.body).toMatchObject({
      messages: [...conversationHistory, { role: 'user', content: 'Can you give me a practical example?' }],
    });
    expect(engine.conversationHistory).toEqual([
      ...conversationHistory,
      { role: 'user', content: 'Can you give me a practical example?' },
      { role: 'assistant', content: printed },
    ]);
    expect(conversationHistory).toHaveLength(2);
  });

  it('Basic Setup; Simple Conversation', async () => {
    const engine = new ConversationEngine({ model: { provider: 'demo', id: 'demo' }, systemPrompt });
    expect(engine.lastResult).toEqual({});
    const printed = await print(engine.streamReply('Hello, how are you today?'));
    expect(printed).not.toBe('');
    expect(engine.lastResult).toEqual({ reply: printed });
  });

  it('Answer Improvement Mode', async () => {
    const provider = new ScriptedModel('m', ['Draft.', REVIEW, REVIEW.replace('Better', 'Best')]);
    const engine = new ConversationEngine({ model: provider });
    engine.setImprovement(true);
    const printed = await print(engine.streamReply('Explain quantum computing'));
    expect(printed).toBe(
      '🤔 Generating draft answer...🔄️ Running first improvement pass...🔄️ Running second improvement pass...\n\nBest.',
    );
    expect(engine.lastResult).toEqual({
      reply: 'Best.',
      user_question: 'Explain quantum computing',
      draft_answer: 'Draft.',
      suggestions1: '1. Say why.',
      revision1: 'Better.',
      comments1: 'Ok.',
      suggestions2: '1. Say why.',
      revision2: 'Best.',
      comments2: 'Ok.',
    });
  });

  it('Transparent Improvement Process', async () => {
    const provider = new ScriptedModel('m', ['Draft.', REVIEW, 'Nothing to improve.']);
    const engine = new ConversationEngine({ model: provider });
    engine.setImprovement(true).setIntermediateSteps(true);
    const printed = await print(engine.streamReply('How does machine learning work?'));
    expect(printed).toBe(
      `### Draft Answer\n\nDraft.\n\n${REVIEW.replaceAll(/(###.*)\n/g, '$1\n\n').replaceAll(/\.\n###/g, '.\n\n###')}`,
    );
    expect(engine.conversationHistory.at(-1)).toEqual({ role: 'assistant', content: 'Better.' });
  });

  it('Error Handling: the history is unchanged on failure', async () => {
    for (const improvement of [false, true]) {
      const engine = new ConversationEngine({ model: { ...model(), id: 'bad:400' }, improvement });
      engine.conversationHistory = [{ role: 'user', content: 'Hi' }];
      await expect(print(engine.streamReply('Complex question about AI'))).rejects.toThrow(ParleyError);
      expect(engine.conversationHistory).toEqual([{ role: 'user', content: 'Hi' }]);
      expect(engine.lastResult).toEqual({});
    }
  });

  it('Batch Processing', async () => {
    const questions = ['What is artificial intelligence?', 'How do neural networks work?', 'Explain deep learning'];
    const engine = new ConversationEngine({ model: model() });
    const responses: (string | undefined)[] = [];
    for (const question of questions) {
      await print(engine.streamReply(question));
      responses.push(engine.lastResult.reply);
    }
    expect(responses.map((response, index) => response?.includes(questions[index] ?? '?'))).toEqual([true, true, true]);
    expect(engine.conversationHistory).toHaveLength(6);
  });
});

describe('a reply', () => {
  it('is cancelled by whoever leaves it, and by a signal', async () => {
    const provider = new ScriptedModel('m', [{ type: 'cut', text: 'A long answer', end: HANG }, HANG, 'Fine.']);
    const engine = new ConversationEngine({ model: provider, systemPrompt: 'Be brief.' });
    for await (const chunk of engine.streamReply('Go')) {
      expect(chunk).toBe('A long answer');
      break;
    }
    const abort = new AbortController();
    const second = print(engine.streamReply('Go', { signal: abort.signal }));
    await expect(print(engine.streamReply('Meanwhile'))).rejects.toMatchObject({ code: 'conflict' });
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    expect(engine.conversationHistory).toEqual([]);
    expect(await print(engine.streamReply('Go'))).toBe('Fine.');
    expect(provider.requests[2]?.messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
  });

  it('refuses a number of passes that cannot be', () => {
    expect(() => new ConversationEngine({ model: model(), passes: 0 })).toThrow(
      'passes must be a whole number from 1 to 10 (got 0)',
    );
  });
});
