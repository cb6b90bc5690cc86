import type { Context } from '../context.js';
import type { Step } from '../steps.js';
import type { Answer } from '../types.js';

/** What a fault gets. */
export interface FaultContext extends Context {
  /** What follows the fault's name, without the separator; may be empty. */
  readonly arg: string;
  /** What a healthy model would say to this call; asked for at most once. */
  healthy(): Answer;
}

/** A way to go wrong. */
export type Fault = (context: FaultContext) => Iterable<Step>;

/** Faults by name. */
export type FaultTable = Readonly<Record<string, Fault>>;

/** The argument as a number, or the fallback. */
export function numberArg(context: FaultContext, fallback: number): number {
  const value = Number(context.arg);
  return context.arg === '' || Number.isNaN(value) ? fallback : value;
}

/** The argument as a size: `500`, `64k`, `16m`, `1g`. */
export function sizeArg(context: FaultContext, fallback: number): number {
  const match = /^(\d+)([kmg]?)$/.exec(context.arg);
  if (match === null) return fallback;
  const unit = { '': 0, k: 10, m: 20, g: 30 }[match[2] ?? ''] ?? 0;
  return Number(match[1]) * 2 ** unit;
}
