/** Exit code of a process that Ctrl-C ended, by custom. */
const INTERRUPTED = 130;

/** Does something at the first Ctrl-C; at the second one the process ends. The returned function gives Ctrl-C back. */
export function onInterrupt(first: () => void): () => void {
  let times = 0;
  const listener = (): void => {
    times++;
    if (times > 1) process.exit(INTERRUPTED);
    first();
  };
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}
