// The last step of `npm test`: looks for the secrets of the suites in everything that servers under test gave away.
// node --import ./test/support/worker-loader.mjs test/support/scan/main.ts [--clean]
import { SCAN_FOLDER } from './record.js';
import { cleanFolder, scanFolder } from './scan-folder.js';

if (process.argv.includes('--clean')) cleanFolder(SCAN_FOLDER);
else {
  const began = performance.now();
  const { servers, secrets, bytes, findings } = scanFolder(SCAN_FOLDER);
  for (const { form, file, around } of findings) process.stdout.write(`secret (${form}) in ${file}: ${around}\n`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const where = `${servers} servers, ${(bytes / 1e6).toFixed(1)} MB`;
  process.stdout.write(`Canary scan: ${secrets} secrets, ${where}, ${findings.length} found, ${seconds} s\n`);
  if (findings.length > 0) process.exitCode = 1;
  else cleanFolder(SCAN_FOLDER);
}
