import { describe, expect, it } from '@jest/globals';
import { checkArguments, schemaProblem } from '../../src/tools/shared/check-arguments.js';
import type { Tool, ToolContext, ToolOutput } from '../../src/core/ports/tool.js';

type Args = Readonly<Record<string, unknown>>;

/** A tool, with arguments that it takes. */
export interface ToolSubject {
  readonly tool: Tool;
  readonly args: Args;
  /** Lets time pass that the call waits for; missing: real time does. */
  readonly elapse?: () => void;
  /** Arguments of a call that takes long; missing: `args` do. */
  readonly slow?: Args;
}

/** What a call is given, with what it told meanwhile. */
export function contextOf(controller = new AbortController()): ToolContext & { readonly updates: unknown[] } {
  const updates: unknown[] = [];
  return {
    tool_call_id: 'call_1',
    idempotency_key: 'run_1/call_1',
    signal: controller.signal,
    onUpdate: (partial) => updates.push(partial),
    updates,
  };
}

/** What every tool promises to whoever calls it. */
export function toolContract(name: string, make: () => Promise<ToolSubject>): void {
  describe(`a tool, ${name}`, () => {
    it('can be told to every model', async () => {
      const { tool, args } = await make();
      expect(tool.name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(tool.description).not.toBe('');
      expect(schemaProblem(tool.parameters)).toBeUndefined();
      expect(JSON.parse(JSON.stringify(tool.parameters))).toEqual(tool.parameters);
      expect(checkArguments(tool.parameters, args)).toEqual([]);
    });

    it('gives a result that can be written down', async () => {
      const { tool, args, elapse } = await make();
      const called = tool.execute(args, contextOf());
      elapse?.();
      const output: ToolOutput = await called;
      expect(typeof output.content).toBe('string');
      expect(JSON.parse(JSON.stringify(output))).toEqual(output);
    });

    it('ends when its signal aborts, also when it did before', async () => {
      const { tool, args, slow } = await make();
      const controller = new AbortController();
      const called = tool.execute(slow ?? args, contextOf(controller));
      controller.abort();
      await expect(called).rejects.toMatchObject({ code: 'aborted' });
      await expect(tool.execute(slow ?? args, contextOf(controller))).rejects.toMatchObject({ code: 'aborted' });
    });
  });
}
