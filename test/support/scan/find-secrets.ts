import type { SecretForm } from './forms.js';
import { formsOf } from './forms.js';

/** A secret that was found where it should not be. */
export interface Finding {
  readonly form: string;
  /** What stands around it, the secret itself hidden. */
  readonly around: string;
}

const AROUND = 60;
const ESCAPE = '\u001b';

/** Looks for secrets in any of their forms, also if colour codes stand between their letters. */
export function findSecrets(bytes: Buffer, secrets: Iterable<string>): readonly Finding[] {
  const forms = [...secrets].flatMap((secret) => formsOf(secret));
  const coloured = bytes.includes(ESCAPE) ? [plain(bytes)] : [];
  return [bytes, ...coloured].flatMap((each) => forms.flatMap((form) => findForm(each, form)));
}

function findForm(bytes: Buffer, { name, text }: SecretForm): readonly Finding[] {
  const at = bytes.indexOf(text);
  if (at < 0) return [];
  const before = bytes.subarray(Math.max(0, at - AROUND), at).toString('latin1');
  const after = bytes.subarray(at + text.length, at + text.length + AROUND).toString('latin1');
  return [{ form: name, around: JSON.stringify(`${before}***${after}`) }];
}

function plain(bytes: Buffer): Buffer {
  // oxlint-disable-next-line no-control-regex -- colour codes begin with one
  return Buffer.from(bytes.toString('latin1').replaceAll(/\u001b\[[\d;]*m/g, ''), 'latin1');
}
