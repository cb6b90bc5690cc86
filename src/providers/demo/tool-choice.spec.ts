import { describe, expect, it } from '@jest/globals';
import type { ToolSpec } from '../../core/ports/model-provider.js';
import { checkArguments } from '../../tools/shared/check-arguments.js';
import { chooseTools } from './tool-choice.js';

describe('tools of plugins and MCP servers', () => {
  const offered = (name: string, properties: Record<string, unknown>, required?: readonly string[]): ToolSpec => ({
    name,
    description: '',
    parameters: { type: 'object', properties, ...(required === undefined ? {} : { required }) },
  });
  const number = { type: 'number' };
  const text = { type: 'string' };

  it.each<[string, ToolSpec, unknown]>([
    ['Add 2 and 40.5', offered('add', { a: number, b: number }, ['a', 'b']), { a: 2, b: 40.5 }],
    ['What is the sum of 3 and -4?', offered('every__get-sum', { a: number, b: number }, ['a', 'b']), { a: 3, b: -4 }],
    ['Sums: 1, 2, 3', offered('sum', { values: { type: 'array', items: number } }, ['values']), { values: [1, 2, 3] }],
    [
      'Read the file /srv/notes.txt, please',
      offered('files__read_file', { path: text }, ['path']),
      { path: '/srv/notes.txt' },
    ],
    ['Use files__list now on docs/a.md', offered('files__list', { file_path: text }), { file_path: 'docs/a.md' }],
    [
      'fetch https://example.org/x.',
      offered('web__fetch', { url: { ...text, format: 'uri' } }, ['url']),
      { url: 'https://example.org/x' },
    ],
    ['Fetch it', offered('fetch', { url: { ...text, format: 'uri' } }, ['url']), { url: 'https://example.com/' }],
    [
      'Book "Ann" into "Room 4" for 3 nights',
      offered('book', { who: text, where: text, nights: { type: 'integer' } }, ['who', 'where', 'nights']),
      { who: 'Ann', where: 'Room 4', nights: 3 },
    ],
    [
      'Convert 5 to celsius',
      offered('convert', { value: number, unit: { enum: ['fahrenheit', 'celsius'] } }, ['value', 'unit']),
      { value: 5, unit: 'celsius' },
    ],
    ['Find order #A-17', offered('find_order', { order_id: text }, ['order_id']), { order_id: '#A-17' }],
    [
      'Echo "hi"',
      offered('echo', { message: text, times: { type: 'integer', minimum: 1, maximum: 5, default: 2 } }, [
        'message',
        'times',
      ]),
      { message: 'hi', times: 2 },
    ],
    [
      'Plan it',
      {
        ...offered('plan', {}),
        parameters: {
          allOf: [
            { type: 'object', properties: { day: { ...text, format: 'date' } }, required: ['day'] },
            { properties: { step: { type: 'integer', multipleOf: 5, minimum: 3 } }, required: ['step'] },
          ],
        },
      },
      { day: '2026-01-01', step: 5 },
    ],
  ])('%s', (message, one, wanted) => {
    const calls = chooseTools({ messages: [{ role: 'user', content: message }], tools: [one] });
    expect(calls).toMatchObject([{ name: one.name, arguments: wanted }]);
    expect(checkArguments(one.parameters, calls[0]?.arguments ?? {})).toEqual([]);
  });

  it('are not called for what is about something else', () => {
    const tools = [offered('files__read_file', { path: text }), offered('add', { a: number })];
    for (const message of ['I like files.', 'Hello', 'An address, please'])
      expect(chooseTools({ messages: [{ role: 'user', content: message }], tools })).toEqual([]);
  });
});
