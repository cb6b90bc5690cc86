import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ExchangeLimits } from './exchange.js';

/** Limits of FAULTS.md §L. */
export const DEFAULT_LIMITS: ExchangeLimits = {
  connectMs: 5_000,
  firstByteMs: 30_000,
  idleMs: 30_000,
  totalMs: 300_000,
  graceMs: 2_000,
  maxLine: 2 ** 20,
  maxAnswer: 8 * 2 ** 20,
};

/** The limits of a model; its timeout replaces those on the first byte and on silence, ms. @throws ParleyError `config_invalid` */
export function limitsOf(given: Partial<ExchangeLimits> | undefined, timeoutMs: number | undefined): ExchangeLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  if (timeoutMs === undefined) return limits;
  if (!(timeoutMs > 0)) throw new ParleyError('config_invalid', 'a model timeout must be more than 0 seconds');
  return {
    ...limits,
    firstByteMs: timeoutMs,
    idleMs: timeoutMs,
    totalMs: Math.max(limits.totalMs, timeoutMs),
  };
}

/** How often time is looked at, ms: fine enough for the smallest limit, coarse enough to cost nothing. */
export function tickOf({ connectMs, firstByteMs, idleMs, totalMs, graceMs }: ExchangeLimits): number {
  return Math.min(250, Math.max(5, Math.min(connectMs, firstByteMs, idleMs, totalMs, graceMs) / 4));
}
