import { answerOf } from '../context.js';
import type { Context } from '../context.js';
import { jsonPieces, wordPieces } from '../pieces.js';
import type { Answer, AskKind } from '../types.js';
import { actionJson, scriptedAction, scriptedGoal } from './action.js';
import type { ActionValue } from './action.js';
import { agentOf, kindOf, lastUserText, toolResultsOf } from './asked.js';
import { evaluationOf, verdictsFor } from './judge.js';
import type { Verdict } from './judge.js';
import { sampleOf } from './schema-sample.js';
import { markedToolCalls } from './tool-markers.js';

/** Places where a behaviour bends the default rules. */
export interface ScriptedTurns {
  /** Another action; `count` is 1 for the agent's first one on this model. */
  readonly action?: (action: ActionValue, count: number) => ActionValue;
  readonly verdicts?: (verdicts: readonly Verdict[]) => readonly Verdict[];
  /** Other text in place of the JSON of an action or evaluation; `count` is 1 for the agent's (or judge's) first one. */
  readonly structured?: (json: string, kind: AskKind, count: number) => string;
}

/** The answer of the default rules. */
export function scriptedAnswer(context: Context, turns: ScriptedTurns = {}): Answer {
  const { ask } = context;
  const agent = agentOf(ask);
  const toolCalls = markedToolCalls(ask);
  const kind = toolCalls.length > 0 ? 'tool' : kindOf(ask);
  context.note(kind, agent);
  switch (kind) {
    case 'tool':
      return answerOf({ toolCalls });
    case 'action': {
      const name = agent ?? 'Agent';
      const count = context.tally(`action ${name}`);
      const action = scriptedAction(name, count);
      return structured(turns, actionJson(turns.action?.(action, count) ?? action), { kind, count });
    }
    case 'evaluation': {
      const verdicts = verdictsFor(ask);
      const value = evaluationOf(turns.verdicts?.(verdicts) ?? verdicts);
      return structured(turns, JSON.stringify(value), { kind, count: context.tally('evaluation') });
    }
    case 'json':
      return structured(turns, JSON.stringify(sampleOf(ask.schema?.schema)), { kind, count: context.tally('json') });
    case 'goal':
      return answerOf({ pieces: wordPieces(scriptedGoal(agent ?? 'Agent')) });
    case 'review':
      return answerOf({ pieces: wordPieces(scriptedReview(context)) });
    case 'text':
      return answerOf({ pieces: wordPieces(scriptedText(context)) });
  }
}

/** The plain answer: it counts the model's calls and quotes what the tools gave or the user wrote. */
function scriptedText({ ask, call }: Context): string {
  const results = toolResultsOf(ask);
  const quoted = (results.length > 0 ? results.join(' | ') : lastUserText(ask)).slice(0, 200);
  const about = results.length > 0 ? 'The tools gave' : 'You wrote';
  return `Answer ${call.n}. ${about}: ${quoted}\nHere is a "quote", a café, 東京 and a 🙂.`;
}

/** A review that keeps the form. Its revision is the draft, said to be revised. */
function scriptedReview({ ask, call }: Context): string {
  const draft = /<draft>\n([\s\S]*)\n<\/draft>/.exec(lastUserText(ask))?.[1] ?? '';
  return `### Improvements\n1. Improvement ${call.n}.\n\n### Revised Answer\nRevised ${call.n}. ${draft}\n\n### Comments\nComment ${call.n}.`;
}

function structured(turns: ScriptedTurns, json: string, at: { kind: AskKind; count: number }): Answer {
  return answerOf({ pieces: jsonPieces(turns.structured?.(json, at.kind, at.count) ?? json) });
}
