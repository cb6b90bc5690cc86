// Runs the upstream by plain Node: node test/support/upstream/main.ts --port 9100
// The sources import each other as './x.js', which jest and the type checker map to x.ts; Node's type stripping
// does not, so this hook does it for files of this folder.
import { registerHooks } from 'node:module';

const here = new URL('.', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const ours = specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.startsWith(here) === true;
    return nextResolve(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const { runByHand } = await import('./run-by-hand.js');
await runByHand(process.argv.slice(2));
