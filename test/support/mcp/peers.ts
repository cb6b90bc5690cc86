import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder whose `node_modules` has what suites meet Parley with. */
export const PEERS = fileURLToPath(new URL('../../../peers/', import.meta.url));

/** The official server that has everything: its command, before the transport. */
export const EVERYTHING = `${PEERS}node_modules/@modelcontextprotocol/server-everything/dist/index.js`;

/** Our own, with what that one does not have. */
export const ODD_SERVER = fileURLToPath(new URL('./odd-server.mjs', import.meta.url));

/** Whether the packages are there; without a registry they may not be, except in CI, where their tests then fail. */
export const PEERS_INSTALLED = existsSync(EVERYTHING) || process.env['CI'] !== undefined;

/** The official parser of AsyncAPI, as a module; installed by `node tools/peers.mjs`. */
export const ASYNCAPI_PARSER = `${PEERS}node_modules/@asyncapi/parser/esm/index.js`;

/** The same of it. */
export const ASYNCAPI_PARSER_INSTALLED = existsSync(ASYNCAPI_PARSER) || process.env['CI'] !== undefined;
