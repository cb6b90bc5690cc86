import type { Response } from 'express';
import { once } from 'node:events';
import type { ConversationView, MultiAgentView } from '../../conversations/conversation-view.js';
import type { ListMessages } from '../../conversations/list-messages.js';
import type { ReadEvents } from '../../conversations/read-events.js';
import type { ConversationRef } from '../../core/kernel/ids.js';
import { canonicalFact } from '../wire/canonical.projection.js';
import { timestamp } from '../wire/timestamp.js';
import { conversationBody } from './conversation.mapper.js';

/** Facts and messages read at a time. */
const PAGE = 500;

export interface ExportSource {
  readonly ref: ConversationRef;
  readonly view: ConversationView;
  readonly list: ListMessages;
  readonly events: ReadEvents;
}

/** The conversation, its episode log and all its messages in one object. */
export async function exportJson({ ref, view, list }: ExportSource): Promise<Readonly<Record<string, unknown>>> {
  const messages: unknown[] = [];
  for (let cursor: string | undefined = '0'; cursor !== undefined;) {
    const page = await list.execute(ref, { limit: PAGE, cursor });
    messages.push(...page.messages.map((message) => ({ ...message, at: timestamp(message.at) })));
    cursor = page.next_cursor;
  }
  const episode = view.multi_agent === undefined ? {} : { episode_log: view.multi_agent.episode };
  return { ...conversationBody(view), ...episode, messages };
}

/** The log itself, a fact a line, written as it is read. */
export async function exportLines({ ref, events }: ExportSource, response: Response): Promise<void> {
  for (let cursor = '0'; ;) {
    const page = await events.execute(ref, { cursor, limit: PAGE });
    const lines = page.facts.map((fact) => `${JSON.stringify(canonicalFact(fact, String(fact.seq)))}\n`).join('');
    if (!response.write(lines) && !response.destroyed)
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (!page.has_more || response.destroyed) break;
    cursor = String(page.after);
  }
  response.end();
}

/** A transcript for people. */
export async function exportMarkdown({ ref, view, list }: ExportSource): Promise<string> {
  const { multi_agent, fold } = view;
  const ending =
    fold.terminated_by === undefined
      ? `_${fold.status}_`
      : `_${fold.status}: ${fold.terminated_by.detail ?? fold.terminated_by.reason}_`;
  const parts = multi_agent === undefined ? await chatParts(ref, list, ending) : episodeParts(multi_agent, ending);
  return `${parts.join('\n\n')}\n`;
}

function episodeParts({ settings, episode, verdict }: MultiAgentView, ending: string): string[] {
  const turns = episode.messages.map((turn, index) => {
    const lines = turn.map(
      ([sender, receiver, text]) => `- **${sender}**${receiver === 'Environment' ? '' : ` → ${receiver}`}: ${text}`,
    );
    return `## Turn ${index + 1}\n\n${lines.join('\n')}`;
  });
  const scores = verdict === undefined ? [] : [`## Evaluation\n\n${verdict.reasoning}`];
  return [`# ${settings.scenario}`, `Agents: ${episode.agents.join(', ')}`, ...turns, ending, ...scores];
}

async function chatParts(ref: ConversationRef, list: ListMessages, ending: string): Promise<string[]> {
  const said: string[] = [];
  for (let cursor: string | undefined = '0'; cursor !== undefined;) {
    const page = await list.execute(ref, { limit: PAGE, cursor });
    said.push(...page.messages.map(({ agent, role, text }) => `**${agent ?? role}**\n\n${text}`));
    cursor = page.next_cursor;
  }
  return ['# Chat', ...said, ending];
}
