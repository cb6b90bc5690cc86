import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, settled, startConversation } from '../support/api.js';
import { spoken, status, type JsonUpstream } from '../support/json-upstream.js';
import { startServer, stopAllServers } from '../support/server.js';
import { startWorkflowService } from '../support/workflow-service.js';

const AGENTS = [
  { name: 'Alice', goal: 'g' },
  { name: 'Bob', goal: 'g' },
];

let service: JsonUpstream;

beforeAll(async () => {
  service = await startWorkflowService();
});

afterAll(async () => {
  await stopAllServers();
  await service.close();
});

/** A workflow model as a line of `models:`. */
function model(name: string, config: Readonly<Record<string, unknown>>, more = ''): string {
  return `  ${name}: {name: ${name}, type: workflow, custom_config: ${JSON.stringify(config)}${more}}\n`;
}

async function talk(url: string, more: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  return settled(url, await startConversation(url, { agent_configs: AGENTS, max_turns: 1, ...more }));
}

describe('a workflow model', () => {
  it('holds a conversation, judges it, and is asked with prompts that hold the schema', async () => {
    const config = `models:\n${model('flow', { endpoint: `${service.url}/generate`, headers: { Authorization: 'Bearer ${KEY}' } })}evaluators: [{type: llm}]\n`;
    const server = await startServer({ config, env: { KEY: 'canary-key' } });
    const result = await talk(server.url, { scenario: 'Two friends' });
    expect(result).toMatchObject({
      status: 'completed',
      evaluation_results: { per_agent: { Alice: { overall_score: 3 } } },
      error: null,
    });
    const events = await (
      await fetch(`${server.url}/conversations/${String(result['conversation_id'])}/events`)
    ).text();
    expect(events).toContain('Alice speaks through a workflow');
    const prompt = String(service.callsTo('/generate')[0]?.body['prompt']);
    expect(prompt).toMatch(/^You are (Alice|Bob)\.\n[\s\S]*Scenario: Two friends[\s\S]*following this JSON Schema:/);
    expect(service.callsTo('/generate')[0]?.headers['authorization']).toBe('Bearer canary-key');
    expect(JSON.stringify([(await api(`${server.url}/models`)).body, server.output()])).not.toContain('canary');
    await server.stop();
  });

  it('that fails, fails the run with the reason and is unhealthy; a fallback answers in its place', async () => {
    const down = service.route('/down', status(503));
    const config = `models:
${model('down', { endpoint: down })}${model('flow', { endpoint: `${service.url}/generate` })}${model('saved', {
      endpoint: down,
      fallback_model: 'flow',
    })}${model('late', { endpoint: service.route('/late', () => new Promise(() => undefined)) }, ', timeout: 0.3')}evaluators: []
`;
    const server = await startServer({ config });
    const failed = await talk(server.url, { model_name: 'down' });
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'upstream', detail: expect.stringContaining('is not able to answer at the moment (HTTP 503)') },
    });
    expect(JSON.stringify(failed)).not.toContain('canary-upstream');
    expect(await talk(server.url, { model_name: 'saved' })).toMatchObject({ status: 'completed' });
    expect(await talk(server.url, { model_name: 'late' })).toMatchObject({
      error: { detail: expect.stringContaining('in the time a call may take (0.3 s)') },
    });
    expect((await api(`${server.url}/models`)).body).toMatchObject({
      down: { healthy: false, last_error: expect.stringContaining('503') },
      flow: { healthy: true },
      saved: { healthy: true },
    });
    await server.stop();
  });

  it('whose header needs a variable that is not set cannot be used, and the others can', async () => {
    const headers = { Authorization: 'Bearer ${MISSING_KEY}' };
    const config = `models:\n${model('flow', { endpoint: `${service.url}/generate`, headers })}  d: {name: d, type: demo}\nevaluators: []\n`;
    const server = await startServer({ config });
    expect((await api(`${server.url}/models`)).body).toMatchObject({
      flow: { healthy: false, last_error: expect.stringContaining('MISSING_KEY is not set') },
      d: { healthy: true },
    });
    expect(await talk(server.url, {})).toMatchObject({ status: 'failed' });
    await server.stop();
  });

  it('that answers no action is asked again, then the run fails; a cancel closes its connection', async () => {
    let answers = 0;
    const prose = service.route('/prose', () => ({
      text: ++answers % 2 === 1 ? 'I would rather not.' : spoken('well then'),
    }));
    const config = `models:
${model('prose', { endpoint: prose })}${model('silent', { endpoint: service.route('/silent', () => new Promise(() => undefined)) })}evaluators: []
`;
    const server = await startServer({ config });
    expect(await talk(server.url, { action_order: 'agent_id_based' })).toMatchObject({ status: 'completed' });
    expect(answers).toBe(4);
    const before = service.cut;
    const id = await startConversation(server.url, { agent_configs: AGENTS, model_name: 'silent' });
    while (service.callsTo('/silent').length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await api(`${server.url}/conversations/${id}/cancel`, 'POST', {})).body['status']).toBe('cancelled');
    while (service.cut < before + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.stop();
  });
});
