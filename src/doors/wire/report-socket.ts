import type { ParleyError } from '../../core/kernel/parley-error.js';
import type { Logger } from '../../telemetry/logger.js';

/** Writes the log line of what went wrong on a socket: its client's faults quietly, ours with all that is known. */
export function reportSocket(logger: Logger): (error: ParleyError) => void {
  return (error) => {
    const isOurs = error.level === 'error';
    logger[isOurs ? 'error' : 'debug']({ code: error.code, ...(isOurs ? { err: error } : {}) }, error.message);
  };
}
