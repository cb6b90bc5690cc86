import { EvaluatorPlugin } from 'parley/plugins';

/**
 * Scores after every turn how much of what was done so far each agent did, 0 to 1, and ends the conversation when somebody
 * does more than `threshold` of it.
 *
 *     evaluators:
 *       - type: my_evaluator
 *         config: {threshold: 0.7}
 */
export class MyEvaluator extends EvaluatorPlugin {
  /** @param {Readonly<Record<string, unknown>>} config */
  constructor(config) {
    super(config);
    this.threshold = Number(config.threshold ?? 0.5);
    // Said when the server starts, with the name of the evaluator.
    if (!(this.threshold > 0 && this.threshold <= 1)) throw new RangeError('threshold must be above 0, and 1 at most');
  }

  get pluginType() {
    return 'my_evaluator';
  }

  /**
   * @param {number} turnNumber
   * @param {readonly import('parley/plugins').PluginMessage[]} messages
   * @returns {Promise<import('parley/plugins').PluginResult[]>}
   */
  async evaluate(turnNumber, messages) {
    const acts = messages.filter(([sender, text]) => sender !== 'Environment' && text !== `${sender} did nothing`);
    const agents = [...new Set(acts.map(([sender]) => sender))];
    const shares = agents.map((agent) => ({
      agent,
      share: acts.filter(([sender]) => sender === agent).length / acts.length,
    }));
    const loudest = shares.find(({ share }) => share > this.threshold);
    return [
      ...shares.map(({ agent, share }) => ({
        agent,
        dimension: 'share',
        score: share,
        range: /** @type {[number, number]} */ ([0, 1]),
        reasoning: `${agent} did ${Math.round(share * 100)} % of what was done in ${turnNumber} turns`,
      })),
      ...(loudest === undefined
        ? []
        : [{ agent: 'environment', dimension: 'terminated', score: true, reasoning: `${loudest.agent} does it all` }]),
    ];
  }
}
