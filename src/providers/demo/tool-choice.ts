import type { ToolCall } from '../../core/events/conversation-event.js';
import type { ModelRequest, ToolSpec } from '../../core/ports/model-provider.js';
import { enumOf, isRecord, propertiesOf, sampleOf } from './json-schema.js';
import { firstOf, MessageValues, type MessageReader } from './message-values.js';
import { hashText } from './seeded.js';
import { FUNCTION_WORDS, wordsOf } from './words.js';

/** How a kind of tool is recognised, by its name, and when a message asks for it. */
interface ToolKind {
  readonly name: RegExp;
  readonly asked: RegExp;
  /** What its main argument is in a message; nothing: the message does not ask for it after all. */
  readonly argument: (message: string) => string | undefined;
}

const ZONES = /\b(UTC|GMT|EST|PST|JST|AEST|CET|CEST|EDT|PDT|[A-Z][a-z]+\/[A-Z][A-Za-z_]+)\b/;
/** A place or thing after a preposition, as far as its words begin with a capital. */
const PLACE = /\b(?:in|at|for|of)\s+((?:\p{Lu}[\p{L}'’.-]*)(?:\s+\p{Lu}[\p{L}'’.-]*){0,3})/u;
const EXPRESSION = /[\d(.-][\d\s+\-*/^().,%]*[\d)]/g;

const KINDS: readonly ToolKind[] = [
  { name: /weather|forecast/i, asked: /\b(?:weather|forecast|temperature|rain\w*|sunny)\b/i, argument: placeIn },
  { name: /calc|math|arithmetic/i, asked: /\d\s*(?:[-+*/^%x×]|plus|minus|times|divided)/i, argument: expressionIn },
  { name: /stock|share_price|quote/i, asked: /\b(?:stocks?|shares?|ticker|share price)\b/i, argument: symbolIn },
  {
    name: /time|clock/i,
    asked: /\b(?:what time|time is it|current time|the time)\b/i,
    argument: (message) => ZONES.exec(message)?.[1] ?? placeIn(message) ?? 'UTC',
  },
  { name: /search|web|lookup/i, asked: /\b(?:search|look up|google|find out|news)\b/i, argument: queryIn },
];

/** By the names of properties, the first that fits. */
const READERS: readonly MessageReader[] = [
  firstOf(/ur[il]|link|address/i, /\bhttps?:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)]/i),
  firstOf(/mail/i, /[^\s@<>"']+@[\w-]+(?:\.[\w-]+)+/),
  firstOf(/path|file|folder|directory/i, /[\w.~-]*(?:\/[\w.~-]*\w)+\/?|\b[\w-]+\.[a-z]\w{0,4}\b/i),
  firstOf(/date|day|time/i, /\b\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?/),
  { wanted: /zone|tz/i, read: (message) => ZONES.exec(message)?.[1] ?? 'UTC' },
  firstOf(/(?:^|_)id\b|Id\b|number|code/, /#?\b[\w-]*\d[\w-]*/),
  { wanted: /city|place|location|country|region|town/i, read: placeIn },
  { wanted: /expr|formula/i, read: expressionIn },
  { wanted: /symbol|ticker/i, read: symbolIn },
  { wanted: /query|search|term|keyword/i, read: queryIn },
];

/**
 * The tools a request's last message asks for, with arguments taken from it. Only right after a user message: what comes
 * after tool results is an answer. `tool_choice` is honoured.
 */
export function chooseTools(request: ModelRequest): readonly ToolCall[] {
  const { tools = [], tool_choice: choice = 'auto', messages } = request;
  const last = messages.at(-1);
  if (choice === 'none' || tools.length === 0 || last?.role !== 'user') return [];
  const offered = typeof choice === 'object' ? tools.filter((tool) => tool.name === choice.name) : tools;
  const calls = offered.flatMap((tool) => {
    const found = argumentsFor(tool, last.content);
    return found === undefined ? [] : [{ tool, found }];
  });
  const [first] = offered;
  const must = choice === 'required' || typeof choice === 'object';
  if (calls.length === 0 && must && first !== undefined)
    calls.push({ tool: first, found: sample(first, last.content) });
  const single = request.parameters?.['parallel_tool_calls'] === false ? 1 : calls.length;
  const base = hashText(`${request.seed ?? 0} ${messages.length} ${last.content}`).toString(36);
  return calls
    .slice(0, single)
    .map(({ tool, found }, i) => ({ id: `call_demo_${base}_${i}`, name: tool.name, arguments: found }));
}

type Arguments = Readonly<Record<string, unknown>>;

function argumentsFor(tool: ToolSpec, message: string): Arguments | undefined {
  const kind = KINDS.find((candidate) => candidate.name.test(ownName(tool)));
  if (kind === undefined) return namedIn(tool, message) ? sample(tool, message) : undefined;
  const value = kind.asked.test(message) ? kind.argument(message) : undefined;
  return value === undefined ? undefined : { ...sample(tool, message), ...mainArgument(tool, value) };
}

/** Tools of another kind are called when their name is in the message, or all words of it. */
function namedIn(tool: ToolSpec, message: string): boolean {
  if (message.match(/[\w-]+/g)?.includes(tool.name) === true) return true;
  const said = new Set(
    wordsOf(message).flatMap((word) => [word, ...word.split(/[-'’]/), word.replace(/(?:e?s|ed|ing)$/, '')]),
  );
  const words = wordsOf(
    ownName(tool)
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll(/[_.-]+/g, ' '),
  );
  const telling = words.filter((word) => !FUNCTION_WORDS.has(word) && word !== 'get');
  return telling.length > 0 && telling.every((word) => said.has(word) || said.has(word.replace(/e?s$/, '')));
}

/** Without the MCP server that the name of its tools begins with. */
function ownName({ name }: ToolSpec): string {
  return name.replace(/^[\w-]+?__(?=.)/, '');
}

/** The value under the first required parameter that takes a text, else the first that there is. */
function mainArgument(tool: ToolSpec, value: string): Arguments {
  const properties = propertiesOf(tool.parameters);
  const required: readonly unknown[] = Array.isArray(tool.parameters['required']) ? tool.parameters['required'] : [];
  const texts = Object.keys(properties).filter((name) => takesText(properties[name], value));
  const name = texts.find((candidate) => required.includes(candidate)) ?? texts[0];
  return name === undefined ? {} : { [name]: value };
}

function takesText(schema: unknown, value: string): boolean {
  const allowed = enumOf(schema);
  return (
    isRecord(schema) && (schema['type'] ?? 'string') === 'string' && (allowed.length === 0 || allowed.includes(value))
  );
}

/** Arguments that follow the tool's schema, with what the message says. Where nothing is required, the first there is. */
function sample(tool: ToolSpec, message: string): Arguments {
  const { parameters } = tool;
  const [first] = Object.keys(propertiesOf(parameters));
  const schema = 'required' in parameters || first === undefined ? parameters : { ...parameters, required: [first] };
  const value = sampleOf(schema, new MessageValues(message, READERS));
  return isRecord(value) ? value : {};
}

function placeIn(message: string): string | undefined {
  const place = PLACE.exec(message)?.[1]?.replace(/[.'’-]+$/, '');
  return place ?? /\b(?:in|at|for)\s+([\p{L}-]+)\W*$/u.exec(message)?.[1];
}

function expressionIn(message: string): string | undefined {
  const plain = message
    .replaceAll(/\bplus\b/gi, '+')
    .replaceAll(/\bminus\b/gi, '-')
    .replaceAll(/\b(?:times|multiplied by)\b|×|(?<=\d\s*)x(?=\s*\d)/gi, '*')
    .replaceAll(/\bdivided by\b/gi, '/');
  const found = (plain.match(EXPRESSION) ?? []).filter((text) => /\d\s*[-+*/^%]/.test(text));
  return found.toSorted((a, b) => b.length - a.length)[0]?.trim();
}

function symbolIn(message: string): string | undefined {
  return /\b([A-Z]{2,5})\b/.exec(message)?.[1] ?? /\b(?:of|for)\s+([\p{L}]+)/u.exec(message)?.[1];
}

function queryIn(message: string): string {
  const query =
    /\b(?:search(?: the web)?(?: for)?|look up|google|find out(?: about)?)\s+(.+)/i.exec(message)?.[1] ?? message;
  return query.replace(/[?.!\s]+$/, '').trim();
}
