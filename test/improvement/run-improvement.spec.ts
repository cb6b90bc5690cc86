import { describe, expect, it } from '@jest/globals';
import type { Fact, FactBody, FactType } from '../../src/core/events/conversation-event.js';
import { EMPTY_FOLD, evolveFold } from '../../src/core/events/fold.js';
import type { ImprovementSettings } from '../../src/core/agent/settings.js';
import { evolveHistory, NO_HISTORY } from '../../src/core/agent/history.js';
import { improvementResult } from '../../src/core/improvement/result.js';
import { runImprovement } from '../../src/core/improvement/run-improvement.js';
import { evolveImprovement, NOTHING_WRITTEN } from '../../src/core/improvement/state.js';
import type { ConversationStore } from '../../src/core/ports/conversation-store.js';
import type { ModelEnd } from '../../src/core/ports/model-provider.js';
import { SystemIds } from '../../src/runtime/system-ids.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { bench, settle, type Bench } from '../runs/fakes.js';
import { HANG, ScriptedModel, type ScriptedReply } from '../support/scripted-model.js';

const QUESTION = 'What is 17 × 23?';
const DRAFT = '17 × 23 = 381';
const CUT: ModelEnd = { type: 'done', stop_reason: 'length', tool_calls: [] };
const DOWN: ModelEnd = { type: 'failed', code: 'upstream_unavailable', message: 'it is down', retryable: true };

function review(n: number, revision = `Revision ${n}: 17 × 23 = 391, because 17 × 20 = 340.`): string {
  return `### Improvements\n1. The sum is wrong (${n}).\n\n### Revised Answer\n${revision}\n\n### Comments\nChecked ${n} times.`;
}

interface Outcome {
  readonly facts: readonly Fact[];
  readonly model: ScriptedModel;
  readonly bodies: <T extends FactType>(type: T) => readonly Extract<FactBody, { type: T }>[];
  /** Phases and messages, as a reader of the log sees them. */
  readonly story: readonly string[];
  /** Shown answer text of the run. */
  readonly shown: string;
  /** What a later run of the conversation sees. */
  readonly remembered: readonly string[];
  readonly result: Readonly<Record<string, string | undefined>>;
}

function benchOf(model: ScriptedModel, settings: ImprovementSettings, store?: ConversationStore): Bench {
  const ids = new SystemIds();
  return bench(
    (input) =>
      runImprovement(
        {
          settings,
          agent: 'assistant',
          provider: model,
          instructions: 'Be brief.',
          history: [
            { role: 'user', content: 'Hi' },
            { role: 'assistant', content: 'Hello' },
            { role: 'user', content: QUESTION },
          ],
          request: { temperature: 0.5 },
          fit: { messages: 100 },
          log: input.log,
          ids,
          signal: input.signal,
        },
        input.facts.reduce(evolveImprovement, NOTHING_WRITTEN),
      ),
    store,
  );
}

async function improve(replies: readonly ScriptedReply[], given: Partial<ImprovementSettings> = {}): Promise<Outcome> {
  const settings = { passes: 2, intermediate_steps: false, ...given };
  const model = new ScriptedModel('m', replies);
  const made = benchOf(model, settings);
  const { supervisor, store, errors } = made;
  const ref = await made.begin();
  await supervisor.settled(ref);
  expect(errors).toEqual([]);
  return outcomeOf(model, await store.log.read(ref, { after: 0, limit: 1_000 }), settings);
}

function outcomeOf(model: ScriptedModel, facts: readonly Fact[], settings: ImprovementSettings): Outcome {
  const bodies = <T extends FactType>(type: T): Extract<FactBody, { type: T }>[] =>
    facts.flatMap(({ body }) => (body.type === type ? [body as Extract<FactBody, { type: T }>] : []));
  const ended = facts.slice(0, -1).reduce(evolveFold, EMPTY_FOLD);
  const { messages } = facts.reduce(evolveHistory, NO_HISTORY);
  return {
    facts,
    model,
    bodies,
    story: facts.flatMap(({ body }) => tell(body)),
    shown: ended.run?.text ?? '',
    remembered: messages.map(({ content }) => content),
    result: improvementResult(facts.reduce(evolveImprovement, NOTHING_WRITTEN), QUESTION, settings.passes),
  };
}

function tell(body: FactBody): string[] {
  switch (body.type) {
    case 'phase_start':
      return [`${body.phase} ${body.n} {`];
    case 'phase_end':
      return [`} ${body.phase} ${body.n}`];
    case 'message_end':
      return [`${body.step?.part} ${body.step?.n} ${body.stop_reason}`];
    case 'message_discarded':
      return ['discarded'];
    case 'warning':
      return [body.code];
    case 'run_end':
      return [`${body.outcome} ${body.code}`];
    default:
      return [];
  }
}

describe('runImprovement', () => {
  it('drafts, reviews and revises, one call a pass, each revision being the next draft', async () => {
    const { model, story, shown, remembered, result, bodies } = await improve([DRAFT, review(1), review(2)]);
    model.assertComplete();
    expect(story).toEqual([
      'draft 1 {',
      'draft 1 stop',
      '} draft 1',

      'review 1 {',
      'suggestions 1 stop',
      '} review 1',
      'revision 1 {',
      'revision 1 stop',
      'comments 1 stop',
      '} revision 1',

      'review 2 {',
      'suggestions 2 stop',
      '} review 2',
      'revision 2 {',
      'revision 2 stop',
      'comments 2 stop',
      '} revision 2',
      'completed answered',
    ]);
    const final = 'Revision 2: 17 × 23 = 391, because 17 × 20 = 340.';
    expect(shown).toBe(final);
    expect(remembered).toEqual([final]);
    expect(result).toEqual({
      reply: final,
      user_question: QUESTION,
      draft_answer: DRAFT,
      suggestions1: '1. The sum is wrong (1).',
      revision1: 'Revision 1: 17 × 23 = 391, because 17 × 20 = 340.',
      comments1: 'Checked 1 times.',
      suggestions2: '1. The sum is wrong (2).',
      revision2: final,
      comments2: 'Checked 2 times.',
    });
    const [draft, first, second] = model.requests;
    expect(draft).toMatchObject({
      temperature: 0.5,
      messages: [{ role: 'system', content: 'Be brief.' }, {}, {}, { content: QUESTION }],
    });
    expect(first?.messages.slice(1, 3)).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ]);
    expect(first?.messages.at(-1)?.content).toContain(
      `<question>\n${QUESTION}\n</question>\n\n<draft>\n${DRAFT}\n</draft>`,
    );
    expect(second?.messages.at(-1)?.content).toContain('<draft>\nRevision 1: 17');
    expect(first?.messages[0]?.content).toContain('"### Improvements"');
    expect(bodies('usage').map(({ purpose, usage }) => [purpose, usage.calls, usage.total_tokens])).toEqual([
      ['review', 1, 15],
      ['review', 1, 15],
    ]);
    expect(bodies('run_end')[0]?.usage).toMatchObject({ calls: 3, total_tokens: 45 });
  });

  it('shows every part under its heading when intermediate steps are asked for', async () => {
    const { shown, remembered } = await improve([DRAFT, review(1)], { passes: 1, intermediate_steps: true });
    expect(shown).toBe(`### Draft Answer\n\n${DRAFT}\n\n${review(1).replaceAll(/(###.*)\n/g, '$1\n\n')}`);
    expect(remembered).toEqual(['Revision 1: 17 × 23 = 391, because 17 × 20 = 340.']);
  });

  it('takes the reviser of the configuration', async () => {
    const { model } = await improve([DRAFT, review(1)], { passes: 1, reviser: 'You are strict.' });
    expect(model.requests[1]?.messages[0]).toEqual({ role: 'system', content: 'You are strict.' });
  });

  it.each([
    ['says so', '### Improvements\nNothing to improve.'],
    ['says so without a heading', 'Nothing to improve.'],
    ['says so and revises all the same', review(1).replace('1. The sum is wrong (1).', 'None.')],
    ['has a word for "as before" as its revision', review(1, 'Unchanged.')],
  ])('stops early when a review finds nothing: it %s', async (_how, reply) => {
    const { model, story, shown, remembered, result } = await improve([DRAFT, reply]);
    model.assertComplete();
    expect(story.slice(-2)).toEqual(['answer 2 stop', 'completed answered']);
    expect(story.filter((line) => line.startsWith('improvement'))).toEqual([]);
    expect([shown, remembered, result['revision1'], result['revision2']]).toEqual([DRAFT, [DRAFT], DRAFT, DRAFT]);
    expect(result['suggestions2']).toBe(result['suggestions1']);
  });

  it('does not show the answer twice to who has just seen it', async () => {
    const { shown, remembered } = await improve([DRAFT, 'Nothing to improve.'], { intermediate_steps: true });
    expect(shown).toBe(`### Draft Answer\n\n${DRAFT}`);
    expect(remembered).toEqual([DRAFT]);
  });

  it.each<[string, ScriptedReply, string]>([
    ['breaks the format', 'The draft could be better, I think.', 'improvement_format'],
    ['forgets the revision', '### Improvements\n1. Say why.\n### Comments\nDone.', 'improvement_format'],
    ['refuses', "I'm sorry, but I can't help with that.", 'improvement_format'],
    ['is cut in its review', { type: 'cut', text: '### Improvements\n1. Nothing', end: CUT }, 'improvement_cut'],
    ['is cut in its revision', { type: 'cut', text: review(1).slice(0, 100), end: CUT }, 'improvement_cut'],
  ])('keeps the last good text when a reviewer %s, and goes on', async (_how, reply, code) => {
    const { story, result, shown } = await improve([DRAFT, reply, review(2)]);
    expect(story.filter((line) => line.startsWith('improvement'))).toEqual([code]);
    expect(result['revision1']).toBe(DRAFT);
    expect(shown).toBe('Revision 2: 17 × 23 = 391, because 17 × 20 = 340.');
    const last = await improve([DRAFT, review(1), reply]);
    expect(last.shown).toBe('Revision 1: 17 × 23 = 391, because 17 × 20 = 340.');
    expect(last.remembered).toEqual([last.shown]);
    expect(JSON.stringify(last.result)).not.toContain('None');
  });

  it('drops the beginning of a final answer that breaks off after it was shown', async () => {
    const text =
      '### Improvements\n1. Say why.\n### Revised Answer\nRevision 2 is a long text that is shown as it comes, but';
    const { story, shown, bodies } = await improve([DRAFT, review(1), { type: 'cut', text, end: DOWN }]);
    expect(story.slice(-5)).toEqual([
      'discarded',
      '} revision 2',
      'improvement_failed',
      'answer 2 stop',
      'completed answered',
    ]);
    expect(shown).toBe('Revision 1: 17 × 23 = 391, because 17 × 20 = 340.');
    expect(bodies('warning')[0]?.detail).toContain('pass 2 of the improvement did not help');
  });

  it('takes a revision whose comments break off', async () => {
    const { story, shown } = await improve([DRAFT, { type: 'cut', text: review(1), end: CUT }], { passes: 1 });
    expect(shown).toContain('Revision 1');
    expect(story.slice(-4)).toEqual(['revision 1 stop', 'comments 1 length', '} revision 1', 'completed answered']);
  });

  it('makes no more passes when a call fails, and fails when the draft does', async () => {
    const pass = await improve([DRAFT, DOWN]);
    expect([pass.shown, pass.story.at(-1)]).toEqual([DRAFT, 'completed answered']);
    const draft = await improve([DOWN]);
    expect(draft.story).toEqual(['draft 1 {', 'draft 1 error', '} draft 1', 'failed upstream']);
    const empty = await improve(['  ']);
    expect(empty.bodies('run_end')[0]).toMatchObject({ outcome: 'failed', code: 'upstream' });
    expect([draft.remembered, empty.remembered]).toEqual([[], []]);
  });

  it('improves a draft that was cut', async () => {
    const { shown } = await improve([{ type: 'cut', text: 'Half a dr', end: CUT }, DOWN]);
    expect(shown).toBe('Half a dr');
  });

  it.each([
    ['code', 'Write add()', '```js\nconst add = (a, b) => a + b;\n// ### Comments\n```\n\nIt adds.'],
    ['a list', 'Name three fruits', '- apple\n- pear\n  - williams\n- plum'],
    ['maths', 'Solve x² = 2', '$$x = \\pm\\sqrt{2}$$\n\n| x | x² |\n|---|---|\n| 1.41 | 1.99 |'],
    ['headings', 'How do I review?', '## Steps\n\n### Improvements\nList them.\n\n### Suggestions for you\nBe kind.'],
    [
      'Markdown inside a fence',
      'A template, please',
      '```md\n### Revised Answer\n```py\npass\n```\n### Comments\n```\nDone.',
    ],
    ['something short', 'Yes or no?', 'No.'],
  ])('keeps an answer whole that has %s', async (_what, _question, revision) => {
    const { shown, result } = await improve([DRAFT, review(1, revision)], { passes: 1 });
    expect(shown).toBe(revision);
    expect(result['comments1']).toBe('Checked 1 times.');
  });
});

describe('an improvement that is taken up again', () => {
  const settings = { passes: 2, intermediate_steps: true };

  /** Stops the process while the last of the replies is under way, and starts another one on its log. */
  async function crash(before: readonly ScriptedReply[], after: readonly ScriptedReply[]): Promise<Outcome> {
    const store = new MemoryStore();
    const first = benchOf(new ScriptedModel('m', before), settings, store);
    const ref = await first.begin();
    await settle(10);
    const drained = first.supervisor.drain(0);
    first.clock.advance(1);
    await drained;
    const model = new ScriptedModel('m', after);
    const second = benchOf(model, settings, store);
    expect(await second.supervisor.recover()).toBe(1);
    await second.supervisor.settled(ref);
    model.assertComplete();
    return outcomeOf(model, await store.log.read(ref, { after: 0, limit: 1_000 }), settings);
  }

  it('asks for a draft again that was not finished', async () => {
    const { story } = await crash([{ type: 'cut', text: 'Half', end: HANG }], [DRAFT, 'Nothing to improve.']);
    expect(story.slice(0, 4)).toEqual(['draft 1 {', 'discarded', 'draft 1 stop', '} draft 1']);
  });

  it('keeps a finished draft', async () => {
    const { model, result } = await crash([DRAFT, HANG], [review(1), 'Nothing to improve.']);
    expect(model.requests).toHaveLength(2);
    expect(result).toMatchObject({ draft_answer: DRAFT, suggestions1: '1. The sum is wrong (1).' });
  });

  it.each([
    ['340', ['} review 2', 'revision 2 {', 'discarded']],
    ['17 × 23', ['} review 2', 'revision 2 {']],
  ])('keeps finished passes, and the suggestions of one that breaks off before %j', async (cutAt, between) => {
    const half = review(2).slice(0, review(2).indexOf(cutAt));
    const { story, result, shown } = await crash(
      [DRAFT, review(1), { type: 'cut', text: half, end: HANG }],
      [review(3)],
    );
    expect(story.slice(story.indexOf('review 2 {'))).toEqual([
      'review 2 {',
      'suggestions 2 stop',
      ...between,
      'revision 2 stop',
      'comments 2 stop',
      '} revision 2',
      'completed answered',
    ]);
    expect(result).toMatchObject({
      suggestions2: '1. The sum is wrong (2).',
      revision2: expect.stringContaining('Revision 3'),
    });
    expect(shown.match(/### Improvements/g)).toHaveLength(2);
  });

  it('makes no call for comments alone', async () => {
    const cut = { type: 'cut', text: review(2), end: HANG } as const;
    const { model, story, result } = await crash([DRAFT, review(1), cut], []);
    expect(model.requests).toEqual([]);
    expect(story.slice(-4)).toEqual(['revision 2 stop', 'discarded', '} revision 2', 'completed answered']);
    expect(result['reply']).toContain('Revision 2');
  });
});
