import type { ModelMessage, ModelPart, Thinking } from '../ports/model-provider.js';
import {
  textOf,
  type AssistantMessage,
  type ImageContent,
  type Message,
  type TextContent,
  type ThinkingContent,
  type ToolResultMessage,
} from './message.js';
import { repairMessages } from './repair-messages.js';

/** Which model is asked: thinking goes back only to the one that thought it. */
export interface AskedModel {
  readonly provider: string;
  readonly id: string;
}

/** What stands before images that a tool gave: providers take images from people only. */
const IMAGES_OF_A_TOOL = 'Attached image(s) from tool result:';

/**
 * The messages of an agent as a provider is given them, repaired first. The thinking of another model becomes text, and
 * the images of tool results follow in a message of their own.
 */
export function toModelMessages(messages: readonly Message[], asked: AskedModel): ModelMessage[] {
  const told: ModelMessage[] = [];
  let images: ImageContent[] = [];
  const showImages = (): void => {
    if (images.length > 0) told.push(fromPerson([{ type: 'text', text: IMAGES_OF_A_TOOL }, ...images]));
    images = [];
  };
  for (const message of repairMessages(messages)) {
    if (message.role === 'tool_result') {
      told.push(fromTool(message));
      images.push(...message.content.filter((block) => block.type === 'image'));
      continue;
    }
    showImages();
    told.push(message.role === 'user' ? fromPerson(message.content) : fromModel(message, asked));
  }
  showImages();
  return told;
}

function fromPerson(content: string | readonly (TextContent | ImageContent)[]): ModelMessage {
  const text = textOf(content);
  if (typeof content === 'string' || content.every(isPlainText)) return { role: 'user', content: text };
  const parts = content.map(toPart);
  return { role: 'user', content: text, parts };
}

function isPlainText(block: TextContent | ImageContent): boolean {
  return block.type === 'text' && block.cache_control === undefined;
}

function toPart(block: TextContent | ImageContent): ModelPart {
  if (block.type === 'image') return { type: 'image', url: block.url };
  const { text, cache_control } = block;
  return { type: 'text', text, ...(cache_control === undefined ? {} : { cache_control }) };
}

function fromTool({ content, tool_call_id }: ToolResultMessage): ModelMessage {
  const text = textOf(content);
  const shown = text === '' && content.length > 0 ? '(see attached image)' : text;
  return { role: 'tool', content: shown, tool_call_id };
}

function fromModel(message: AssistantMessage, asked: AskedModel): ModelMessage {
  const own = message.provider === asked.provider && message.model === asked.id;
  const thoughts = message.content.filter((block) => block.type === 'thinking');
  const thinking = own ? thinkingOf(thoughts) : undefined;
  const foreign = own ? '' : textOfThoughts(thoughts);
  const calls = message.content.flatMap((block) =>
    block.type === 'tool_call' ? [{ id: block.id, name: block.name, arguments: block.arguments }] : [],
  );
  return {
    role: 'assistant',
    content: [foreign, textOf(message.content)].filter((text) => text !== '').join('\n\n'),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(thinking === undefined ? {} : { thinking }),
  };
}

function thinkingOf(thoughts: readonly ThinkingContent[]): Thinking | undefined {
  const signature = thoughts.find((thought) => thought.thinking_signature !== undefined)?.thinking_signature;
  if (signature === undefined) return undefined;
  return { text: thoughts.map((thought) => thought.thinking).join('\n'), signature };
}

function textOfThoughts(thoughts: readonly ThinkingContent[]): string {
  const readable = thoughts.filter(({ redacted, thinking }) => redacted !== true && thinking.trim() !== '');
  return readable.map(({ thinking }) => thinking).join('\n\n');
}
