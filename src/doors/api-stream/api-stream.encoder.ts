import type {
  Delta,
  Fact,
  MessageEnd,
  RunEnd,
  ToolCall,
  ToolExecutionEnd,
  Usage,
} from '../../core/events/conversation-event.js';
import type { Encoder } from '../../core/events/encoder.js';
import { addUsage, NO_USAGE } from '../../core/events/usage.js';
import { KEY_GONE } from '../wire/projection.js';

type Frame = Readonly<Record<string, unknown>>;
type Prose = 'text' | 'thinking';

const REASONS = { stop: 'stop', length: 'length', tool_calls: 'toolUse' } as const;

/**
 * The log of one run as the proxy protocol of agent frameworks shows it. That protocol counts blocks over the whole answer,
 * so there is one encoder for each response, from the start of the run on. A call is shown once it is whole, and only if
 * the client can run it. It ends in exactly one `done` or `error`.
 */
export class ApiStreamEncoder implements Encoder {
  /** Blocks begun so far. */
  #blocks = 0;
  #started = false;
  #open: Prose | undefined;
  /** Calls of the last answer that nothing is wrong with. */
  #calls: readonly ToolCall[] = [];
  #reason: (typeof REASONS)[keyof typeof REASONS] = 'stop';
  /** What is spent by calls of the model that have ended. */
  #spent: Usage = NO_USAGE;

  fact({ body }: Fact, _before: unknown, cursor: string): string {
    switch (body.type) {
      case 'message_start':
        return body.role === 'assistant' ? lines(this.#start(), cursor) : '';
      case 'message_end':
        return body.role === 'assistant' ? lines(this.#endMessage(body), cursor) : '';
      case 'tool_execution_end':
        this.#dropRefused(body);
        return '';
      case 'turn_end':
        return lines(this.#showCalls(), cursor);
      case 'run_end':
        return lines([...this.#start(), ...this.#closeProse(), endFrame(body, this.#reason)], cursor);
      default:
        return '';
    }
  }

  delta({ block, text }: Delta, cursor: string): string {
    if (block !== 'text' && block !== 'thinking') return '';
    const frames = this.#open === block ? [] : [...this.#closeProse(), ...this.#openProse(block)];
    return lines([...frames, { type: `${block}_delta`, contentIndex: this.#blocks - 1, delta: text }], cursor);
  }

  heartbeat(cursor: string): string {
    return `: heartbeat\nid: ${cursor}\n\n`;
  }

  farewell(): string {
    return lines([errorFrame('error', 'the server is going away', this.#spent)]);
  }

  refusal(): string {
    return lines([errorFrame('error', KEY_GONE, this.#spent)]);
  }

  #start(): Frame[] {
    if (this.#started) return [];
    this.#started = true;
    return [{ type: 'start' }];
  }

  #openProse(block: Prose): Frame[] {
    this.#open = block;
    return [{ type: `${block}_start`, contentIndex: this.#blocks++ }];
  }

  #closeProse(): Frame[] {
    const block = this.#open;
    this.#open = undefined;
    return block === undefined ? [] : [{ type: `${block}_end`, contentIndex: this.#blocks - 1 }];
  }

  #endMessage({ stop_reason, tool_calls = [], usage }: MessageEnd): Frame[] {
    if (stop_reason !== 'aborted' && stop_reason !== 'error') {
      this.#reason = REASONS[stop_reason];
      this.#calls = tool_calls;
    }
    if (usage !== undefined) this.#spent = addUsage(this.#spent, usage);
    return this.#closeProse();
  }

  #dropRefused({ refused, tool_call_id }: ToolExecutionEnd): void {
    if (refused !== undefined) this.#calls = this.#calls.filter(({ id }) => id !== tool_call_id);
  }

  #showCalls(): Frame[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls.flatMap(({ id, name, arguments: args }) => {
      const contentIndex = this.#blocks++;
      return [
        { type: 'toolcall_start', contentIndex, id, toolName: name },
        { type: 'toolcall_delta', contentIndex, delta: JSON.stringify(args) },
        { type: 'toolcall_end', contentIndex },
      ];
    });
  }
}

function endFrame({ outcome, code, detail, usage }: RunEnd, reason: string): Frame {
  if (outcome === 'completed') return { type: 'done', reason, usage: usageOf(usage) };
  return errorFrame(outcome === 'cancelled' ? 'aborted' : 'error', detail ?? code, usage);
}

function errorFrame(reason: 'error' | 'aborted', errorMessage: string, usage: Usage): Frame {
  return { type: 'error', reason, errorMessage, usage: usageOf(usage) };
}

/** In the words of both frameworks that have this protocol. */
function usageOf({ input_tokens, output_tokens, total_tokens, ...more }: Usage): Frame {
  const { cached_tokens: read = 0, cache_write_tokens: written = 0, cost: total = 0 } = more;
  const cost = { input: 0, output: 0, cache_read: 0, cache_write: 0, cacheRead: 0, cacheWrite: 0, total };
  return {
    input: input_tokens,
    output: output_tokens,
    cache_read: read,
    cache_write: written,
    total_tokens,
    cacheRead: read,
    cacheWrite: written,
    totalTokens: total_tokens,
    cost,
  };
}

/** All frames of an event in one text, the last with the cursor. */
function lines(frames: readonly Frame[], cursor?: string): string {
  return frames
    .map((frame, index) => {
      const id = cursor !== undefined && index === frames.length - 1 ? `id: ${cursor}\n` : '';
      return `${id}data: ${JSON.stringify(frame)}\n\n`;
    })
    .join('');
}
