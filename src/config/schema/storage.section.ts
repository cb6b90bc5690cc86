import { decimal, Key, oneOf, size } from './rules.js';

/** `storage:` */
export class StorageSection {
  @Key(oneOf(['sqlite', 'memory'])) type: 'sqlite' | 'memory' = 'sqlite';
  /** Not given: kept for ever. */
  @Key(decimal(0.0001, 36_500, 'days')) retention_days?: number;
  @Key(size()) max_size?: number | string;
}
