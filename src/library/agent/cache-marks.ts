import type { Message, UserMessage } from '../../core/agent-messages/message.js';
import type { CacheMark } from '../../core/ports/model-provider.js';

/** Marks that Anthropic takes in one prompt. */
const MOST_MARKS = 4;
const MARK: CacheMark = { type: 'ephemeral' };

type Block = Exclude<UserMessage['content'], string>[number];

/**
 * Marks the last text of what a person said as the end of what the provider may keep of the prompt: of the newest messages,
 * as many as a prompt may have marks, so that a call finds the marks of the one before it again. Marks of the program's own
 * stay, and count.
 */
export function withCacheMarks(messages: readonly Message[]): Message[] {
  let left = MOST_MARKS - messages.reduce((count, message) => count + marksIn(message), 0);
  return messages
    .toReversed()
    .map((message) => {
      if (left <= 0 || message.role !== 'user' || marksIn(message) > 0) return message;
      const content = marked(blocksOf(message));
      if (content === undefined) return message;
      left -= 1;
      return { ...message, content };
    })
    .toReversed();
}

function marksIn(message: Message): number {
  if (message.role !== 'user') return 0;
  return blocksOf(message).filter((block) => block.type === 'text' && block.cache_control !== undefined).length;
}

function blocksOf({ content }: UserMessage): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** undefined: there is no text that could be marked; providers refuse a mark on an empty one. */
function marked(blocks: readonly Block[]): readonly Block[] | undefined {
  const at = blocks.findLastIndex((block) => block.type === 'text' && block.text !== '');
  const block = blocks[at];
  return block?.type === 'text' ? blocks.with(at, { ...block, cache_control: MARK }) : undefined;
}
