// Lets plain Node run the TypeScript sources, whose imports end in .js, by its own type stripping: for worker threads and
// child processes of tests. Use: node --import <this file>.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isOurs = /^\.{1,2}\//.test(specifier) && context.parentURL?.endsWith('.ts');
    return next(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
