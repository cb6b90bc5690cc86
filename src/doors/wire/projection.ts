import type { Delta, Fact, ToolUpdate } from '../../core/events/conversation-event.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { ConversationFold } from '../../core/events/fold.js';
import { retryLine } from './retry-line.js';

/**
 * What a log looks like on one protocol surface: maps each event to zero, one or several JSON frames. A pure function of
 * (fold before the event, event, cursor after it).
 */
export interface Projection {
  readonly name: string;
  /** As in `Encoder`. */
  readonly ignores_run_text?: boolean;
  fact(fact: Fact, before: ConversationFold, cursor: string): readonly string[];
  /** Undefined: no frame. */
  delta(delta: Delta, cursor: string): string | undefined;
  /** Absent: what tools say while they run is not shown. */
  toolUpdate?(update: ToolUpdate): string;
  /** A stream that ends because its reader's key is gone. Absent: no frame; it is cut all the same. */
  refusal?(at: number): string;
}

/** What a reader is told whose key was revoked or expired while it read. */
export const KEY_GONE = 'the API key is not valid any more';

/**
 * Server-sent events (WHATWG HTML, 9.2) over a projection: `data:` lines only, the last frame of an event carrying the
 * cursor as `id:`. Frames are JSON of one line, so no text of theirs can forge a field.
 */
export class SseEncoder implements Encoder {
  readonly ignores_run_text: boolean;

  constructor(private readonly projection: Projection) {
    this.ignores_run_text = projection.ignores_run_text === true;
  }

  fact(fact: Fact, before: ConversationFold, cursor: string): string {
    const frames = this.projection.fact(fact, before, cursor);
    let text = '';
    for (const [index, frame] of frames.entries()) {
      text += index === frames.length - 1 ? `id: ${cursor}\ndata: ${frame}\n\n` : `data: ${frame}\n\n`;
    }
    return text;
  }

  delta(delta: Delta, cursor: string): string {
    const frame = this.projection.delta(delta, cursor);
    return frame === undefined ? '' : `id: ${cursor}\ndata: ${frame}\n\n`;
  }

  toolUpdate(update: ToolUpdate): string {
    const frame = this.projection.toolUpdate?.(update);
    return frame === undefined ? '' : `data: ${frame}\n\n`;
  }

  heartbeat(cursor: string): string {
    return `: heartbeat\nid: ${cursor}\n\n`;
  }

  farewell(cursor: string): string {
    return `: the server is going away\n${retryLine()}id: ${cursor}\n\n`;
  }

  refusal(at: number): string {
    const frame = this.projection.refusal?.(at);
    return `: ${KEY_GONE}\n\n${frame === undefined ? '' : `data: ${frame}\n\n`}`;
  }
}
