// The evaluator examples of reference/1-conversation-server.md in TypeScript.
import { EvaluatorPlugin, type PluginMessage, type PluginTuple } from '../../src/library/plugins.js';

/** "Implement a Custom Evaluator Plugin". */
export class MyEvaluatorPlugin extends EvaluatorPlugin {
  readonly threshold: number;

  constructor(config: Readonly<Record<string, unknown>>) {
    super(config);
    this.threshold = Number(config['threshold'] ?? 0.5);
  }

  get pluginType(): string {
    return 'my_evaluator';
  }

  async evaluate(_turnNumber: number, messages: readonly PluginMessage[]): Promise<readonly PluginTuple[]> {
    const results: PluginTuple[] = [];
    for (const [sender] of messages) {
      if (sender === 'Environment') continue;
      const score = 8; // compute a numeric score
      results.push([sender, [['overall', score], 'Scored by custom evaluator']]);
    }
    return results;
  }
}

/** "Access the Terminal Evaluator (optional)": asked at the end, and only then. */
export class MyTerminalEvaluatorPlugin extends MyEvaluatorPlugin {
  override get pluginType(): string {
    return 'my_terminal_evaluator';
  }

  override getTerminalEvaluator(): unknown {
    return new MyEvaluatorPlugin(this.config);
  }
}
