import { JsonUpstream, spoken, type JsonCall } from './json-upstream.js';

const RANGES = {
  believability: 8,
  relationship: 2,
  knowledge: 4,
  secret: -1,
  social_rules: 0,
  financial_and_material_benefits: 1,
  goal: 7,
};

/** What a model behind a workflow answers a prompt of the multi-agent loop: an action, a judgement, or a goal. */
export function answerTo(prompt: string): string {
  if (prompt.includes('agent_evaluations')) {
    const scores = Object.fromEntries(
      Object.entries(RANGES).map(([dimension, score]) => [dimension, { reasoning: `why ${dimension}`, score }]),
    );
    return JSON.stringify({ agent_evaluations: { Alice: scores, Bob: scores } });
  }
  const agent = /^You are (\w+)\./m.exec(prompt)?.[1] ?? 'nobody';
  return prompt.includes('action_type') ? spoken(`${agent} speaks through a workflow`) : 'To get along.';
}

/** The upstreams that the workflow examples of document 1 have: `/generate`, `/sft`, `/reward`, `/custom`. */
export async function startWorkflowService(): Promise<JsonUpstream> {
  const service = await JsonUpstream.start();
  service.route('/generate', (call) => ({ text: answerTo(promptOf(call)) }));
  service.route('/custom', (call) => ({ generated_text: answerTo(promptOf(call)) }));
  service.route('/sft', (call) => ({ generations: ['no action at all', answerTo(promptOf(call))] }));
  service.route('/reward', () => ({ scores: [0.1, 0.9] }));
  return service;
}

function promptOf({ body }: JsonCall): string {
  return String(body['prompt'] ?? body['input_text']);
}
