import { EXIT } from './exit-codes.js';

/** Ends a command quietly when nobody reads what it prints any more, as in `parley chat … | head -1`. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.ok);
  });
}
