import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { ParleyConfig } from '../config/parley-config.js';
import { placeProblem, type Where } from './place-problems.js';

/** A line for every MCP server whose command cannot be started as this user on this machine. */
export function missingCommands({ mcp_servers }: ParleyConfig, path: string, where: Where): readonly string[] {
  return mcp_servers.flatMap(({ name, command, env }) => {
    if (command === undefined || isThere(command, env?.['PATH'] ?? path)) return [];
    const message = `there is no such program${command.includes('/') ? '' : ' in PATH'} (got ${JSON.stringify(command)})`;
    return [placeProblem({ path: ['mcp_servers', name, 'command'], message }, where)];
  });
}

function isThere(command: string, path: string): boolean {
  const folders = command.includes('/') ? ['.'] : path.split(delimiter);
  return folders.some((folder) => {
    const file = resolve(join(folder === '' ? '.' : folder), command);
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
