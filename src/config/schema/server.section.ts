import { anyText, flag, Key, listOf, text, textLike, wholeNumber } from './rules.js';

const RATE = /^\s*([1-9]\d{0,8})\s*\/\s*(?:1\s*)?(second|sec|s|minute|min|m|hour|h)s?\s*$/i;
const MINUTES_IN: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60 };

/** `server:` (also `api:`). */
export class ServerSection {
  @Key(text('a host name or address')) host = '127.0.0.1';
  /** 0: any free one. */
  @Key(wholeNumber(0, 65_535)) port = 8000;
  /** Document 4: a client key named `default`. */
  @Key(textLike('a text', 'without blanks', /^\S+$/)) api_key?: string;
  @Key(textLike('a path', 'begins with /, such as /api', isBasePath)) base_path = '';
  @Key(listOf(textLike('an origin', '* or such as https://example.org', isOrigin))) cors_origins: string[] = [];
  /** Document 1; one process serves here. */
  @Key(wholeNumber(1, 1024)) workers?: number;
  /** Document 1; without effect here. */
  @Key(flag()) reload?: boolean;
  /** Document 1: `100/minute`; means `limits.requests_per_minute`. */
  @Key(textLike('a rate', 'such as 100/minute', RATE)) rate_limit?: string;
}

/** Requests a minute of a rate such as `10/second`. */
export function requestsPerMinute(rate: string): number | undefined {
  const [, count, unit = ''] = RATE.exec(rate) ?? [];
  const minutes = MINUTES_IN[unit.slice(0, 1).toLowerCase()];
  return count === undefined || minutes === undefined ? undefined : Math.max(1, Math.ceil(Number(count) / minutes));
}

/** `docs:` */
export class DocsSection {
  @Key(flag()) enabled = true;
}

/** `metrics:` */
export class MetricsSection {
  /** Of the management port; 0: none. */
  @Key(wholeNumber(0, 65_535)) port = 9090;
  @Key(flag()) on_main_port = false;
}

/** `system_prompts:` has free keys. */
export const PROMPT_RULE = anyText();

function isBasePath(value: string): boolean {
  return value === '' || value === '/' || /^(?:\/[\w.~-]+)+\/?$/.test(value);
}

function isOrigin(value: string): boolean {
  if (value === '*') return true;
  const url = URL.parse(value);
  return (
    url !== null && ['http:', 'https:'].includes(url.protocol) && (url.origin === value || `${url.origin}/` === value)
  );
}
