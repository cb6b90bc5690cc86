/** An error of the system about the address that a server was to listen on. */
type ListenError = NodeJS.ErrnoException & { readonly address?: string; readonly port?: number; hostname?: string };

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there. Stop it, or set another --port (PORT); 0 takes one that is free',
  EACCES: 'this user may not listen on that port. Set a --port (PORT) from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address. Set another --host (HOST), such as 127.0.0.1',
  ENOTFOUND: 'there is no host of that name. Set another --host (HOST), such as 127.0.0.1',
};

const CALLS: ReadonlySet<string> = new Set(['listen', 'bind', 'getaddrinfo']);

/** Why a server could not listen, with what to do about it; undefined for an error about something else. */
export function whyNotListening(error: unknown): string | undefined {
  if (!isListenError(error)) return undefined;
  const { code = 'unknown', address, hostname, port } = error;
  const where = `${address ?? hostname ?? 'the address'}${port === undefined ? '' : `:${port}`}`;
  return `cannot listen on ${where} (${code}): ${REASONS[code] ?? 'set another --host (HOST) or --port (PORT)'}`;
}

function isListenError(error: unknown): error is ListenError {
  return error instanceof Error && 'syscall' in error && CALLS.has(String(error.syscall));
}
