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
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(now / 0x1_0000));
  view.setUint16(4, now % 0x1_0000);
  bytes.set(random, 6);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
