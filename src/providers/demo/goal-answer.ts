import type { ModelRequest } from '../../core/ports/model-provider.js';
import { readAgentPrompt } from './agent-prompt.js';
import { calling, fill } from './compose-line.js';
import { pick } from './seeded.js';
import { topicOf } from './topic.js';

const GOALS: readonly string[] = [
  'Find a way with {topic} that {name} can live with, too.',
  'Come to a clear decision on {topic} without hurting anybody.',
  'Learn what {name} really thinks about {topic} and be heard as well.',
  'Steer the talk about {topic} towards something simple and soon.',
  'Win {name} over for a calm, practical way to handle {topic}.',
];

const ALONE = 'Get clear about {topic} before the day is over.';

/** Whether an agent is asked for a goal of its own (`core/multi-agent/prompts.ts`). */
export function isGoalQuestion(request: ModelRequest): boolean {
  const [first] = request.messages;
  const last = request.messages.at(-1);
  return (
    first?.role === 'system' &&
    first.content.startsWith('You are ') &&
    last?.role === 'user' &&
    /\bprivate goal\b/i.test(last.content)
  );
}

/** A goal in one sentence, from the scenario. */
export function goalAnswer(request: ModelRequest): string {
  const prompt = readAgentPrompt(request, []);
  const key = `${request.seed ?? 0} ${prompt.name} goal`;
  const [other] = prompt.others;
  const slots = {
    topic: topicOf(prompt.scenario, `${request.seed ?? 0} topic`, [prompt.name, ...prompt.others]),
    name: prompt.others.length === 1 ? (calling(other ?? '') ?? 'the other one') : 'everybody',
  };
  const goal = other === undefined ? ALONE : (pick(GOALS, key) ?? ALONE);
  return fill(goal, slots) ?? 'Have a good conversation.';
}
