import type { ModelMessage } from '../../core/ports/model-provider.js';

const SPEAKER: Readonly<Record<ModelMessage['role'], string>> = {
  system: 'System',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Tool result',
};

/**
 * Messages as one text, for upstreams that take a prompt: what systems say first, then a lone question as it is, a longer
 * exchange line by line with its speakers, ending where the assistant is to go on.
 *
 * @example renderPrompt([{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello' }]) // 'Be brief.\n\nHello'
 */
export function renderPrompt(messages: readonly ModelMessage[]): string {
  const systems = messages.filter((message) => message.role === 'system').map((message) => message.content);
  const said = messages.filter((message) => message.role !== 'system');
  const [only] = said;
  if (only !== undefined && said.length === 1 && only.role === 'user') return [...systems, only.content].join('\n\n');
  const lines = said.map((message) => `${SPEAKER[message.role]}: ${message.content}`);
  const open = said.at(-1)?.role === 'assistant' || said.length === 0 ? [] : ['Assistant:'];
  return [...systems, ...lines, ...open].join('\n\n');
}
