import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import type { Environment } from '../config/environment.js';
import { DEFAULT_CONFIG_FILE, loadConfig, type LoadedConfig } from '../config/load-config.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { ConfigDocument } from './config-document.js';

/** One entry of `models:` as the file has it. */
export interface ModelEntry {
  name: string;
  type: string;
  [key: string]: unknown;
}

/** A configuration in the form of its file, `${VAR}` replaced. Change it and save it. */
export interface EditableConfig {
  models: Record<string, ModelEntry>;
  /** The one that counts, also where the file names none. */
  default_model: string;
  [section: string]: unknown;
}

/** What is wrong with a configuration, and what the server can live with. */
export interface ConfigReport {
  readonly ok: boolean;
  /** `file:line:column: key.path: what is wrong` */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface ConfigManagerOptions {
  /** Missing: the variables of this process above those of `.env`. */
  readonly env?: Environment;
  /** Missing: that of this process. */
  readonly cwd?: string;
}

/**
 * Reads, checks and writes one configuration file.
 *
 * @example
 * const manager = new ConfigManager('config/parley.yaml');
 * const config = manager.loadConfig();
 * console.log(Object.keys(config.models), config.default_model);
 * manager.saveConfig(config);
 */
export class ConfigManager {
  /** Absolute. */
  readonly path: string;
  readonly #options: ConfigManagerOptions;

  constructor(path: string = DEFAULT_CONFIG_FILE, options: ConfigManagerOptions = {}) {
    this.path = resolve(options.cwd ?? '.', path);
    this.#options = options;
  }

  /** @throws ConfigError with everything that is wrong with the file */
  loadConfig(): EditableConfig {
    const loaded = this.#load(this.path);
    return editable(this.#document().values, loaded);
  }

  /** Checks the file, or a configuration that may be saved into it. Never throws for what is wrong. */
  validateConfig(config?: EditableConfig): ConfigReport {
    try {
      const { warnings } = config === undefined ? this.#load(this.path) : this.#try(this.#textOf(config));
      return { ok: true, problems: [], warnings };
    } catch (error) {
      if (error instanceof ConfigError) return { ok: false, problems: error.problems, warnings: [] };
      throw error;
    }
  }

  /**
   * Writes what changed into the file: comments and order stay, and what was written as `${VAR}` is so again, never as its
   * value. A file that is not there is made. All or nothing.
   *
   * @throws ConfigError when the file would be wrong then; it is left as it was
   */
  saveConfig(config: EditableConfig): void {
    const text = this.#textOf(config);
    this.#try(text, true);
  }

  #textOf(config: EditableConfig): string {
    if (!existsSync(this.path)) return new ConfigDocument('', {}).withChanges({}, config);
    const document = this.#document();
    return document.withChanges(editable(document.values, this.#load(this.path)), config);
  }

  #document(): ConfigDocument {
    if (statSync(this.path).isDirectory())
      throw new ParleyError('config_invalid', `${this.path} is a folder: edit one of its files`);
    const cwd = resolve(this.#options.cwd ?? '.');
    return ConfigDocument.read(readFileSync(this.path, 'utf8'), cwd, this.#options.env);
  }

  /** Loads a text as the file it may become: beside it, so that relative paths in it mean the same. */
  #try(text: string, keep = false): LoadedConfig {
    const draft = join(dirname(this.path), `.${basename(this.path)}.${process.pid}.yaml`);
    mkdirSync(dirname(this.path), { recursive: true });
    const mode = existsSync(this.path) ? statSync(this.path).mode : 0o600;
    writeFileSync(draft, text, { mode });
    try {
      const loaded = this.#load(draft);
      if (keep) renameSync(draft, this.path);
      return loaded;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(error.problems.map((problem) => problem.replaceAll(draft, this.path)));
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #load(path: string): LoadedConfig {
    return loadConfig({ path, env: this.#options.env, cwd: this.#options.cwd });
  }
}

function editable(values: Readonly<Record<string, unknown>>, { config }: LoadedConfig): EditableConfig {
  const copy: Record<string, unknown> = structuredClone({ ...values });
  const models = (copy['models'] ?? {}) as Record<string, ModelEntry>;
  return { ...copy, models, default_model: config.default_model };
}
