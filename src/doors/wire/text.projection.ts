import type { Delta, Fact, FactBody, MessageStep } from '../../core/events/conversation-event.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { ConversationFold } from '../../core/events/fold.js';
import { headingOf, isShown } from '../../core/events/message-step.js';
import { KEY_GONE, type Projection } from './projection.js';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

/**
 * What an event adds to a text stream: the answer and nothing else, but for a word on what is under way where the steps
 * of an improved answer are not shown, and on what went wrong. A pure function of the event and the fold before it.
 */
export function textOfFact({ body }: Fact, before: ConversationFold): string {
  switch (body.type) {
    case 'phase_start':
      return body.quiet === true ? status(body) : '';
    case 'message_start':
      // After the status lines, or after an answer that broke off.
      return body.step?.final === true && body.step.display === 'plain' ? '\n\n' : headingOf(body.step);
    case 'message_discarded': {
      const message = before.open.messages.find(({ message_id }) => message_id === body.message_id);
      return isShown(message?.step) ? notice(REASONS[body.reason]) + gapAfter(message?.step) : '';
    }
    case 'run_end': {
      if (body.outcome === 'completed') return '';
      const failed = `The answer failed: ${body.detail ?? body.code}`;
      return `${notice(body.outcome === 'cancelled' ? 'The answer was cancelled.' : failed)}\n`;
    }
    default:
      return '';
  }
}

/** The text of a delta that is part of a text stream. */
export function textOfDelta({ block, text, step }: Delta): string {
  return block === 'text' && isShown(step) ? text : '';
}

const REASONS = {
  interrupted: 'The answer above was interrupted and begins anew.',
  repaired: 'The answer above broke off; the last one that is whole follows.',
} as const satisfies Record<Extract<FactBody, { type: 'message_discarded' }>['reason'], string>;

function status({ phase, n }: Extract<FactBody, { type: 'phase_start' }>): string {
  switch (phase) {
    case 'draft':
      return '🤔 Generating draft answer...';
    case 'review':
      return `🔄\uFE0F Running ${ORDINALS[n - 1] ?? `${n}th`} improvement pass...`;
    case 'revision':
      return '';
  }
}

function notice(sentence: string): string {
  return `\n\n[${sentence}]`;
}

/** The messages that take the place of most parts of an improved answer bring their own gap. */
function gapAfter(step: MessageStep | undefined): string {
  return step === undefined || step.part === 'draft' ? '\n\n' : '';
}

/** A text stream as frames with cursors: the `text` of all `text` frames joined is the text stream. */
export class TextProjection implements Projection {
  readonly name = 'text';

  fact(fact: Fact, before: ConversationFold): readonly string[] {
    const text = textOfFact(fact, before);
    const frames = text === '' ? [] : [textFrame(text)];
    if (fact.body.type === 'run_end') frames.push(JSON.stringify({ type: 'end', outcome: fact.body.outcome }));
    return frames;
  }

  delta(delta: Delta): string | undefined {
    const text = textOfDelta(delta);
    return text === '' ? undefined : textFrame(text);
  }

  refusal(): string {
    return textFrame(`${notice(KEY_GONE)}\n`);
  }
}

function textFrame(text: string): string {
  return JSON.stringify({ type: 'text', text });
}

/** A text stream as it is, without any framing. Nothing may be written between the pieces of a text: it has no heartbeat. */
export class TextEncoder implements Encoder {
  fact(fact: Fact, before: ConversationFold): string {
    return textOfFact(fact, before);
  }

  delta(delta: Delta): string {
    return textOfDelta(delta);
  }

  heartbeat(): string {
    return '';
  }

  farewell(): string {
    return `${notice('The server is going away; the answer is not complete.')}\n`;
  }

  refusal(): string {
    return `${notice(KEY_GONE)}\n`;
  }
}
