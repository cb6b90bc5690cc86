import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseReview, ReviewReader, type Review } from './review-reader.js';

const WHOLE: Review = { suggestions: '1. Say why.', revision: 'Because.', comments: 'Shorter now.' };

const FENCED = [
  'Call it:',
  '',
  '```md',
  '### Comments',
  '```python',
  'x = 1',
  '```',
  '### Improvements',
  '```',
  'Done.',
];

describe('parseReview', () => {
  it.each([
    ['as asked for', '### Improvements\n1. Say why.\n\n### Revised Answer\nBecause.\n\n### Comments\nShorter now.\n'],
    ['another case', '### IMPROVEMENTS\n1. Say why.\n### revised answer\nBecause.\n### cOMMENTS\nShorter now.'],
    ['other levels', '# Improvements\n1. Say why.\n#### Revised Answer\nBecause.\n## Comments\nShorter now.'],
    [
      'spacing',
      '\n  ###Improvements  \n\n\n1. Say why.\n###\tRevised   Answer ###\n\nBecause.\n\n\n###  Comments\n\nShorter now. \n\n',
    ],
    ['bold', '**Improvements**\n1. Say why.\n__Revised Answer:__\nBecause.\n**Comments:**\nShorter now.'],
    [
      'bold headings',
      '### **Improvements**\n1. Say why.\n### *Revised Answer*:\nBecause.\n### Comments:\nShorter now.',
    ],
    ['numbers', '### 1. Improvements\n1. Say why.\n2. **Revised Answer**\nBecause.\n### Comments 1\nShorter now.'],
    ['bare', 'Improvements:\n1. Say why.\nRevised Answer:\nBecause.\nComments:\nShorter now.'],
    ['on one line', '### Improvements: 1. Say why.\n### Revised Answer\nBecause.\n### Comments\nShorter now.'],
    [
      'prose around',
      'Sure! Here it is.\n\n### Improvements\n1. Say why.\n### Revised Answer\nBecause.\n### Comments\nShorter now.',
    ],
    [
      'remarks',
      '### 📝 Improvements (numbered)\n1. Say why.\n### ✅ Revised Answer\nBecause.\n### Comments –\nShorter now.',
    ],
    [
      'line ends',
      '### Improvements\r\n1. Say why.\r\n### Revised Answer\r\nBecause.\r\n### Comments\r\nShorter now.\r\n',
    ],
    ['another order', '### Comments\nShorter now.\n### Improvements\n1. Say why.\n### Revised Answer\nBecause.'],
    [
      'other names',
      '## Suggested Improvements\n1. Say why.\n## Improved Answer\nBecause.\n## Additional Comments\nShorter now.',
    ],
  ])('reads three sections: %s', (_name, text) => {
    expect(parseReview(text)).toEqual(WHOLE);
  });

  it.each<[string, string, Review]>([
    ['nothing', '', {}],
    ['a refusal', "I'm sorry, but I can't help with that.", {}],
    ['no revision', '### Improvements\nNothing to improve.', { suggestions: 'Nothing to improve.' }],
    ['no suggestions', '### Revised Answer\nBecause.', { revision: 'Because.' }],
    [
      'no comments',
      '### Improvements\n1. a\n### Revised Answer\nBecause.',
      { suggestions: '1. a', revision: 'Because.' },
    ],
    ['an empty section', '### Improvements\n\n### Revised Answer\n  \n### Comments\nok', { comments: 'ok' }],
    ['a half heading', '### Improvements\n1. a\n### Revised An', { suggestions: '1. a\n### Revised An' }],
    ['a text without headings that names them', 'My improvements: none. The revised answer: see above.', {}],
  ])('leaves out what is missing: %s', (_name, text, review) => {
    expect(parseReview(text)).toEqual(review);
  });

  it('takes a heading inside a code fence for what it is', () => {
    const revision = FENCED.join('\n');
    expect(parseReview(`### Improvements\n1. a\n### Revised Answer\n${revision}\n### Comments\nok`)).toEqual({
      suggestions: '1. a',
      revision,
      comments: 'ok',
    });
    const tilde = '~~~~\n### Comments\n~~~\n```\n~~~~\nafter';
    expect(parseReview(`### Revised Answer\n${tilde}`)).toEqual({ revision: tilde });
  });

  it('leaves the headings of an answer to it', () => {
    const revision =
      '## How to review\n### Improvements\nList them.\n### Suggestions\n**Comments:** few.\n1. Comments are good\nComments';
    expect(parseReview(`### Improvements\n1. a\n### Revised Answer\n${revision}\n### Comments\nok`)).toEqual({
      suggestions: '1. a',
      revision,
      comments: 'ok',
    });
  });

  it('keeps the inside of a section as it is', () => {
    const revision = '    indented code\n\n\ttab\n\n\n- list\n  - deeper  \n\n| a | b |';
    expect(parseReview(`### Revised Answer\n\n${revision}\n\n### Comments\nok`)).toEqual({ revision, comments: 'ok' });
  });
});

/** Lines of which answers are made, good ones and bad ones. */
const LINE = fc.oneof(
  fc.constantFrom(
    '### Improvements',
    '### Revised Answer',
    '### Comments',
    '## revised answer:',
    '**Comments**',
    '**Comments:** inline',
    '1. **Improvements:** inline',
    'Comments:',
    'Revised',
    '```',
    '```markdown',
    '```ts',
    '~~~',
    '- ```js',
    '',
    '   ',
    '    indented',
    '\t',
    '# Other',
    '####### seven',
    '**bold** text',
    'plain prose',
    '🙂 ### Comments',
    '###',
    '**',
    '1',
    '### Comments \r',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

function readPieces(pieces: readonly string[]): Review {
  const reader = new ReviewReader();
  const joined: Record<string, string> = {};
  const add = (section: string, text: string): void => {
    joined[section] = (joined[section] ?? '') + text;
  };
  for (const piece of pieces) for (const { section, text } of reader.push(piece)) add(section, text);
  for (const { section, text } of reader.end()) add(section, text);
  expect(joined).toEqual(reader.review);
  return reader.review;
}

describe('ReviewReader', () => {
  it('gives the same sections however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(LINE, { maxLength: 14 }), fc.array(fc.nat(300), { maxLength: 8 }), (lines, cuts) => {
        const text = lines.join('\n');
        const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        const whole = parseReview(text);
        expect(readPieces(pieces)).toEqual(whole);
        expect(readPieces(text.split(''))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('gives text on as soon as it cannot be a heading', () => {
    const reader = new ReviewReader();
    const told: string[] = [];
    for (const piece of [
      '### Rev',
      'ised Answer\n',
      'The',
      ' answer',
      ' is 42.',
      '\n',
      'Com',
      'mon sense',
      '\n## Com',
      'plex',
      '\n\n',
      '### Com',
      'ments\nok',
    ])
      told.push(
        reader
          .push(piece)
          .map(({ section, text }) => `${section[0]}:${text}`)
          .join('|'),
      );
    expect(told).toEqual([
      '',
      '',
      'r:The',
      'r: answer',
      'r: is 42.',
      '',
      'r:\nCom',
      'r:mon sense',
      '',
      'r:\n## Complex',
      '',
      '',
      'c:ok',
    ]);
    expect(reader.isClosed('revision')).toBe(true);
    expect(reader.isClosed('comments')).toBe(false);
  });

  it('keeps what stands outside all sections apart', () => {
    const reader = new ReviewReader();
    reader.push('The draft is fine.\n\n### Comm');
    reader.end();
    expect(reader.review).toEqual({});
    expect(reader.prose).toBe('The draft is fine.\n\n### Comm');
  });
});
