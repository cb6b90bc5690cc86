/** What every model provider takes as the name of a tool. */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a name can be told to every model provider. */
export function isToolName(name: string): boolean {
  return TOOL_NAME.test(name);
}
