import { ConfigError } from '../config/config-error.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { EXIT } from './exit-codes.js';
import { whyNotListening } from './listen-error.js';

/** Runs a command and says in one line what stopped it; a fault of our own is left to crash with its stack. */
export async function guarded(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.config;
    }
    if (error instanceof ParleyError) {
      process.stderr.write(`parley: ${error.message}\n`);
      return error.code === 'config_invalid' || error.code.startsWith('storage_') ? EXIT.config : EXIT.failed;
    }
    const listening = whyNotListening(error);
    if (listening !== undefined) {
      process.stderr.write(`parley: ${listening}\n`);
      return EXIT.failed;
    }
    throw error;
  }
}
