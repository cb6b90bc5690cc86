import {
  NO_TOKENS,
  type AssistantMessage,
  type StopReason,
  type TokenUsage,
  type ToolCallContent,
} from '../../core/agent-messages/message.js';
import type { ModelDelta } from '../../core/ports/model-provider.js';
import { readPartialJson } from './partial-json.js';
import type { AssistantMessageEvent } from './stream-event.js';

/** Who writes a message. */
export interface MessageHead {
  readonly api: string;
  readonly provider: string;
  readonly model: string;
}

/** A call as it came out: with its arguments, or with what is wrong with them. */
export type FinishedCall = Pick<ToolCallContent, 'id' | 'name' | 'arguments' | 'error'>;

/** Why a message ended without being finished. */
export interface Breakage {
  readonly reason: 'error' | 'aborted';
  readonly message: string;
  readonly code?: string;
  readonly usage?: TokenUsage;
}

type Block = AssistantMessage['content'][number];
type Emit = (event: AssistantMessageEvent) => void;

// Constants: a text made anew for each event would be compared letter by letter by whoever reads it.
const STARTS = { text: 'text_start', thinking: 'thinking_start' } as const;
const DELTAS = { text: 'text_delta', thinking: 'thinking_delta' } as const;
const ENDS = { text: 'text_end', thinking: 'thinking_end' } as const;

/** Puts a message together from its pieces, and says each step as an event. */
export class MessageBuilder {
  readonly #head: MessageHead;
  readonly #timestamp: number;
  readonly #emit: Emit;
  #content: Block[] = [];
  /** Where the open text or thinking is. */
  #open: number | undefined;
  /** Where the calls are, by the block of their deltas. */
  readonly #calls = new Map<ModelDelta['block'], number>();
  #started = false;

  /** @param timestamp ms since the epoch */
  constructor(head: MessageHead, timestamp: number, emit: Emit) {
    this.#head = head;
    this.#timestamp = timestamp;
    this.#emit = emit;
  }

  /** Says `start`, once. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#emit({ type: 'start', partial: this.#partial() });
  }

  take({ block, text, call, signature }: ModelDelta): void {
    this.start();
    if (block === 'text' || block === 'thinking') this.#addProse(block, text, signature);
    else this.#addToCall(block, text, call);
  }

  /** Marks the thinking or text at an index with what its provider needs to take it back. */
  sign(content_index: number, signature: string): void {
    const block = this.#content[content_index];
    if (block?.type === 'text') this.#content[content_index] = { ...block, text_signature: signature };
    if (block?.type === 'thinking') this.#content[content_index] = { ...block, thinking_signature: signature };
  }

  /** Ends what is open: another block begins, or none. */
  closeProse(): void {
    const content_index = this.#open;
    const block = content_index === undefined ? undefined : this.#content[content_index];
    this.#open = undefined;
    if (content_index === undefined || block === undefined || block.type === 'tool_call') return;
    const content = block.type === 'text' ? block.text : block.thinking;
    this.#emit({ type: ENDS[block.type], content_index, content, partial: this.#partial() });
  }

  /** Begins a call, unless it is there. */
  startCall(block: ModelDelta['block'], call: ModelDelta['call']): number {
    this.start();
    const known = this.#calls.get(block);
    if (known !== undefined) return known;
    this.closeProse();
    const { id = '', name = '' } = call ?? {};
    const content_index = this.#content.push({ type: 'tool_call', id, name, arguments: {}, partial_json: '' }) - 1;
    this.#calls.set(block, content_index);
    this.#emit({ type: 'tool_call_start', content_index, partial: this.#partial() });
    return content_index;
  }

  /** What is at an index as it is now. */
  at(content_index: number): Block | undefined {
    return this.#content[content_index];
  }

  /** The whole answer. `calls` are all of its calls; one that did not show itself before comes last. */
  done(reason: 'stop' | 'length' | 'tool_calls', calls: readonly FinishedCall[], usage: TokenUsage): void {
    this.start();
    this.closeProse();
    this.#settleCalls(calls);
    this.#emit({ type: 'done', reason, message: this.#message(reason, usage) });
  }

  /** What there is of an answer that broke off. What came is kept if it says anything. */
  broken({ reason, message, code, usage = NO_TOKENS }: Breakage): void {
    const says = this.#content.some((block) => block.type === 'tool_call' || textOf(block).trim() !== '');
    if (!says) this.#content = [{ type: 'text', text: '' }];
    const about = { error_message: message, ...(code === undefined ? {} : { error_code: code }) };
    this.#emit({ type: 'error', reason, error: { ...this.#message(reason, usage), ...about } });
  }

  #addProse(type: 'text' | 'thinking', delta: string, signature: string | undefined): void {
    if (this.#open === undefined || this.#content[this.#open]?.type !== type) {
      this.closeProse();
      this.#open = this.#content.push(type === 'text' ? { type, text: '' } : { type, thinking: '' }) - 1;
      this.#emit({ type: STARTS[type], content_index: this.#open, partial: this.#partial() });
    }
    const content_index = this.#open;
    const block = this.#content[content_index];
    if (block !== undefined) this.#content[content_index] = longer(block, delta);
    if (signature !== undefined) this.sign(content_index, signature);
    this.#emit({ type: DELTAS[type], content_index, delta, partial: this.#partial() });
  }

  #addToCall(block: ModelDelta['block'], delta: string, call: ModelDelta['call']): void {
    const content_index = this.startCall(block, call);
    const before = this.#content[content_index];
    if (before?.type !== 'tool_call') return;
    const partial_json = (before.partial_json ?? '') + delta;
    const read = readPartialJson(partial_json) ?? before.arguments;
    this.#content[content_index] = { ...before, ...call, partial_json, arguments: read };
    this.#emit({ type: 'tool_call_delta', content_index, delta, partial: this.#partial() });
  }

  /** Gives every call its arguments: by its id, else by its turn. Calls that came twice are dropped. */
  #settleCalls(calls: readonly FinishedCall[]): void {
    const left = [...calls];
    const dropped = new Set<Block>();
    for (const [content_index, block] of this.#content.entries()) {
      if (block.type !== 'tool_call') continue;
      const same = left.findIndex(({ id }) => id === block.id);
      const [call] = left.splice(Math.max(same, 0), 1);
      if (call === undefined) dropped.add(block);
      else this.#endCall(content_index, call);
    }
    if (dropped.size > 0) this.#content = this.#content.filter((block) => !dropped.has(block));
    for (const call of left) {
      const { id, name } = call;
      const content_index = this.#content.push({ type: 'tool_call', id, name, arguments: {} }) - 1;
      this.#emit({ type: 'tool_call_start', content_index, partial: this.#partial() });
      this.#endCall(content_index, call);
    }
  }

  #endCall(content_index: number, { id, name, arguments: args, error }: FinishedCall): void {
    const wrong = error === undefined ? {} : { error };
    const tool_call: ToolCallContent = { type: 'tool_call', id, name, arguments: args, ...wrong };
    this.#content[content_index] = tool_call;
    this.#emit({ type: 'tool_call_end', content_index, tool_call, partial: this.#partial() });
  }

  #partial(): AssistantMessage {
    return this.#message(null, NO_TOKENS);
  }

  #message(stop_reason: StopReason | null, usage: TokenUsage): AssistantMessage {
    const { api, provider, model } = this.#head;
    const content = this.#content.slice();
    return { role: 'assistant', content, stop_reason, timestamp: this.#timestamp, api, provider, model, usage };
  }
}

function textOf(block: Exclude<Block, ToolCallContent>): string {
  return block.type === 'text' ? block.text : block.thinking;
}

/** Every token of an answer passes here: objects are written out, which is several times cheaper than spreading. */
function longer(block: Block, delta: string): Block {
  if (block.type === 'text') {
    const { text_signature } = block;
    const text = block.text + delta;
    return text_signature === undefined ? { type: 'text', text } : { type: 'text', text, text_signature };
  }
  return block.type === 'thinking' ? { ...block, thinking: block.thinking + delta } : block;
}
