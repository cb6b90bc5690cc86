import type { EvaluationResult, Fact, FactType } from '../core/events/conversation-event.js';
import type { ConversationFold, ConversationStatus } from '../core/events/fold.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import { aggregate, type Verdict } from '../core/multi-agent/aggregate.js';
import { episodeLog, type EpisodeLog } from '../core/multi-agent/episode-log.js';
import { evolve } from '../core/multi-agent/evolve.js';
import type { MultiAgentSettings } from '../core/multi-agent/settings.js';
import { initialState, openTurn } from '../core/multi-agent/state.js';
import type { ConversationRecord, ConversationStore } from '../core/ports/conversation-store.js';
import { loadStateFold, readFacts } from './load-fold.js';
import { requireConversation } from './require-conversation.js';

/** The facts an account of a multi-agent conversation is made of: all but its messages. */
const ACCOUNT_TYPES: readonly FactType[] = [
  'turn_start',
  'turn_end',
  'action',
  'agent_left',
  'input_requested',
  'conversation_state',
  'evaluation_start',
  'evaluation_result',
  'evaluation_end',
];

/** A conversation with all that is known of it. Times are ms since the epoch. */
export interface ConversationView {
  readonly record: ConversationRecord;
  readonly fold: ConversationFold;
  readonly status: ConversationStatus;
  /** What agents did with each other; absent for a chat. */
  readonly multi_agent?: MultiAgentView;
}

/** The account of a conversation of agents with each other. */
export interface MultiAgentView {
  readonly settings: MultiAgentSettings;
  readonly results: readonly EvaluationResult[];
  readonly verdict: Verdict | undefined;
  readonly episode: EpisodeLog;
  /** The people who are asked to act now; nobody waits longer for one than until its deadline. */
  readonly waiting_for: readonly { readonly agent: string; readonly deadline: number }[];
}

/** Reads one conversation whole. */
export class GetConversation {
  constructor(private readonly store: ConversationStore) {}

  /** @throws ParleyError `not_found` for an unknown conversation and for another tenant's, `cursor_gone` past retention */
  async execute(ref: ConversationRef): Promise<ConversationView> {
    const record = await requireConversation(this.store, ref);
    const fold = await loadStateFold(this.store.log, ref, record.head_seq);
    const common = { record, fold, status: fold.status };
    if (record.kind !== 'multi_agent') return common;
    const facts: Fact[] = [];
    const query = { after: 0, until: record.head_seq, types: ACCOUNT_TYPES };
    for await (const page of readFacts(this.store.log, ref, query)) facts.push(...page);
    return { ...common, multi_agent: multiAgentView(record.settings as unknown as MultiAgentSettings, facts, fold) };
  }
}

function multiAgentView(settings: MultiAgentSettings, facts: readonly Fact[], fold: ConversationFold): MultiAgentView {
  const results = facts.flatMap((fact) => (fact.body.type === 'evaluation_result' ? [fact.body] : []));
  const state = facts.reduce(evolve, initialState(settings, { turn: false, terminal: false }));
  const agents = settings.participants.map((participant) => participant.name);
  return {
    settings,
    results,
    verdict: results.length === 0 ? undefined : aggregate(agents, results),
    episode: episodeLog(state, results),
    waiting_for: openTurn(state)?.requests.filter(({ agent }) => fold.open.inputs.includes(agent)) ?? [],
  };
}
