import { readFileSync } from 'node:fs';

/** The package's version. */
export const VERSION: string = readVersion();

function readVersion(): string {
  // src/runtime and dist/runtime are equally deep.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : '0.0.0';
}
