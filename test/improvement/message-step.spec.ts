import { describe, expect, it } from '@jest/globals';
import type { ConversationId, MessageId, RunId } from '../../src/core/kernel/ids.js';
import { evolveHistory, NO_HISTORY } from '../../src/core/agent/history.js';
import { ChatProjection } from '../../src/doors/wire/chat.projection.js';
import type { Fact, FactBody, MessageStep } from '../../src/core/events/conversation-event.js';
import { EMPTY_FOLD, evolveFold, type ConversationFold } from '../../src/core/events/fold.js';

const CONVERSATION = 'conv_1' as ConversationId;
const USAGE = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

function factsOf(...bodies: readonly FactBody[]): Fact[] {
  return bodies.map((body, index) => ({
    body,
    seq: index + 1,
    at: 0,
    conversation_id: CONVERSATION,
    run_id: 'run_1' as RunId,
  }));
}

function message(id: string, text: string, step?: MessageStep): FactBody[] {
  const head = { message_id: id as MessageId, role: 'assistant' as const, ...(step === undefined ? {} : { step }) };
  return [
    { type: 'message_start', ...head },
    { type: 'message_end', ...head, text, stop_reason: 'stop' },
  ];
}

const START: FactBody = { type: 'run_start', kind: 'chat', on_disconnect: 'continue' };
const END: FactBody = { type: 'run_end', outcome: 'completed', code: 'answered', usage: USAGE };

/** All `chat_chunk` text and the final response, as a reader of the chat frames has them. */
function readChat(facts: readonly Fact[]): { readonly chunks: string; readonly final: unknown } {
  const projection = new ChatProjection();
  let fold: ConversationFold = EMPTY_FOLD;
  let chunks = '';
  let final: unknown;
  for (const fact of facts) {
    const { body } = fact;
    const frames = [...projection.fact(fact, fold)];
    if (body.type === 'message_end') {
      const { message_id, text, step } = body;
      const delta = { message_id, offset: 0, block: 'text' as const, text, at: 0, conversation_id: CONVERSATION };
      frames.unshift(projection.delta({ ...delta, ...(step === undefined ? {} : { step }) }) ?? '{}');
    }
    for (const frame of frames) {
      const read = JSON.parse(frame) as { event_type?: string; content?: string; final_response?: string };
      if (read.event_type === 'chat_chunk') chunks += read.content;
      if (read.event_type === 'chat_complete') final = read.final_response;
    }
    fold = evolveFold(fold, fact);
  }
  return { chunks, final };
}

describe('the parts of an improved answer', () => {
  const hidden = { display: 'hidden', n: 1 } as const;
  const headed = { display: 'headed', n: 1 } as const;

  it('are not shown, but for the answer, when they are hidden', () => {
    const facts = factsOf(
      START,
      ...message('m1', 'first', { part: 'draft', ...hidden }),
      ...message('m2', '1. better', { part: 'suggestions', ...hidden }),
      ...message('m3', 'second', { part: 'revision', display: 'plain', n: 1, final: true }),
      END,
    );
    expect(readChat(facts)).toEqual({ chunks: 'second', final: 'second' });
  });

  it('are shown under their headings otherwise, and the final response is all that was shown', () => {
    const facts = factsOf(
      START,
      ...message('m1', 'first', { part: 'draft', ...headed }),
      ...message('m2', '1. better', { part: 'suggestions', ...headed }),
      ...message('m3', 'second', { part: 'revision', ...headed, final: true }),
      END,
    );
    const shown = '### Draft Answer\n\nfirst\n\n### Improvements\n\n1. better\n\n### Revised Answer\n\nsecond';
    expect(readChat(facts)).toEqual({ chunks: shown, final: shown });
  });

  it('are not remembered, but for the answer', () => {
    const facts = factsOf(
      START,
      ...message('m0', 'plain answers are'),
      ...message('m1', 'first', { part: 'draft', ...headed }),
      ...message('m3', 'second', { part: 'answer', ...headed, final: true }),
      ...message('m4', 'what changed', { part: 'comments', ...headed }),
    );
    const { messages } = facts.reduce(evolveHistory, NO_HISTORY);
    expect(messages.map(({ content }) => content)).toEqual(['plain answers are', 'second']);
  });
});
