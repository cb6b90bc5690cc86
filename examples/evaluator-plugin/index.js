import { KeywordRequestHandler } from './keyword-handler.js';
import { MyEvaluator } from './my-evaluator.js';

/**
 * What a plugin exports as its default: it is called once, before the configuration's types are judged.
 *
 * @param {import('parley/plugins').PluginApi} api
 */
export default function register(api) {
  api.registerEvaluator('my_evaluator', MyEvaluator);
  api.registerRequestHandler('keyword', KeywordRequestHandler);
}
