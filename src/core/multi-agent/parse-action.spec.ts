import { describe, expect, it } from '@jest/globals';
import { jsonrepair } from 'jsonrepair';
import { parseAction } from './parse-action.js';

const parse = (text: string): ReturnType<typeof parseAction> => parseAction(text, ['Bob', 'Carol'], jsonrepair);

describe('parseAction', () => {
  it.each([
    ['plain', '{"action_type":"speak","argument":"Hi","to":[]}'],
    ['fenced', '```json\n{"action_type":"speak","argument":"Hi"}\n```'],
    ['in prose', 'I will say: {"action_type": "Speak", "argument": "Hi"} — done.'],
    ['nested under properties', '{"properties":{"action_type":"speak","argument":"Hi"}}'],
    ['nearly JSON', "{action_type: 'speak', argument: 'Hi',}"],
    ['to everybody by name', '{"action_type":"speak","argument":"Hi","to":["Bob","Carol"]}'],
    ['null recipients', '{"action_type":"speak","argument":"Hi","to":null}'],
  ])('reads an answer that is %s', (_name, text) => {
    expect(parse(text)).toEqual({ ok: true, action: { action_type: 'speak', argument: 'Hi' } });
  });

  it('keeps recipients, and reads none and leave without an argument', () => {
    expect(parse('{"action_type":"speak","argument":"psst","to":"Bob"}')).toMatchObject({
      ok: true,
      action: { to: ['Bob'] },
    });
    expect(parse('{"action_type":"none"}')).toEqual({ ok: true, action: { action_type: 'none', argument: '' } });
    expect(parse('{"action_type":"leave","argument":""}')).toMatchObject({ ok: true });
    expect(parse('{"action_type":"non_verbal communication","argument":"nods"}')).toMatchObject({
      ok: true,
      action: { action_type: 'non-verbal communication' },
    });
  });

  it.each([
    ['no JSON object', 'Hello there', /no JSON object/],
    ['an unknown type', '{"action_type":"shout","argument":"x"}', /"action_type" must be one of none, speak/],
    ['no argument to speak', '{"action_type":"speak","argument":" "}', /"argument" must say/],
    ['a number as argument', '{"action_type":"speak","argument":7}', /"argument" must be a string/],
    [
      'an unknown recipient',
      '{"action_type":"speak","argument":"x","to":["Eve"]}',
      /may only name Bob, Carol \(got \["Eve"\]\)/,
    ],
    ['a list', '[1]', /no JSON object/],
  ])('refuses %s and says why', (_name, text, problem) => {
    const parsed = parse(text);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.problem).toMatch(problem);
  });
});
