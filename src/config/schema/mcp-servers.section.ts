import { anyText, Key, listOf, mapOf, scalar, text, textLike } from './rules.js';

/** One entry of `mcp_servers:`: a process to start, or an address. */
export class McpServerSection {
  @Key(text('a command')) command?: string;
  @Key(listOf(anyText())) args?: string[];
  @Key(mapOf(scalar())) env?: Record<string, string | number | boolean>;
  @Key(textLike('an http or https address', 'such as https://example.org/mcp', isHttpAddress)) url?: string;
  @Key(mapOf(scalar())) headers?: Record<string, string | number | boolean>;
}

function isHttpAddress(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && ['http:', 'https:'].includes(url.protocol);
}
