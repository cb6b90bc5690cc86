import { ParleyError } from '../core/kernel/parley-error.js';

/**
 * Refuses a Node that is too old, before anything is found missing in it.
 *
 * @param what the entry of the package, as programs import it
 * @param oldest major and minor number of the oldest Node it runs on
 * @throws ParleyError `config_invalid` saying what to do
 */
export function requireNode(what: string, oldest: readonly [major: number, minor: number]): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  const message =
    `${what} needs Node ${oldest.join('.')} or newer, this is ${process.versions.node}: ` +
    'run the program with "npx node", which is the Node that the package brings along, or install a newer one';
  throw new ParleyError('config_invalid', message);
}
