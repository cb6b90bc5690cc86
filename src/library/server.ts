// `parley/server`: a server inside a program.
import './check-node.js';
export { ConfigError } from '../config/config-error.js';
export type { EpisodeLog } from '../core/multi-agent/episode-log.js';
export { createServer } from './create-server.js';
export type { ServerOptions } from './create-server.js';
export type {
  AgentConfig,
  ConversationOptions,
  FinishedConversation,
  ParleyServer,
  ServerModel,
} from './parley-server.js';
