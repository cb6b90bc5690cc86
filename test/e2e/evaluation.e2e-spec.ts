import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { allFacts, settled, startConversation } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const DIMENSIONS = [
  'believability',
  'relationship',
  'knowledge',
  'secret',
  'social_rules',
  'financial_and_material_benefits',
  'goal',
];

/** The judges by the name the configuration gives them: the second `llm` is `llm_2`. */
const JUDGES = {
  llm: 'scripted@judge',
  llm_2: 'bad:judge-out-of-range',
  llm_3: 'bad:judge-garbage',
  llm_4: 'bad:judge-missing-agent',
  llm_5: 'bad:500',
  llm_6: 'bad:half-json',
  llm_7: 'bad:refuse-json-schema',
  llm_8: 'bad:hangx1',
} as const;

/** Document 1's quick start, its model behind the scripted upstream. */
function quickStart(base: string): string {
  return `
models:
  gpt-4o-mini:
    name: gpt-4o-mini
    type: openai
    api_base: ${base}
    api_key: test
    temperature: 0.7

default_model: gpt-4o-mini

evaluators:
  - type: rule_based
    enabled: true
    config:
      max_turn_number: 20
  - type: llm
    enabled: true
    model: gpt-4o-mini

api:
  host: 0.0.0.0
  port: 8000
`;
}

const evaluatorsSection = `evaluators:
  - {type: rule_based, config: {max_turn_number: 3}}
${Object.values(JUDGES)
  .map((model) => `  - {type: llm, model: "${model}", config: {}}`)
  .join('\n')}
  - {type: llm, model: "scripted@judge", config: {dimensions: [goal, {name: wit, description: How funny?, range: [1, 5]}]}}
`;

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  const models = ['scripted', ...Object.values(JUDGES)];
  server = await startServer({ config: configFor(upstream.url, models, evaluatorsSection) });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

beforeEach(() => upstream.reset());

const AGENTS: readonly Json[] = [
  { name: 'Alice', goal: 'what Alice wants' },
  { name: 'Bob', goal: 'what Bob wants' },
];

async function converse(body: Json, at: RunningServer = server): Promise<Json> {
  const id = await startConversation(at.url, { agent_configs: AGENTS, scenario: 'A market', max_turns: 2, ...body });
  return settled(at.url, id);
}

function resultsOf(conversation: Json): Json[] {
  return (conversation['evaluation_results'] as Json)['results'] as Json[];
}

const rewardsOf = (conversation: Json): unknown => (conversation['episode_log'] as Json)['rewards'];
const judgeCalls = (): number => upstream.calls().filter((call) => call.kind === 'evaluation').length;

describe("document 1's quick start", () => {
  let quick: RunningServer;

  beforeAll(async () => {
    quick = await startServer({ config: quickStart(upstream.url), args: ['--host', '127.0.0.1'] });
  });

  beforeEach(() => upstream.script('gpt-4o-mini', { as: 'scripted' }));

  afterAll(() => quick.stop());

  it('gives a completed conversation with scores, and asks the judge exactly once', async () => {
    const id = await startConversation(quick.url, {
      agent_configs: [
        { name: 'Alice', type: 'llm' },
        { name: 'Bob', type: 'llm' },
      ],
      scenario: 'Two friends discussing weekend plans',
      max_turns: 10,
    });
    const conversation = await settled(quick.url, id);
    expect(conversation).toMatchObject({ status: 'completed', turn_count: 10, terminated_by: { reason: 'max_turns' } });
    expect(judgeCalls()).toBe(1);
    expect(upstream.calls().at(-1)).toMatchObject({ kind: 'evaluation', body: { temperature: 0 } });

    const dimensions = { believability: 5, relationship: 1, knowledge: 5, secret: -5, social_rules: -5 };
    const scores = { ...dimensions, financial_and_material_benefits: 1, goal: 5 };
    const verdict = { overall_score: 1, normalized_score: expect.closeTo((5 * 0.5 + 2 * 0.6) / 7), dimensions: scores };
    expect(conversation['evaluation_results']).toMatchObject({ per_agent: { Alice: verdict, Bob: verdict } });
    expect(rewardsOf(conversation)).toEqual([
      [1, { ...scores, overall_score: 1 }],
      [1, { ...scores, overall_score: 1 }],
    ]);
    const reasoning = String((conversation['episode_log'] as Json)['reasoning']);
    expect(reasoning).toMatch(
      /^Environment comments:\nterminated: none: .+\nAlice comments:\nbelievability: Alice does fairly/,
    );
    expect(reasoning).toBe((conversation['evaluation_results'] as Json)['reasoning']);
  });

  it('shows each result with its evaluator, bounds and scope', async () => {
    const results = resultsOf(await converse({}, quick));
    expect(results).toHaveLength(1 + 2 * DIMENSIONS.length);
    const common = { scope: 'terminal', turn: 2, status: 'scored' };
    expect(results[0]).toMatchObject({
      evaluator: 'rule_based',
      target: 'environment',
      dimension: 'terminated',
      score: false,
      ...common,
    });
    expect(results[1]).toEqual({
      evaluator: 'llm',
      target: 'Alice',
      dimension: 'believability',
      score: 5,
      reasoning: 'Alice does fairly on believability.',
      range: [0, 10],
      ...common,
    });
    expect(results.slice(1).map((result) => [result['target'], result['dimension']])).toEqual(
      ['Alice', 'Bob'].flatMap((agent) => DIMENSIONS.map((dimension) => [agent, dimension])),
    );
  });

  it('asks nobody with enable_evaluation: false, and has no scores', async () => {
    const conversation = await converse({ enable_evaluation: false }, quick);
    expect(conversation).toMatchObject({ status: 'completed', evaluation_results: null });
    expect(conversation['episode_log']).toMatchObject({ rewards: [null, null], reasoning: '' });
    expect(judgeCalls()).toBe(0);
  });

  it('keeps everything about a judgement in the log, once', async () => {
    const id = await startConversation(quick.url, { agent_configs: AGENTS, max_turns: 1 });
    await settled(quick.url, id);
    const facts = await allFacts(quick.url, id);
    const types = facts.map((fact) => fact['type']);
    const from = types.indexOf('evaluation_start');
    expect(types.slice(from, from + 2)).toEqual(['evaluation_start', 'evaluation_result']);
    expect(types.slice(-3)).toEqual(['usage', 'evaluation_end', 'run_end']);
    expect(types.filter((type) => type === 'evaluation_start')).toHaveLength(1);
    expect(facts[from]).toMatchObject({ scope: 'terminal', turn: 1, evaluators: ['rule_based', 'llm'] });
    expect(facts.at(-3)).toMatchObject({ purpose: 'judge', model: 'gpt-4o-mini', usage: { calls: 1 } });
  });
});

describe('a judge', () => {
  it('out of range fails in that dimension only', async () => {
    const conversation = await converse({ evaluators: ['llm_2'] });
    expect(conversation).toMatchObject({ status: 'completed' });
    const failed = resultsOf(conversation).filter((result) => result['status'] === 'failed');
    expect(failed).toMatchObject(
      ['Alice', 'Bob'].map((target) => ({
        target,
        dimension: 'believability',
        score: null,
        error: 'the score 999 is outside 0..10',
      })),
    );
    const [alice] = rewardsOf(conversation) as [[number, Json]];
    expect(Object.keys(alice[1]).toSorted((a, b) => a.localeCompare(b))).toEqual(
      [...DIMENSIONS.slice(1), 'overall_score'].toSorted((a, b) => a.localeCompare(b)),
    );
    expect(alice[0]).toBeCloseTo(2 / 6);
    expect(judgeCalls()).toBe(1);
  });

  it.each([
    ['is down', ['llm_5'], /^upstream_unavailable: /],
    ['gives garbage in three tries', ['llm_3'], /^upstream_invalid: .+3 tries$/],
  ])('that %s has failed: rewards are null, the conversation is completed', async (_what, evaluators, error) => {
    const conversation = await converse({ evaluators });
    expect(conversation).toMatchObject({ status: 'completed', error: null, terminated_by: { reason: 'max_turns' } });
    expect(rewardsOf(conversation)).toEqual([null, null]);
    const results = resultsOf(conversation);
    expect(results).toHaveLength(2 * DIMENSIONS.length);
    for (const result of results)
      expect(result).toMatchObject({ status: 'failed', score: null, error: expect.stringMatching(error) });
    const { per_agent } = conversation['evaluation_results'] as { per_agent: Json };
    expect(per_agent['Bob']).toEqual({ overall_score: null, normalized_score: null, dimensions: {} });
    expect(JSON.stringify(conversation)).not.toMatch(/canary/i);
    expect(upstream.calls(JUDGES.llm_3)).toHaveLength(evaluators[0] === 'llm_3' ? 3 : 0);
  });

  it('that leaves out an agent has failed for that agent: null, not zero', async () => {
    const conversation = await converse({ evaluators: ['llm_4'] });
    const rewards = rewardsOf(conversation) as unknown[];
    expect(rewards).toEqual([null, [1, expect.any(Object)]]);
    expect(resultsOf(conversation)[0]).toMatchObject({
      target: 'Alice',
      error: 'the judge did not evaluate this agent',
    });
    expect(judgeCalls()).toBe(1);
  });

  it('that was cut off counts as far as it came, without another call', async () => {
    const results = resultsOf(await converse({ evaluators: ['llm_6'] }));
    expect(new Set(results.map((result) => result['status']))).toEqual(new Set(['scored', 'failed']));
    expect(judgeCalls()).toBe(1);
  });

  it('whose model knows no schemas judges by the prompt', async () => {
    const results = resultsOf(await converse({ evaluators: ['llm_7'] }));
    expect(results).toHaveLength(2 * DIMENSIONS.length);
    expect(results.every((result) => result['status'] === 'scored')).toBe(true);
  });

  it('with dimensions of its own judges by those', async () => {
    const results = resultsOf(await converse({ evaluators: ['llm_9'] }));
    expect(results.map((result) => [result['target'], result['dimension'], result['score'], result['range']])).toEqual([
      ['Alice', 'goal', 5, [0, 10]],
      ['Alice', 'wit', 3, [1, 5]],
      ['Bob', 'goal', 5, [0, 10]],
      ['Bob', 'wit', 3, [1, 5]],
    ]);
  });

  it('beside one that failed: the mean is over those that scored', async () => {
    const conversation = await converse({ evaluators: ['llm', 'llm_5'] });
    expect(rewardsOf(conversation)).toEqual([
      [1, expect.any(Object)],
      [1, expect.any(Object)],
    ]);
    expect(resultsOf(conversation)).toHaveLength(4 * DIMENSIONS.length);
  });
});

describe('rule_based', () => {
  it('ends a conversation by its number, with evaluation and without', async () => {
    for (const enable_evaluation of [true, false]) {
      const conversation = await converse({ max_turns: 9, evaluators: ['rule_based'], enable_evaluation });
      expect(conversation).toMatchObject({
        status: 'completed',
        turn_count: 3,
        terminated_by: { reason: 'max_turns' },
      });
      expect(rewardsOf(conversation)).toEqual([null, null]);
      if (enable_evaluation) {
        expect(resultsOf(conversation)).toMatchObject([
          {
            target: 'environment',
            dimension: 'terminated',
            score: true,
            reasoning: 'max_turns: the 3 turns of the rule are over',
          },
        ]);
      }
    }
    expect(judgeCalls()).toBe(0);
  });
});

describe('a process that dies while the judge thinks', () => {
  it('asks it again after the restart, and nobody who has answered', async () => {
    const dataDir = server.dataDir;
    const id = await startConversation(server.url, {
      agent_configs: AGENTS,
      max_turns: 1,
      evaluators: ['rule_based', 'llm_8'],
    });
    await upstream.until((up) => up.calls(JUDGES.llm_8).length === 1);
    await server.kill();
    server = await startServer({
      config: configFor(upstream.url, ['scripted', ...Object.values(JUDGES)], evaluatorsSection),
      dataDir,
    });
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ status: 'completed', turn_count: 1 });
    const evaluators = resultsOf(conversation).map((result) => result['evaluator']);
    expect(evaluators).toEqual(['rule_based', ...Array.from({ length: 14 }, () => 'llm_8')]);
    const types = (await allFacts(server.url, id)).map((fact) => fact['type']);
    expect(types.filter((type) => type === 'evaluation_start')).toHaveLength(1);
    expect(types.filter((type) => type === 'evaluation_end')).toHaveLength(1);
  });
});
