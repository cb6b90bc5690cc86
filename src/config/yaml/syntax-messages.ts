import type { ErrorCode } from 'yaml';

/** Why a file is no YAML, in our words: the library's messages may quote the file, and so a secret. */
export const SYNTAX_MESSAGES: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias (*name) takes no anchor and no tag',
  BAD_ALIAS: 'an alias or anchor has no proper name',
  BAD_COLLECTION_TYPE: 'the tag does not fit this kind of value',
  BAD_DIRECTIVE: 'unknown directive after "%"',
  BAD_DQ_ESCAPE: 'unknown escape after "\\" in a text in double quotes',
  BAD_INDENT: 'wrong indentation',
  BAD_PROP_ORDER: 'anchors and tags belong behind the "-", "?" or ":"',
  BAD_SCALAR_START: 'a text that begins with a special character (@, `, %, …) must stand in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in one line: put the text in quotes, or the map on lines of its own',
  BLOCK_IN_FLOW: 'an indented block cannot stand inside [ ] or { }',
  DUPLICATE_KEY: 'the same key stands twice',
  IMPOSSIBLE: 'not readable as YAML',
  KEY_OVER_1024_CHARS: 'a key has more than 1,024 characters',
  MISSING_CHAR: 'a closing quote, a comma, a colon or a blank is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line (is a ":" missing?)',
  MULTIPLE_ANCHORS: 'two anchors on one value',
  MULTIPLE_DOCS: 'a second document ("---") in one file',
  MULTIPLE_TAGS: 'two tags on one value',
  NON_STRING_KEY: 'a key must be a plain text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab as indentation: use blanks',
  TAG_RESOLVE_FAILED: 'tags (!name) are not allowed',
  UNEXPECTED_TOKEN:
    'not readable as YAML here (a quote, a blank or an indentation may be wrong; inside { } and [ ] put ${…} in quotes)',
};
