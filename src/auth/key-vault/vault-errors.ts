import { ParleyError, type ErrorCode } from '../../core/kernel/parley-error.js';

const PERMISSIONS = 'this server needs to get and to list secrets (the role "Key Vault Secrets User")';
const IDENTITY =
  'no Azure identity was accepted: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run with a managed ' +
  'or workload identity';
/** Errors of `@azure/identity`, and of MSAL below it. */
const IDENTITY_ERROR = /^(?:Credential|Authentication|AggregateAuthentication|Client(?:Auth|Configuration))/;

/**
 * An error of the SDK in our own words. Nothing of its text is taken over: it may hold what the vault said, and addresses
 * with what stands in them.
 *
 * @param what was asked: `the secret "a"`
 * @returns `not_found` for a secret that is not there; `config_invalid` for what asking again does not change; else what a
 *   later attempt may cure
 */
export function vaultError(vault: string, what: string, error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  const [code, reason] = reasonOf(error);
  return new ParleyError(code, `${what} cannot be read from the vault ${vault}: ${reason}`);
}

/** What is said when a vault takes too long. */
export function vaultTimeout(vault: string, what: string): ParleyError {
  return new ParleyError(
    'upstream_timeout',
    `${what} cannot be read from the vault ${vault}: it does not answer in time`,
  );
}

function reasonOf(error: unknown): readonly [ErrorCode, string] {
  if (!(error instanceof Error)) return ['upstream_unavailable', 'it failed'];
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
  if (status !== undefined) return byStatus(status);
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return ['upstream_timeout', 'it does not answer in time'];
  if (IDENTITY_ERROR.test(error.name)) return ['upstream_auth', IDENTITY];
  if (error.message.startsWith('Invalid value for AZURE_TOKEN_CREDENTIALS'))
    return ['config_invalid', 'AZURE_TOKEN_CREDENTIALS is not a value it may have'];
  if (error.message.startsWith('The challenge'))
    return ['upstream_invalid', 'it asks for a token that is not for a vault of this name'];
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z_]{3,60}$/.test(error.code) ? error.code : '';
  return ['upstream_unavailable', `it cannot be reached${code === '' ? '' : ` (${code})`}`];
}

function byStatus(status: number): readonly [ErrorCode, string] {
  if (status === 404) return ['not_found', 'there is no such secret'];
  if (status === 403) return ['config_invalid', `it refuses (403): ${PERMISSIONS}`];
  if (status === 401) return ['upstream_auth', `it does not accept the token (401): ${IDENTITY}`];
  if (status === 429) return ['upstream_rate_limited', 'it is asked too often (429)'];
  if (status >= 500) return ['upstream_unavailable', `it is failing (${status})`];
  return ['config_invalid', `it answers ${status}`];
}
