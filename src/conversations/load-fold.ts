import { EMPTY_FOLD, evolveFold, shownText, type ConversationFold } from '../core/events/fold.js';
import type { Fact, FactType } from '../core/events/conversation-event.js';
import type { ConversationRef, RunId } from '../core/kernel/ids.js';
import type { EventLog, FactQuery } from '../core/ports/conversation-store.js';

/** Facts read at a time; bounds what one reader holds in memory. */
const PAGE = 500;
const PAGE_CHARS = 1 << 20;
const MESSAGE_ENDS: readonly FactType[] = ['message_end'];

/** All facts of a query, page by page. */
export async function* readFacts(
  log: EventLog,
  ref: ConversationRef,
  query: Omit<FactQuery, 'limit' | 'max_chars'>,
): AsyncGenerator<readonly Fact[]> {
  let rest = query;
  for (;;) {
    const page = await log.read(ref, { ...rest, limit: PAGE, max_chars: PAGE_CHARS });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    rest = query.newest_first === true ? { ...rest, until: last.seq - 1 } : { ...rest, after: last.seq };
  }
}

/** The fold as of a fact, whole: for whoever goes on from it. */
export async function loadFold(log: EventLog, ref: ConversationRef, at: number): Promise<ConversationFold> {
  return withRunText(log, ref, await loadStateFold(log, ref, at));
}

/** The fold as of a fact, from the nearest snapshot before it. The text of a run under way may be missing in it. */
export async function loadStateFold(log: EventLog, ref: ConversationRef, at: number): Promise<ConversationFold> {
  if (at === 0) return EMPTY_FOLD;
  const snapshot = await log.snapshot(ref, at);
  let fold = snapshot?.fold ?? EMPTY_FOLD;
  if (fold.seq === at) return fold;
  for await (const page of readFacts(log, ref, { after: fold.seq, until: at })) {
    for (const fact of page) fold = evolveFold(fold, fact);
  }
  return fold;
}

/** Gathers the text of the run under way from its messages, where the fold comes from a snapshot. */
export async function withRunText(
  log: EventLog,
  ref: ConversationRef,
  fold: ConversationFold,
): Promise<ConversationFold> {
  const { run } = fold;
  if (run === undefined || run.text !== undefined) return fold;
  let text = '';
  const query = { after: run.started_seq, until: fold.seq, run_id: run.id, types: MESSAGE_ENDS };
  for await (const page of readFacts(log, ref, query)) {
    for (const { body } of page) if (body.type === 'message_end') text += shownText(body);
  }
  return { ...fold, run: { ...run, text } };
}

/** All facts of one run. */
export async function loadRunFacts(
  log: EventLog,
  ref: ConversationRef,
  run_id: RunId,
  start_seq: number,
): Promise<Fact[]> {
  const facts: Fact[] = [];
  for await (const page of readFacts(log, ref, { after: start_seq - 1, run_id })) facts.push(...page);
  return facts;
}
