import { CONTENT_FAULTS } from './content-faults.js';
import type { Fault, FaultTable } from './fault.js';
import { FRAMING_FAULTS } from './framing-faults.js';
import { STATUS_FAULTS, statusFault } from './status-faults.js';
import { STREAM_FAULTS } from './stream-faults.js';
import { TOOL_FAULTS } from './tool-faults.js';

const FAULTS: FaultTable = { ...STATUS_FAULTS, ...STREAM_FAULTS, ...FRAMING_FAULTS, ...CONTENT_FAULTS, ...TOOL_FAULTS };

/** All names, without the status numbers. */
export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** A fault with what followed its name. */
export interface NamedFault {
  readonly fault: Fault;
  readonly arg: string;
}

/** Looks up `429`, `hang`, `stall-after-3`, `stall-after:3`, `line-16m`; the longest name wins. */
export function findFault(spec: string): NamedFault | undefined {
  if (/^[45]\d\d$/.test(spec)) return { fault: statusFault(Number(spec)), arg: '' };
  const names = FAULT_NAMES.filter(
    (name) => spec === name || spec.startsWith(`${name}-`) || spec.startsWith(`${name}:`),
  );
  const name = names.toSorted((a, b) => b.length - a.length)[0];
  const fault = name === undefined ? undefined : FAULTS[name];
  return name === undefined || fault === undefined ? undefined : { fault, arg: spec.slice(name.length + 1) };
}
