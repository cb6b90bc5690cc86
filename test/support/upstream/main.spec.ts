import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { parseJson, textAt } from './json.js';

it('runs as a process by plain node and is led over HTTP', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line]: unknown[] = await once(child.stdout, 'data');
  const url = textAt(parseJson(String(line)), 'url');
  const control = (path: string, body?: unknown): Promise<Response> =>
    fetch(new URL(path, url), body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  const ask = (): Promise<Response> =>
    fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'm', messages: [] }) });

  await control('/__script', { model: 'm', script: [{ text: 'by hand' }, { text: 'unused' }] });
  expect(await (await ask()).json()).toMatchObject({ choices: [{ message: { content: 'by hand' } }] });
  expect(await (await control('/__calls?model=m')).json()).toMatchObject([{ model: 'm', end: 'completed' }]);
  expect(await (await control('/__stats')).json()).toMatchObject({ calls: 1, open: 0 });
  expect((await control('/__complete')).status).toBe(409);
  expect((await control('/__reset', {})).status).toBe(200);
  expect(await (await control('/__calls')).json()).toEqual([]);

  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});
