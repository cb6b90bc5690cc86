/** Exit codes of the command line; 78 is EX_CONFIG of sysexits.h. */
export const EXIT = { ok: 0, failed: 1, usage: 2, config: 78 } as const;
