import type { AgentCreation } from '../../core/ports/agent-records.js';
import type { Connection } from './connection.js';
import type { ReadCalls, WireAgent, WireAgentKey, WriteCalls } from './wire.js';

export function getAgent(connection: Connection, { tenant, key }: WireAgentKey): string | null {
  const row = connection.one<WireAgent>('SELECT spec FROM agents WHERE tenant = ? AND key = ?', tenant, key);
  return row?.spec ?? null;
}

export function agentKeys(connection: Connection, { tenant }: ReadCalls['agentKeys']['args']): readonly string[] {
  return connection
    .all<WireAgentKey>('SELECT key FROM agents WHERE tenant = ? ORDER BY key', tenant)
    .map(({ key }) => key);
}

export function createAgent(connection: Connection, { agent, most }: WriteCalls['createAgent']['args']): AgentCreation {
  const { tenant, key, spec } = agent;
  if (getAgent(connection, agent) !== null) return 'exists';
  const own = connection.one<{ n: number }>('SELECT count(*) AS n FROM agents WHERE tenant = ?', tenant);
  if (own === undefined || own.n >= most) return 'full';
  connection.run('INSERT INTO agents (tenant, key, spec) VALUES (?, ?, ?)', tenant, key, spec);
  return 'created';
}

export function replaceAgent(connection: Connection, { tenant, key, spec }: WireAgent): boolean {
  return connection.run('UPDATE agents SET spec = ? WHERE tenant = ? AND key = ?', spec, tenant, key) === 1;
}

export function deleteAgent(connection: Connection, { tenant, key }: WireAgentKey): boolean {
  return connection.run('DELETE FROM agents WHERE tenant = ? AND key = ?', tenant, key) === 1;
}
