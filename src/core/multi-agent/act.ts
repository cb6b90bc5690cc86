import type { Action, NewFact, Usage } from '../events/conversation-event.js';
import { addUsage, NO_USAGE } from '../events/usage.js';
import type { MessageId } from '../kernel/ids.js';
import type { ModelEnd, ModelMessage, ModelProvider, ModelRequest } from '../ports/model-provider.js';
import { ArgumentStream } from './argument-stream.js';
import type { RunResult } from '../conversation/run-result.js';
import type { MultiAgentContext } from './context.js';
import { parseAction } from './parse-action.js';
import { actionAnswer, actionPrompt, goalPrompt, repairPrompt } from './prompts.js';
import type { Participant } from './settings.js';
import { activeAgents, type MultiAgentState } from './state.js';

/** Calls after the first that may repair an answer that is no valid action. */
const MAX_REPAIRS = 2;

/** What came of asking one agent: its facts are in the log, or the run cannot go on. */
export type ActOutcome = { readonly kind: 'acted' } | { readonly kind: 'stopped'; readonly result: RunResult };

export interface ActRequest {
  readonly state: MultiAgentState;
  readonly participant: Participant;
  readonly turn: number;
  /** Aborts with the run, and when another agent of the turn has failed. */
  readonly signal: AbortSignal;
  /** Appends to the log and to the loop's state. */
  readonly emit: (facts: readonly NewFact[]) => void;
}

const ACTED: ActOutcome = { kind: 'acted' };

/** Sees that an agent has a goal: its own answer to the question for one, in plain text, where it was given none. */
export async function seekGoal(context: MultiAgentContext, request: ActRequest): Promise<ActOutcome> {
  const { participant, state } = request;
  const provider = modelOf(context, state, participant);
  if (provider === undefined) return unknownModel(participant);
  let goal = '';
  const asked: ModelRequest = { messages: goalPrompt(state, participant), seed: state.settings.seed };
  const end = await provider.stream(
    asked,
    (delta) => {
      if (delta.block === 'text') goal += delta.text;
    },
    request.signal,
  );
  if (end.type !== 'done') return stopped(end, participant, provider);
  request.emit([
    { body: { type: 'conversation_state', goal: goal.trim() }, agent: participant.name },
    {
      body: { type: 'usage', purpose: 'goal', model: provider.name, usage: end.usage ?? NO_USAGE },
      agent: participant.name,
    },
  ]);
  return ACTED;
}

/** Asks an agent for its action of the turn and writes it down: its message as it arrives, then the action. */
export async function act(context: MultiAgentContext, request: ActRequest): Promise<ActOutcome> {
  const { participant, state } = request;
  const provider = modelOf(context, state, participant);
  if (provider === undefined) return unknownModel(participant);
  const others = activeAgents(state).filter((name) => name !== participant.name);
  const message = new ActionMessage(context, request, provider.name);
  let messages: readonly ModelMessage[] = actionPrompt(state, participant, request.turn);
  let problem = '';
  for (let call = 0; call <= MAX_REPAIRS; call++) {
    const answer = await ask(
      provider,
      { messages, json: actionAnswer(others), seed: state.settings.seed },
      message,
      request.signal,
    );
    if (answer.end.type !== 'done') {
      message.fail(answer.end);
      return stopped(answer.end, participant, provider);
    }
    const parsed = parseAction(answer.text, others, context.repairJson);
    if (parsed.ok) {
      message.finish(parsed.action, answer.end.usage);
      return ACTED;
    }
    problem = parsed.problem;
    message.rejected(answer.end.usage);
    messages = repairPrompt(actionPrompt(state, participant, request.turn), answer.text, problem);
  }
  message.fail({ type: 'aborted' }, 'error');
  const detail = `the model "${provider.name}" of "${participant.name}" gave no valid action in ${MAX_REPAIRS + 1} tries: ${problem}`;
  return { kind: 'stopped', result: { outcome: 'failed', code: 'upstream', detail } };
}

async function ask(
  provider: ModelProvider,
  request: ModelRequest,
  message: ActionMessage,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly end: ModelEnd }> {
  let text = '';
  const decoder = new ArgumentStream();
  const end = await provider.stream(
    request,
    (delta) => {
      if (delta.block !== 'text') return;
      text += delta.text;
      message.show(decoder.push(delta.text));
    },
    signal,
  );
  return { text, end };
}

/** The message that carries an action: shows what is decoded, and is replaced if it ends in other text. */
class ActionMessage {
  #id: MessageId;
  #shown = '';
  #repairing = false;
  #spent: Usage = NO_USAGE;

  constructor(
    private readonly context: MultiAgentContext,
    private readonly request: ActRequest,
    private readonly model: string,
  ) {
    this.#id = context.ids.message();
    this.#start();
  }

  /** Text of a first answer is shown as it comes; that of a repair only once it is known to be good. */
  show(text: string): void {
    if (text === '' || this.#repairing) return;
    this.#shown += text;
    this.context.log.delta(this.#id, 'text', text);
  }

  rejected(usage: Usage | undefined): void {
    this.#repairing = true;
    this.#spent = addUsage(this.#spent, spentOnce(usage));
  }

  finish(action: Action, usage: Usage | undefined): void {
    if (!action.argument.startsWith(this.#shown)) {
      this.#emit({ body: { type: 'message_discarded', message_id: this.#id, reason: 'repaired' } });
      this.#id = this.context.ids.message();
      this.#shown = '';
      this.#start();
    }
    this.#repairing = false;
    this.show(action.argument.slice(this.#shown.length));
    this.#end('stop', usage);
    const { turn } = this.request;
    this.#emit({ body: { type: 'action', turn, message_id: this.#id, ...action } });
    if (action.action_type === 'leave') this.#emit({ body: { type: 'agent_left', turn } });
  }

  fail(end: ModelEnd, reason: 'aborted' | 'error' = end.type === 'aborted' ? 'aborted' : 'error'): void {
    this.#end(reason, end.usage);
  }

  #start(): void {
    this.#emit({ body: { type: 'message_start', message_id: this.#id, role: 'assistant', model: this.model } });
  }

  #end(stop_reason: 'stop' | 'aborted' | 'error', usage: Usage | undefined): void {
    const spent = addUsage(this.#spent, spentOnce(usage));
    const text = this.#shown;
    this.#emit({
      body: { type: 'message_end', message_id: this.#id, role: 'assistant', text, stop_reason, usage: spent },
    });
  }

  #emit(fact: NewFact): void {
    this.request.emit([{ ...fact, agent: this.request.participant.name }]);
  }
}

function spentOnce(usage: Usage | undefined): Usage {
  return { ...NO_USAGE, calls: 1, ...usage };
}

function modelOf(
  context: MultiAgentContext,
  state: MultiAgentState,
  participant: Participant,
): ModelProvider | undefined {
  return context.models.get(participant.model ?? state.settings.default_model);
}

function unknownModel(participant: Participant): ActOutcome {
  const detail = `the model "${participant.model}" of ${participant.name} is no longer configured`;
  return { kind: 'stopped', result: { outcome: 'failed', code: 'upstream', detail } };
}

/** A model that fails is not an agent that chose to do nothing: the run ends with the reason. */
function stopped(
  end: Exclude<ModelEnd, { type: 'done' }>,
  participant: Participant,
  provider: ModelProvider,
): ActOutcome {
  if (end.type === 'aborted') return { kind: 'stopped', result: { outcome: 'cancelled', code: 'cancelled' } };
  const detail = `${participant.name} could not act, model "${provider.name}": ${end.message} (${end.code})`;
  return { kind: 'stopped', result: { outcome: 'failed', code: 'upstream', detail } };
}
