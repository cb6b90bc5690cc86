import { isLoopbackHost } from '../address.js';
import { decimal, Key, textLike } from './rules.js';

/** `azure:` */
export class AzureSection {
  @Key(textLike('an https address', 'such as https://your-vault.vault.azure.net/', isVaultAddress))
  key_vault_url?: string;
  /** The secret that holds the client key named `default`. */
  @Key(textLike('the name of a Key Vault secret', 'letters, digits and -', /^[0-9a-zA-Z-]{1,127}$/))
  api_key_secret_name?: string;
  @Key(decimal(1, 86_400, 'seconds')) refresh_seconds = 60;
}

function isVaultAddress(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
