import type { Response } from 'express';
import type { ConversationView, MultiAgentView } from '../../conversations/conversation-view.js';
import type { ListedMessage, ListMessages } from '../../conversations/list-messages.js';
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

/** The conversation, its episode log and all its messages in one object, written as they are read. */
export async function exportJson(source: ExportSource, response: Response): Promise<void> {
  const { view } = source;
  const episode = view.multi_agent === undefined ? {} : { episode_log: view.multi_agent.episode };
  const head = JSON.stringify({ ...conversationBody(view), ...episode });
  const texts = (async function* (): AsyncGenerator<string> {
    yield `${head.slice(0, -1)},"messages":[`;
    let comma = '';
    for await (const messages of pagesOf(source)) {
      const dated = messages.map((message) => JSON.stringify({ ...message, at: timestamp(message.at) }));
      yield comma + dated.join(',');
      comma = ',';
    }
    yield ']}';
  })();
  await writeAll(texts, response);
}

/** The log itself, a fact a line, written as it is read. */
export async function exportLines({ ref, events }: ExportSource, response: Response): Promise<void> {
  const texts = (async function* (): AsyncGenerator<string> {
    for (let cursor = '0'; ;) {
      const page = await events.execute(ref, { cursor, limit: PAGE });
      yield page.facts.map((fact) => `${JSON.stringify(canonicalFact(fact, String(fact.seq)))}\n`).join('');
      if (!page.has_more) return;
      cursor = String(page.after);
    }
  })();
  await writeAll(texts, response);
}

/** A transcript for people, written as it is read. */
export async function exportMarkdown(source: ExportSource, response: Response): Promise<void> {
  const { multi_agent, fold } = source.view;
  const ending =
    fold.terminated_by === undefined
      ? `_${fold.status}_`
      : `_${fold.status}: ${fold.terminated_by.detail ?? fold.terminated_by.reason}_`;
  const texts = (async function* (): AsyncGenerator<string> {
    if (multi_agent === undefined) yield* chatParts(source, ending);
    else yield episodeParts(multi_agent, ending).join('\n\n');
    yield '\n';
  })();
  await writeAll(texts, response);
}

/** All messages, page by page. */
async function* pagesOf({ ref, list }: ExportSource): AsyncGenerator<readonly ListedMessage[]> {
  for (let cursor: string | undefined = '0'; cursor !== undefined;) {
    const page = await list.execute(ref, { limit: PAGE, cursor });
    if (page.messages.length > 0) yield page.messages;
    cursor = page.next_cursor;
  }
}

/** Writes no faster than it is read at the other end, and ends the response. Who leaves ends the reading. */
async function writeAll(texts: AsyncIterable<string>, response: Response): Promise<void> {
  for await (const text of texts) {
    if (response.destroyed) return;
    if (response.write(text)) continue;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        response.off('drain', goOn).off('close', goOn);
        resolve();
      };
      response.once('drain', goOn).once('close', goOn);
    });
  }
  response.end();
}

function episodeParts({ settings, episode, verdict }: MultiAgentView, ending: string): string[] {
  const turns = episode.messages.map((turn, index) => {
    // The text is what others noticed: it begins with whose it is.
    const lines = turn.map(
      ([, receiver, text]) => `- ${text}${receiver === 'Environment' ? '' : ` _(to ${receiver} only)_`}`,
    );
    return `## Turn ${index + 1}\n\n${lines.join('\n')}`;
  });
  const scores = verdict === undefined ? [] : [`## Evaluation\n\n${verdict.reasoning}`];
  return [`# ${settings.scenario}`, `Agents: ${episode.agents.join(', ')}`, ...turns, ending, ...scores];
}

async function* chatParts(source: ExportSource, ending: string): AsyncGenerator<string> {
  yield '# Chat';
  for await (const messages of pagesOf(source)) {
    yield messages.map((message) => `\n\n${chatPart(message)}`).join('');
  }
  yield `\n\n${ending}`;
}

function chatPart({ agent, role, text, tool_calls = [], tool_results = [] }: ListedMessage): string {
  const calls = tool_calls.map((call) => `_calls ${call.name}_\n\n${fenced(JSON.stringify(call.arguments))}`);
  const results = tool_results.map(
    ({ name, content, is_error }) => `_${name} ${is_error ? 'failed' : 'answers'}_\n\n${fenced(content)}`,
  );
  // Of an answer that only calls tools there is no text.
  const said = text === '' && calls.length > 0 ? [] : [text];
  return [`**${agent ?? role}**`, ...said, ...calls, ...results].join('\n\n');
}

/** As a block of code, whose fence is longer than any in it. */
function fenced(text: string): string {
  const longest = (text.match(/`{3,}/g) ?? []).reduce((most, { length }) => Math.max(most, length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
