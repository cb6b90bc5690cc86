import type { ActionType } from '../../core/events/conversation-event.js';
import type { ModelRequest } from '../../core/ports/model-provider.js';
import { isRecord } from './json-schema.js';

/** One line of a transcript. */
export interface Entry {
  /** 0 where the transcript names no turns. */
  readonly turn: number;
  readonly agent: string;
  readonly type: ActionType;
  readonly text: string;
}

/** What an agent is told when it is asked to act (`core/multi-agent/prompts.ts`). */
export interface AgentPrompt {
  readonly name: string;
  /** Those it takes part with, as far as the prompt lets one tell their names apart; some may have left. */
  readonly others: readonly string[];
  readonly scenario: string;
  readonly background?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly goal?: string;
  readonly history: readonly Entry[];
  readonly turn: number;
  readonly maxTurns: number;
}

/** Labels of the persona, in its order; a text reaches to the next label. */
const LABELS = [
  'Scenario: ',
  'Your background: ',
  'Your profile: ',
  'Your goal (nobody else knows it): ',
  'Stay in character, ',
];

/**
 * Reads the prompt of an agent, of whatever is there: a prompt of another make yields an agent without a past.
 *
 * @param others the active others, where the request's schema names them
 */
export function readAgentPrompt(request: ModelRequest, others: readonly string[]): AgentPrompt {
  const system = request.messages.find((message) => message.role === 'system')?.content ?? '';
  const asked = request.messages.find((message) => message.role === 'user')?.content ?? '';
  const name = ownName(system);
  const seats = otherNames(system, others);
  const background = labelled(system, 1);
  // Instructions follow on lines of their own.
  const [profile, goal] = [profileOf(firstLine(labelled(system, 2))), firstLine(labelled(system, 3))];
  const turns = /It is turn (\d{1,6}) of at most (\d{1,6})\./.exec(asked);
  return {
    name,
    others: seats,
    scenario: labelled(system, 0) ?? '',
    ...(background === undefined ? {} : { background }),
    ...(profile === undefined ? {} : { profile }),
    ...(goal === undefined ? {} : { goal }),
    history: readTranscript(historyOf(asked), [name, ...others, ...seats]),
    turn: Number(turns?.[1] ?? 1),
    maxTurns: Number(turns?.[2] ?? 20),
  };
}

function ownName(system: string): string {
  const own = /^You are ([\s\S]*?)\.\n(?:You take part in a conversation with |You are on your own\.)/.exec(
    system,
  )?.[1];
  return own ?? /^You are (.+?)\.?$/m.exec(system)?.[1] ?? 'the agent';
}

/** Names may hold commas: the known ones are taken out first, then the rest is split. */
function otherNames(system: string, known: readonly string[]): readonly string[] {
  let list = /\nYou take part in a conversation with ([\s\S]*?)\.\nScenario: /.exec(system)?.[1] ?? '';
  for (const name of known) if (name.includes(', ')) list = list.replace(name, () => '');
  const rest = list.split(', ').filter((name) => name.trim() !== '');
  return [...known, ...rest.filter((name) => !known.includes(name))];
}

/** The text after a label, up to the next one. */
function labelled(system: string, label: number): string | undefined {
  const start = system.indexOf(`\n${LABELS[label]}`);
  if (start < 0) return undefined;
  const from = start + 1 + (LABELS[label]?.length ?? 0);
  const ends = LABELS.slice(label + 1)
    .map((next) => system.indexOf(`\n${next}`, from))
    .filter((end) => end >= 0);
  const text = system.slice(from, Math.min(system.length, ...ends)).trim();
  return text === '' ? undefined : text;
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n')[0];
}

function profileOf(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function historyOf(asked: string): string {
  const start = asked.indexOf('What you have observed so far:\n');
  const end = asked.lastIndexOf('\n\nIt is turn ');
  return start < 0 ? '' : asked.slice(start, end < 0 ? undefined : end);
}

/**
 * Reads a transcript as `core/multi-agent/observation.ts` writes it (`Ann said: "…"`, `Ann [action] …`, `Ann left the
 * conversation`), tolerating list marks and `Ann: ` before a line. Lines that begin no entry go on with the one before.
 *
 * @param names those who may occur; others are recognised by the form of the line
 */
export function readTranscript(text: string, names: readonly string[]): readonly Entry[] {
  const entries: Entry[] = [];
  const known = [...new Set(names)].filter((name) => name !== '').toSorted((a, b) => b.length - a.length);
  const flat = known
    .filter((name) => name.includes('\n'))
    .reduce((all, name) => all.replaceAll(name, onOneLine(name)), text);
  let turn = 0;
  for (const line of flat.split('\n')) {
    const heading = /^\W*Turn #?(\d{1,6})\W*$/.exec(line);
    const entry =
      heading === null
        ? (readLine(line, known, turn) ?? readLine(line.replace(/^[\s*>-]+/, ''), known, turn))
        : undefined;
    const last = entries.at(-1);
    if (heading !== null) turn = Number(heading[1]);
    else if (entry !== undefined) entries.push(entry);
    else if (last !== undefined && last.turn === turn)
      entries[entries.length - 1] = { ...last, text: `${last.text}\n${line}` };
  }
  return entries.map((entry) => ({
    ...entry,
    text: entry.type === 'speak' ? entry.text.replace(/"\s*$/, '') : entry.text,
  }));
}

/** A name that breaks lines would break the transcript. */
function onOneLine(name: string): string {
  return name.replaceAll('\n', '\u2028');
}

const ASIDE = String.raw`(?: \(to [^\n]*? only\))?`;
const TAIL = new RegExp(
  `^${ASIDE}(?: said${ASIDE}: "?| \\[(action|non-verbal communication)\\] ?| (left the conversation|did nothing)$)`,
);
const GUESS =
  /^(.{1,80}?)(?= said(?: \(|:)| \[(?:action|non-verbal communication)\] | left the conversation$| did nothing$)/;

function readLine(line: string, names: readonly string[], turn: number): Entry | undefined {
  const guess = GUESS.exec(line)?.[1];
  const known = names.filter((name) => line.startsWith(onOneLine(name)));
  for (const agent of guess === undefined ? known : [...known, guess]) {
    const shown = onOneLine(agent);
    const after = line.slice(shown.length);
    const rest = after.startsWith(`: ${shown}`) ? after.slice(2 + shown.length) : after;
    const tail = TAIL.exec(rest);
    if (tail === null) continue;
    const text = rest.slice(tail[0].length);
    if (tail[1] === 'action' || tail[1] === 'non-verbal communication') return { turn, agent, type: tail[1], text };
    if (tail[2] !== undefined) return { turn, agent, type: tail[2] === 'did nothing' ? 'none' : 'leave', text: '' };
    return { turn, agent, type: 'speak', text };
  }
  return undefined;
}
