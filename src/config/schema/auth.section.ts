import { isKeyName, isTime } from '../../core/kernel/key-rules.js';
import { SectionList } from './nested.js';
import { flag, Key, listOf, oneOf, required, text, textLike } from './rules.js';

const NAME_RULE = textLike('a name', 'up to 64 letters, digits, _ . @ -; not anonymous', isKeyName);

/** One client key: given here, or as the name of a secret in the Key Vault. */
export class ClientKeySection {
  @Key(required(NAME_RULE)) name: string;
  @Key(textLike('a text', 'without blanks', /^\S+$/)) key?: string;
  /** Name of a Key Vault secret that holds the key. */
  @Key(textLike('the name of a Key Vault secret', 'letters, digits and -', /^[0-9a-zA-Z-]{1,127}$/)) secret?: string;
  @Key(listOf(oneOf(['chat', 'admin']))) scopes?: ('chat' | 'admin')[];
  @Key(textLike('a time', 'such as 2027-01-31 or 2027-01-31T12:00:00Z', isTime)) expires?: string;
}

/** `auth:` */
export class AuthSection {
  @SectionList(() => ClientKeySection) keys: ClientKeySection[] = [];
  /** A file with a list of keys as above, or with a `name:key` a line. Read again when it changes. */
  @Key(text('a path')) keys_file?: string;
  @Key(flag()) allow_anonymous = false;
  @Key(flag()) allow_query_key = true;
}
