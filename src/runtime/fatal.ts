/** What is needed of a log: a line that is written before the call returns. */
export interface FatalLog {
  fatal(about: Readonly<Record<string, unknown>>, message: string): void;
}

/**
 * Ends the process with code 1 after one line of log: for faults after which nothing may be acknowledged any more, such
 * as a disk that failed. Nothing is drained; what was acknowledged is durable, and the next start takes it up.
 */
export function exitOn(
  log: FatalLog,
  message: string,
  exit: (code: number) => void = (code) => process.exit(code),
): (error: Error) => void {
  let ending = false;
  return (error) => {
    if (ending) return;
    ending = true;
    log.fatal({ err: error }, message);
    exit(1);
  };
}
