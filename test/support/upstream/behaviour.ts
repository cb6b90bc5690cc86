import { answerOf, answerSteps } from './context.js';
import type { Context } from './context.js';
import type { Control } from './control-name.js';
import { letterPieces, vocabularyPieces, wordPieces } from './pieces.js';
import { lastUserText } from './scripted/asked.js';
import { scriptedAnswer } from './scripted/scripted.js';
import { wait } from './steps.js';
import type { Step } from './steps.js';
import type { Answer } from './types.js';

/** Plays what the model name asked for. */
export function behave(control: Exclude<Control, { type: 'unknown' }>, context: Context): Iterable<Step> {
  switch (control.type) {
    case 'scripted':
      return answerSteps(context, scriptedAnswer(context));
    case 'echo':
      return answerSteps(context, answerOf({ pieces: wordPieces(lastUserText(context.ask)) }));
    case 'think':
      return answerSteps(context, { ...scriptedAnswer(context), thinking: 'Let me think about that for a moment.' });
    case 'text':
    case 'chars':
      return answerSteps(context, longAnswer(control, context.ask.maxTokens));
    case 'finish':
      return answerSteps(context, { ...scriptedAnswer(context), finish: control.reason });
    case 'act':
      return answerSteps(context, scriptedAnswer(context, { action: actFrom(control) }));
    case 'bad':
      return misbehave(control, context);
    case 'slow':
      return later(control.ms, behaveIfKnown(control.inner, context));
    case 'pace':
      return paced(control.ms, behaveIfKnown(control.inner, context));
  }
}

function behaveIfKnown(control: Control, context: Context): Iterable<Step> {
  return control.type === 'unknown' ? [] : behave(control, context);
}

function misbehave(control: Extract<Control, { type: 'bad' }>, context: Context): Iterable<Step> {
  if (context.call.n > control.times) return answerSteps(context, scriptedAnswer(context));
  const { fault, arg } = control.named;
  // Arrow functions and methods of the context do not use `this`, so a copy is as good.
  return fault({ ...context, arg, healthy: () => scriptedAnswer(context) });
}

/** `text` and `chars`: the only answers that obey the caller's token limit. */
function longAnswer(control: Extract<Control, { count: number }>, limit = Infinity): Answer {
  const count = Math.min(control.count, limit);
  const pieces = control.type === 'text' ? vocabularyPieces(count) : letterPieces(count);
  const finish = count < control.count ? 'length' : 'stop';
  return answerOf({ pieces, finish, intervalMs: control.intervalMs });
}

/** Speaks until the `from`-th action, then does as it is told. */
function actFrom(control: Extract<Control, { type: 'act' }>) {
  return (action: { action_type: string; argument: string; to: readonly string[] }, count: number) =>
    count < control.from
      ? action
      : { ...action, action_type: control.actionType, argument: control.actionType === 'none' ? '' : action.argument };
}

function* later(ms: number, steps: Iterable<Step>): Iterable<Step> {
  yield wait(ms);
  yield* steps;
}

function* paced(ms: number, steps: Iterable<Step>): Iterable<Step> {
  for (const step of steps) {
    if (step.type === 'write') yield wait(ms);
    yield step;
  }
}
