import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChunkTemplate } from './chunk-template.js';
import { plainTextOf } from './chunk.js';
import { parseJson } from '../shared/json.js';

const textOf = (chunk: unknown): string | undefined => plainTextOf(chunk, 0);

function chunkOf(delta: unknown, extra: object = {}, finish: string | null = null): object {
  return { id: 'c', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null, ...extra };
}

function learned(chunk: object): ChunkTemplate {
  const template = new ChunkTemplate();
  template.learn(JSON.stringify(chunk), textOf);
  template.learn(JSON.stringify(chunk), textOf);
  return template;
}

function match(template: ChunkTemplate, chunk: string): string | undefined {
  const around = `data: ${chunk}\n\n`;
  return template.match(around, 6, 6 + chunk.length);
}

/** JSON has none in a string; a template lets them through, which harms nobody. */
function hasControls(text: string): boolean {
  return text.split('').some((char) => char < ' ');
}

describe('ChunkTemplate', () => {
  it.each([
    ['plain', {}],
    ['padded', { obfuscation: 'abc' }],
    ['padded as Mistral does', { p: 'abcdef' }],
  ])('reads any text as JSON would, %s', (_name, extra) => {
    const template = learned(chunkOf({ content: 'first' }, extra));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(match(template, JSON.stringify(chunkOf({ content: text }, extra)))).toBe(text);
      }),
    );
  });

  it('matches nothing that JSON would read otherwise', () => {
    const template = learned(chunkOf({ content: 'first' }));
    const line = JSON.stringify(chunkOf({ content: 'second \\ "word" \n' }));
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, put) => {
        const damaged = line.slice(0, at) + put + line.slice(at + cut);
        const matched = match(template, damaged);
        if (matched !== undefined && !hasControls(damaged)) expect(textOf(parseJson(damaged))).toBe(matched);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads a text that looks like the rest of a chunk', () => {
    const text = '"},"logprobs":null,"finish_reason":null}],"usage":null}';
    const template = learned(chunkOf({ content: 'first' }));
    expect(match(template, JSON.stringify(chunkOf({ content: text })))).toBe(text);
  });

  it.each([
    ['a finish reason', chunkOf({ content: 'x' }, {}, 'stop')],
    ['a tool call', chunkOf({ content: 'x', tool_calls: [{}] })],
    ['thinking', chunkOf({ content: 'x', reasoning: 'y' })],
    ['usage', chunkOf({ content: 'x' }, { usage: { prompt_tokens: 1 } })],
    ['an error', chunkOf({ content: 'x' }, { error: { message: 'y' } })],
    ['another choice', { choices: [{ index: 1, delta: { content: 'x' } }] }],
  ])('neither learns from nor matches %s', (_name, chunk) => {
    const json = JSON.stringify(chunk);
    expect(match(learned(chunkOf({ content: 'first' })), json)).toBeUndefined();
    expect(match(learned(chunk), json)).toBeUndefined();
  });

  it('learns anew when the chunks change, but not for ever', () => {
    const template = new ChunkTemplate();
    let matched = 0;
    for (let created = 0; created < 100; created++) {
      const json = JSON.stringify(chunkOf({ content: 'x' }, { created }));
      if (match(template, json) === undefined) template.learn(json, textOf);
      if (match(template, json) !== undefined) matched++;
    }
    expect(matched).toBe(99);
    const hopeless = new ChunkTemplate();
    for (let created = 0; created < 100; created++)
      hopeless.learn(JSON.stringify(chunkOf({ content: 'x' }, { created })), textOf);
    expect(match(hopeless, JSON.stringify(chunkOf({ content: 'x' }, { created: 99 })))).toBeUndefined();
  });
});
