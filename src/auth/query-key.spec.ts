import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { takeQueryKey } from './query-key.js';

function take(url: string, method = 'GET'): readonly [string | undefined, string | undefined, string | undefined] {
  const request = { method, url, originalUrl: `/base${url}` } as IncomingMessage & { originalUrl?: string };
  return [takeQueryKey(request), request.url, request.originalUrl];
}

describe('takeQueryKey', () => {
  it('takes the key out of the addresses that may have one', () => {
    expect(take('/ping?x_api_key=abc')).toEqual(['abc', '/ping', '/base/ping']);
    expect(take('/chat/blocking?prompt=a%20b&x_api_key=a%2Bb&role=x')).toEqual([
      'a+b',
      '/chat/blocking?prompt=a+b&role=x',
      '/base/chat/blocking?prompt=a+b&role=x',
    ]);
    expect(take('/chat/stream?x%5fapi_key=abc&x_api_key=abc')[0]).toBe('abc, abc');
  });

  it('leaves every other address as it is', () => {
    for (const url of ['/ping', '/ping/?x_api_key=abc', '/chat?x_api_key=abc', '/models?x_api_key=abc'])
      expect(take(url)).toEqual([undefined, url, `/base${url}`]);
    expect(take('/chat/stream?x_api_key=abc', 'POST')[0]).toBeUndefined();
  });
});
