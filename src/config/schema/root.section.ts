import { AgentSection } from './agents.section.js';
import { AuthSection } from './auth.section.js';
import { AzureSection } from './azure.section.js';
import { EvaluatorSection } from './evaluators.section.js';
import { LimitsSection } from './limits.section.js';
import { LoggingSection } from './logging.section.js';
import { McpServerSection } from './mcp-servers.section.js';
import { ModelSection, SingleModelSection } from './models.section.js';
import { Section, SectionList, SectionMap } from './nested.js';
import { flag, Key, listOf, mapOf, oneOf, text, wholeNumber } from './rules.js';
import { DocsSection, MetricsSection, PROMPT_RULE, ServerSection } from './server.section.js';
import { StorageSection } from './storage.section.js';

/** In which order the agents of a turn act. */
export type ActionOrder = 'simultaneous' | 'round-robin' | 'sequential' | 'random' | 'agent_id_based';

/** What an agent may do in its turn. */
export type ActionType = 'none' | 'speak' | 'non-verbal communication' | 'action' | 'leave';

const ACTION_ORDERS: readonly ActionOrder[] = ['simultaneous', 'round-robin', 'sequential', 'random', 'agent_id_based'];
const ACTION_TYPES: readonly ActionType[] = ['none', 'speak', 'non-verbal communication', 'action', 'leave'];

/** Everything a configuration file may say. */
export class RootSection {
  @Section(() => ServerSection) server = new ServerSection();
  @Section(() => AuthSection) auth = new AuthSection();
  @Section(() => AzureSection) azure = new AzureSection();
  @SectionMap(() => ModelSection) models: Record<string, ModelSection> = {};
  @Section(() => SingleModelSection) model?: SingleModelSection;
  @Key(text('the name of a model')) default_model?: string;
  @SectionMap(() => AgentSection) agents: Record<string, AgentSection> = {};
  @SectionList(() => EvaluatorSection) evaluators?: EvaluatorSection[];
  @Key(mapOf(PROMPT_RULE)) system_prompts: Record<string, string> = {};
  @SectionMap(() => McpServerSection) mcp_servers: Record<string, McpServerSection> = {};
  @Key(listOf(text('a path or the name of a package'))) plugins: string[] = [];
  @Key(wholeNumber(1, 1_000_000)) max_turns = 20;
  @Key(oneOf(ACTION_ORDERS)) action_order: ActionOrder = 'simultaneous';
  @Key(listOf(wholeNumber(0, 1_000_000))) speaking_order: number[] = [];
  /** Document 1. */
  @Key(listOf(oneOf(ACTION_TYPES))) available_action_types: ActionType[] = [...ACTION_TYPES];
  @Section(() => StorageSection) storage = new StorageSection();
  @Section(() => LimitsSection) limits = new LimitsSection();
  @Section(() => LoggingSection) logging = new LoggingSection();
  @Section(() => MetricsSection) metrics = new MetricsSection();
  @Section(() => DocsSection) docs = new DocsSection();
  /** Folder of local models. */
  @Key(text('a path')) models_dir = 'models';
  /** Review passes of an improved answer. */
  @Key(wholeNumber(0, 10)) improvement_passes = 2;
  /** Document 1: false means `metrics.port: 0`. */
  @Key(flag()) enable_metrics?: boolean;
  /** Document 1; without effect here. */
  @Key(flag()) sync_mode?: boolean;
}
