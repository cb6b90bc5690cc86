import { randomBytes, randomFillSync } from 'node:crypto';
import type { ConversationId, MessageId, RunId } from '../core/kernel/ids.js';
import type { IdSource } from '../core/ports/id-source.js';

/** Ids from the machine's clock and its secure random source. */
export class SystemIds implements IdSource {
  conversation(): ConversationId {
    return `conv_${uuidv7()}` as ConversationId;
  }

  run(): RunId {
    return `run_${uuidv7()}` as RunId;
  }

  message(): MessageId {
    return `msg_${uuidv7()}` as MessageId;
  }

  seed(): number {
    return randomBytes(4).readUInt32BE();
  }
}

/** Random bytes of one id. */
const RANDOM = 10;
/** Asking for a few random bytes costs as much as asking for many: they are fetched for 400 ids at once. */
const pool = new Uint8Array(400 * RANDOM);
let used = pool.length;

function tenRandomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RANDOM;
  return pool.subarray(used - RANDOM, used);
}

/** UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then random. */
export function uuidv7(now = Date.now(), random: Uint8Array = tenRandomBytes()): string {
  const time = Math.trunc(now).toString(16).padStart(12, '0');
  const at = (index: number): number => random[index] ?? 0;
  const version = `${hex((at(0) & 0x0f) | 0x70)}${hex(at(1))}`;
  const variant = `${hex((at(2) & 0x3f) | 0x80)}${hex(at(3))}`;
  const rest = `${hex(at(4))}${hex(at(5))}${hex(at(6))}${hex(at(7))}${hex(at(8))}${hex(at(9))}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${rest}`;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(byte: number): string {
  return HEX[byte] ?? '';
}
