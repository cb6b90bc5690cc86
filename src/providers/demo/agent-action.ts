import type { ActionType } from '../../core/events/conversation-event.js';
import type { ModelRequest } from '../../core/ports/model-provider.js';
import { composeGreeting, composeLine, fill, givesAway, slotsOf } from './compose-line.js';
import { enumOf, isRecord, propertiesOf, sampleOf, type JsonObject } from './json-schema.js';
import { listen, type Choice } from './listen.js';
import { EARLIEST_LEAVE, nextAct } from './next-act.js';
import { PHRASES, type Act } from './phrases.js';
import { sceneOf, type Scene } from './scene.js';
import { did, type Line } from './talk-state.js';

/** After so many lines an agent that has nothing new to say leaves. */
const WEARY = 6;

/** Answers a request for an agent's action: one JSON object that follows the request's schema. */
export function agentAction(request: ModelRequest): string {
  const schema = request.json?.schema ?? {};
  const to = propertiesOf(schema)['to'];
  const scene = sceneOf(request, enumOf(isRecord(to) ? to['items'] : undefined));
  return JSON.stringify(asSchema(chooseAction(scene), schema));
}

function chooseAction(scene: Scene): Choice {
  const { talk, moment, prompt } = scene;
  if (prompt.others.length === 0) return thinkAloud(scene);
  if (moment.agents.length < 2) return { type: 'leave', argument: '' };
  if (moment.turn <= 1 && moment.manner === 'floor') return firstTurn(scene);
  if (!scene.hasFloor) return listen(scene);
  const act = nextAct(moment);
  if (act === 'idle') return listen(scene);
  const greeting = talk.lineCount.has(prompt.name) || act === 'leave' ? undefined : greetingOf(scene);
  const said = speak(scene, act, greeting);
  if (said !== undefined) return said;
  if (greeting !== undefined) return { type: 'speak', argument: greeting };
  // With nothing new to say for so long there is no reason to stay.
  const weary = moment.turn >= EARLIEST_LEAVE && (talk.lineCount.get(prompt.name) ?? 0) >= WEARY;
  return weary ? { type: 'leave', argument: '' } : listen(scene);
}

/** Everybody does something to be seen: one opens, others greet; of a larger group the rest waves. */
function firstTurn(scene: Scene): Choice {
  const { moment, agents, hasFloor } = scene;
  if (!hasFloor && agents.length > 4) return listen(scene);
  const opens = hasFloor && moment.slot === 0;
  return speak(scene, opens ? 'open' : 'small_talk', greetingOf(scene)) ?? listen(scene);
}

/** Lines of a lone agent, in order; then it goes. */
function thinkAloud(scene: Scene): Choice {
  const { subject, brief, prompt, moment } = scene;
  const slots = { ...slotsOf('muse', { ...brief, key: prompt.name }, subject.proposals[0]), topic: subject.topic };
  const left = PHRASES.muse.map((phrase) => fill(phrase, slots)).filter((line) => line !== undefined);
  const line = left.find(
    (text) => !prompt.history.some((entry) => entry.text === text) && !givesAway(text, brief.speaker),
  );
  if (line !== undefined) return { type: 'speak', argument: line };
  return moment.turn >= EARLIEST_LEAVE ? { type: 'leave', argument: '' } : listen(scene);
}

function greetingOf({ talk, prompt, agents, brief }: Scene): string | undefined {
  const greeted = talk.lines.filter(
    (line) => line.agent !== prompt.name && (did(line, 'greet') || did(line, 'greet_back')),
  );
  const last = greeted.at(-1)?.agent;
  const to = agents.length === 2 ? otherOf(agents, prompt.name) : (last ?? 'everyone');
  return composeGreeting({ ...brief, to }, greeted.length > 0);
}

function speak(scene: Scene, act: Act, greeting?: string): Choice | undefined {
  const { talk, prompt, brief } = scene;
  const previous = talk.lines.findLast((line) => line.agent !== prompt.name);
  const line = composeLine(
    act,
    { ...brief, to: addressee(scene, act, previous) },
    greeting === undefined ? previous : undefined,
  );
  if (line === undefined) return undefined;
  const question = act === 'agree' && asksDetail(scene) ? composeLine('detail', brief, undefined) : undefined;
  const argument = [greeting, line, question].filter((part) => part !== undefined).join(' ');
  if (givesAway(argument, brief.speaker)) return undefined;
  return { type: act === 'leave' ? 'leave' : 'speak', argument };
}

/** With time left the first agreement brings up the next practical question. */
function asksDetail({ moment, talk }: Scene): boolean {
  return moment.budget >= 5 && moment.slot === 0 && talk.table?.detail === undefined && talk.table?.agreed.size === 0;
}

/** Acts that are meant for all who are there. */
const FOR_ALL: ReadonlySet<Act> = new Set<Act>(['open', 'small_talk', 'leave', 'decide', 'nudge', 'confirm']);

function addressee({ talk, agents, prompt }: Scene, act: Act, previous: Line | undefined): string {
  if (agents.length === 2) return otherOf(agents, prompt.name);
  const about = act === 'support' || act === 'agree' || act === 'ask' ? talk.table?.by : previous?.agent;
  const known = about !== undefined && about !== prompt.name && agents.includes(about);
  return known && !FOR_ALL.has(act) ? about : 'everyone';
}

function otherOf(agents: readonly string[], self: string): string {
  return agents.find((name) => name !== self) ?? 'everyone';
}

const FALLBACKS: readonly ActionType[] = ['non-verbal communication', 'action', 'speak', 'none', 'leave'];

/** The choice as the schema wants it: types that are not allowed give way, further required fields are filled. */
function asSchema(choice: Choice, schema: JsonObject): JsonObject {
  const allowed = enumOf(propertiesOf(schema)['action_type']);
  const order: readonly string[] = [choice.type, ...FALLBACKS];
  const type =
    allowed.length === 0 ? choice.type : (order.find((one) => allowed.includes(one)) ?? allowed[0] ?? 'none');
  const silent = type === 'none' || type === 'leave';
  const argument = type === 'none' ? '' : choice.argument === '' && !silent ? 'waits' : choice.argument;
  const sample = sampleOf(schema, '');
  const filled: JsonObject = isRecord(sample) ? sample : {};
  return { ...filled, action_type: type, argument, to: filled['to'] ?? [] };
}
