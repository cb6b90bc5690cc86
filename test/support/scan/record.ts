import { appendFileSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where everything that servers under test gave away is put, to be searched for their secrets when the suites are over. */
export const SCAN_FOLDER = fileURLToPath(new URL('../../../node_modules/.parley-scan/', import.meta.url));

/** Names of the files of a record. */
export const RECORD = {
  output: 'output.txt',
  answers: 'answers.txt',
  secrets: 'secrets.jsonl',
  places: 'places.jsonl',
} as const;
/** Canaries of a process, for all its records: `canaries-PID.jsonl`. */
export const CANARIES = 'canaries-';

const SHORTEST = 8;
const SECRET_VARIABLE = /(?:_KEYS?|_TOKEN|_SECRET|_PASSWORD|_HEADER)$/;
const SECRET_KEY = /\b(?:api_key|key|password|token)\s*:\s*["']?([^\s"',{}[\]$]+)/g;
/** The name of a variable that stands for a value. */
const VARIABLE = /^[A-Z][A-Z0-9_]+$/;

/** What one server under test gave away. */
export class ScanRecord {
  readonly #folder = join(SCAN_FOLDER, `${process.pid}-${randomUUID()}`);
  readonly #secrets: readonly string[];

  constructor(given: { readonly config?: string; readonly env?: Readonly<Record<string, string>> }) {
    mkdirSync(this.#folder, { recursive: true });
    this.#secrets = secretsOf(given);
    this.#lines(RECORD.secrets, this.#secrets);
  }

  output(text: string): void {
    appendFileSync(join(this.#folder, RECORD.output), text);
  }

  /** @param sent what was asked: a secret in its path or body may come back to who sent it */
  answer(text: string, sent: string): void {
    const own = this.#secrets.filter((secret) => sent.includes(secret) || sent.includes(encodeURIComponent(secret)));
    const shown = own.reduce((rest, secret) => rest.replaceAll(secret, ''), text);
    appendFileSync(join(this.#folder, RECORD.answers), `${shown}\n`);
  }

  /** A folder that is looked through where it is, at the end. */
  place(folder: string): void {
    this.#lines(RECORD.places, [folder]);
  }

  /** Keeps the log files of a folder that is about to go. */
  logsOf(folder: string): void {
    try {
      for (const name of readdirSync(folder).filter((each) => /\.log(?:\.\d+)?$/.test(each)))
        copyFileSync(join(folder, name), join(this.#folder, `log-${name}`));
    } catch {
      // The folder is gone already.
    }
  }

  #lines(file: string, values: readonly string[]): void {
    appendFileSync(join(this.#folder, file), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  }
}

const records = new Map<string, ScanRecord>();

/** Notes where a server listens, so that what it answers is put in its record. */
export function recordAnswersOf(url: string, record: ScanRecord): void {
  records.set(new URL(url).port, record);
}

/**
 * Puts what a server answered in its record: a body, an event, a metric.
 *
 * @param sent what was asked besides the address
 */
export function recordAnswer(url: string, text: string, sent = ''): void {
  records.get(URL.parse(url)?.port ?? '')?.answer(text, url + sent);
}

/**
 * A secret to be used in a test and to be found nowhere afterwards.
 *
 * @param end characters that escapings change; these can stand in a header
 */
export function canary(kind: string, end = '/+='): string {
  return noteCanary(`canary-${kind}-${randomUUID().slice(0, 18)}${end}`);
}

/** Has a secret of a test looked for in everything that servers of this process gave away. */
export function noteCanary(secret: string): string {
  if (secret.length < SHORTEST) return secret;
  mkdirSync(SCAN_FOLDER, { recursive: true });
  const file = join(SCAN_FOLDER, `${CANARIES}${process.pid}.jsonl`);
  appendFileSync(file, `${JSON.stringify(secret)}\n`);
  return secret;
}

/** The secrets among what a server was given: client keys, provider keys, tokens. Short ones are found by chance and left out. */
export function secretsOf(given: {
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
}): readonly string[] {
  const inConfig = [...(given.config ?? '').matchAll(SECRET_KEY)].map((match) => match[1] ?? '');
  const inEnvironment = Object.entries(given.env ?? {}).flatMap(([name, value]) =>
    SECRET_VARIABLE.test(name) ? value.split(',').map((entry) => entry.replace(/^[\w.@-]+:/, '')) : [],
  );
  const all = [...inConfig, ...inEnvironment].filter((secret) => secret.length >= SHORTEST && !VARIABLE.test(secret));
  return [...new Set(all)];
}
