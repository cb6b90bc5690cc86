import { runCli } from './cli/cli.js';

// What failed may have left something open (a store's worker, a timer): the exit code must not wait for it.
process.exit(await runCli(process.argv.slice(2)));
