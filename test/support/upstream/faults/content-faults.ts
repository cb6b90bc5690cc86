import { answerSteps } from '../context.js';
import type { ScriptedTurns } from '../scripted/scripted.js';
import { scriptedAnswer } from '../scripted/scripted.js';
import type { ActionValue } from '../scripted/action.js';
import type { Verdict } from '../scripted/judge.js';
import type { AskKind } from '../types.js';
import type { Fault, FaultTable } from './fault.js';

const PROSE = 'I think I would rather talk about the weather, which is fine today.';

/** A healthy stream whose action or evaluation is wrong. Other calls get the default answer. */
export const CONTENT_FAULTS: FaultTable = {
  'not-json-action': action(() => PROSE),
  'not-json-once': bent({ structured: (json, _kind, count) => (count === 1 ? PROSE : json) }),
  'fenced-json': bent({ structured: (json) => `\`\`\`json\n${json}\n\`\`\`` }),
  'json-in-prose': bent({ structured: (json) => `Here is my answer:\n${json}\nI hope that helps.` }),
  'trailing-comma': bent({ structured: (json) => json.replace(/\}$/, ',}') }),
  'half-json': bent({ structured: (json) => json.slice(0, Math.floor(json.length / 2)) }),
  'action-unknown-type': bent({ action: (value) => ({ ...value, action_type: 'teleport' }) }),
  'action-unknown-receiver': bent({ action: (value) => ({ ...value, to: ['Nobody At All'] }) }),
  'action-without-type': action((json) => dropField(json, 'action_type')),
  'action-without-argument': action((json) => dropField(json, 'argument')),
  'action-empty': bent({ action: (value: ActionValue) => ({ ...value, argument: '' }) }),
  'action-argument-number': action((json) => json.replace(/"argument":"(?:[^"\\]|\\.)*"/s, '"argument":42')),
  'judge-out-of-range': bent({ verdicts: eachFirst(() => 999) }),
  'judge-score-text': bent({ verdicts: eachFirst(() => 'very good') }),
  'judge-score-null': bent({ verdicts: eachFirst(() => null) }),
  'judge-garbage': judge(() => PROSE),
  'judge-empty': bent({ verdicts: () => [] }),
  'judge-missing-agent': bent({ verdicts: (all) => all.filter(({ agent }) => agent !== all[0]?.agent) }),
  'judge-missing-dimension': bent({ verdicts: (all) => all.filter((verdict) => !isFirst(all, verdict)) }),
  'judge-unknown-agent': bent({
    verdicts: (all) => [...all, ...all.slice(0, 1).map((v) => ({ ...v, agent: 'Nobody' }))],
  }),
};

function bent(turns: ScriptedTurns): Fault {
  return (context) => answerSteps(context, scriptedAnswer(context, turns));
}

function action(change: (json: string) => string): Fault {
  return only('action', change);
}

function judge(change: (json: string) => string): Fault {
  return only('evaluation', change);
}

function only(wanted: AskKind, change: (json: string) => string): Fault {
  return bent({ structured: (json, kind) => (kind === wanted ? change(json) : json) });
}

/** Changes the score of every agent's first dimension. */
function eachFirst(score: () => unknown): (all: readonly Verdict[]) => readonly Verdict[] {
  return (all) => all.map((verdict) => (isFirst(all, verdict) ? { ...verdict, score: score() } : verdict));
}

function isFirst(all: readonly Verdict[], verdict: Verdict): boolean {
  return all.find(({ agent }) => agent === verdict.agent) === verdict;
}

function dropField(json: string, field: string): string {
  return JSON.stringify(JSON.parse(json, (key, value: unknown) => (key === field ? undefined : value)));
}
