import { upstreamFailure } from '../agent/ask-model.js';
import { fitMessages } from '../agent/fit-messages.js';
import { CANCELLED, type RunResult } from '../conversation/run-result.js';
import type { FactBody, NewFact } from '../events/conversation-event.js';
import type { ModelMessage } from '../ports/model-provider.js';
import { displayOf, type Emit, type ImprovementContext } from './context.js';
import { REVISER_PROMPT, reviewPrompt } from './prompts.js';
import { ReviewPass, type PassOutcome } from './review-pass.js';
import { evolveImprovement, lastGood, type ImprovementState } from './state.js';
import { StepMessage } from './step-message.js';

const ANSWERED: RunResult = { outcome: 'completed', code: 'answered' };

/** Why no more passes are made. */
type Ending = Exclude<PassOutcome, 'aborted' | 'unusable'>;

/**
 * Answers a question with a draft and then improves it in passes: each one call, whose revision is the next one's draft. A
 * pass that finds nothing to improve, or whose call fails, is the last; one that gives nothing of use changes nothing. The
 * answer is the last text that is whole, in a message marked as final.
 *
 * @param start `NOTHING_WRITTEN`, with the run's facts so far folded in: a finished draft or pass is not asked for again
 * @returns how it ended; what an abort or a failure left open is the caller's to close
 */
export async function runImprovement(context: ImprovementContext, start: ImprovementState): Promise<RunResult> {
  let state = start;
  const emit = (facts: readonly NewFact[]): void => {
    context.log.append(facts);
    for (const fact of facts) state = evolveImprovement(state, fact);
  };
  const say = (body: FactBody): void => emit([{ body, agent: context.agent }]);
  if (!state.begun) say({ type: 'agent_start' });
  if (state.draft === undefined) {
    const failed = await writeDraft(context, state, emit);
    if (failed !== undefined) return failed;
  }
  const ending = await makePasses(context, () => state, emit);
  if (ending === 'aborted') return CANCELLED;
  const text = lastGood(state);
  if (state.answer === undefined && text !== undefined) writeAnswer(context, emit, { text, ending });
  say({ type: 'agent_end' });
  return ANSWERED;
}

/** @returns how the run ends if there is no draft */
async function writeDraft(
  context: ImprovementContext,
  state: ImprovementState,
  emit: Emit,
): Promise<RunResult | undefined> {
  const { settings, provider, agent, request, signal } = context;
  const say = (body: FactBody): void => emit([{ body, agent }]);
  const quiet = settings.intermediate_steps ? {} : { quiet: true as const };
  if (state.phase === undefined) say({ type: 'phase_start', phase: 'draft', n: 1, ...quiet });
  const message = new StepMessage(context, emit, { part: 'draft', n: 1, display: displayOf(settings) });
  const messages = fitted(context, context.instructions, context.history);
  let written = '';
  const end = await provider.stream(
    { ...request, messages },
    (delta) => {
      if (delta.block === 'text') written += delta.text;
      message.write(delta);
    },
    signal,
  );
  if (end.type === 'aborted') return CANCELLED;
  if (end.type === 'failed' || written.trim() === '') {
    message.end('error', end.usage);
    const empty = {
      type: 'failed',
      code: 'upstream_empty',
      message: 'it answered with no text',
      retryable: true,
    } as const;
    return upstreamFailure(provider.name, end.type === 'failed' ? end : empty);
  }
  message.end(end.stop_reason === 'length' ? 'length' : 'stop', end.usage);
  say({ type: 'phase_end', phase: 'draft', n: 1 });
  return undefined;
}

/** Makes the passes that are still to be made. The state changes as they are. */
async function makePasses(
  context: ImprovementContext,
  current: () => ImprovementState,
  emit: Emit,
): Promise<Ending | 'aborted'> {
  const { passes } = context.settings;
  for (let n = 1; n <= passes; n++) {
    const state = current();
    const { over = false, revision, suggestions } = state.passes[n - 1] ?? {};
    if (over) continue;
    if (revision !== undefined) {
      // It broke off in its comments: they are not worth a call.
      emit([{ body: { type: 'phase_end', phase: 'revision', n }, agent: context.agent }]);
      continue;
    }
    if (context.signal.aborted) return 'aborted';
    const pass = new ReviewPass(context, { n, last: n === passes, phase: state.phase, suggestions }, emit);
    const outcome = await pass.run(reviewMessages(context, lastGood(state) ?? ''));
    if (outcome === 'aborted' || outcome === 'failed' || outcome === 'nothing') return outcome;
  }
  return 'revised';
}

/** The answer that stands, where it is not the last revision. Who saw it last, with nothing to improve, need not see it twice. */
function writeAnswer(
  context: ImprovementContext,
  emit: Emit,
  { text, ending }: { readonly text: string; readonly ending: Ending },
): void {
  const { intermediate_steps, passes } = context.settings;
  const display = intermediate_steps ? (ending === 'nothing' ? 'hidden' : 'headed') : 'plain';
  const message = new StepMessage(context, emit, { part: 'answer', n: passes, display, final: true });
  message.write({ block: 'text', text });
  message.end('stop');
}

function reviewMessages(context: ImprovementContext, draft: string): readonly ModelMessage[] {
  const question = context.history.at(-1);
  const content = reviewPrompt(question?.content ?? '', draft);
  const images = (question?.role === 'user' ? (question.parts ?? []) : []).filter(({ type }) => type === 'image');
  const parts = images.length === 0 ? {} : { parts: [{ type: 'text' as const, text: content }, ...images] };
  const messages: ModelMessage[] = [...context.history.slice(0, -1), { role: 'user', content, ...parts }];
  return fitted(context, context.settings.reviser ?? REVISER_PROMPT, messages);
}

function fitted(
  context: ImprovementContext,
  instructions: string | undefined,
  messages: readonly ModelMessage[],
): readonly ModelMessage[] {
  const system: ModelMessage[] =
    instructions === undefined || instructions === '' ? [] : [{ role: 'system', content: instructions }];
  return fitMessages([...system, ...messages], context.fit).messages;
}
