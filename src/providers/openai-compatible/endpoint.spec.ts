import { describe, expect, it } from '@jest/globals';
import { azureEndpoint, openAiEndpoint, withVersionPath } from './endpoint.js';

function headersOf({ headers }: { readonly headers: readonly string[] }): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string | undefined> = {};
  for (let i = 0; i < headers.length; i += 2) found[headers[i] ?? ''] = headers[i + 1];
  return found;
}

describe('openAiEndpoint', () => {
  it.each([
    ['https://a.test/v1', 'https://a.test', '/v1/chat/completions'],
    ['https://a.test/v1/', 'https://a.test', '/v1/chat/completions'],
    ['https://a.test/v1/chat/completions', 'https://a.test', '/v1/chat/completions'],
    ['http://a.test:8080', 'http://a.test:8080', '/chat/completions'],
    ['https://a.test/v1?x=1', 'https://a.test', '/v1/chat/completions?x=1'],
  ])('%s', (base, origin, chatPath) => {
    expect(openAiEndpoint({ base })).toMatchObject({ origin, chatPath });
  });

  it('shows the key and the configured headers, and knows that they are secret', () => {
    const endpoint = openAiEndpoint({
      base: 'https://a.test',
      key: 'sk-1234',
      headers: { 'X-Title': 'Parley', Host: 'evil' },
    });
    expect(headersOf(endpoint)).toMatchObject({ authorization: 'Bearer sk-1234', 'x-title': 'Parley' });
    expect(headersOf(endpoint)['host']).toBeUndefined();
    expect(endpoint.secrets).toEqual(['sk-1234', 'Parley']);
  });

  it('lets a configured header take the place of the key', () => {
    const endpoint = openAiEndpoint({ base: 'https://a.test', key: 'unused', headers: { Authorization: 'Basic x' } });
    expect(endpoint.headers.filter((name) => name === 'authorization')).toHaveLength(1);
    expect(headersOf(endpoint)['authorization']).toBe('Basic x');
  });
});

describe('azureEndpoint', () => {
  const parts = { key: 'azure-key', deployment: 'my gpt/4', apiVersion: '2024-10-21' };

  it('has the deployment in the path and the key in its own header', () => {
    const endpoint = azureEndpoint({ ...parts, base: 'https://r.openai.azure.com/' });
    expect(endpoint.chatPath).toBe('/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21');
    expect(endpoint.modelsPath).toBe('/openai/models?api-version=2024-10-21');
    expect(headersOf(endpoint)).toMatchObject({ 'api-key': 'azure-key' });
    expect(headersOf(endpoint)['authorization']).toBeUndefined();
  });

  it('speaks the newer API where the base is that', () => {
    const endpoint = azureEndpoint({ ...parts, base: 'https://r.openai.azure.com/openai/v1' });
    expect(endpoint.chatPath).toBe('/openai/v1/chat/completions');
  });
});

it('adds a version to a base without a path only', () => {
  expect(withVersionPath('http://localhost:11434')).toBe('http://localhost:11434/v1');
  expect(withVersionPath('http://localhost:11434/api')).toBe('http://localhost:11434/api');
});
