// Lets a bench import src/**/*.ts as it is: `.js` specifiers are found as `.ts`, compiled as the build does it.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compile } from '../tools/compile.mjs';

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return next(specifier, context);
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    return existsSync(url) ? { url: url.href, format: 'module', shortCircuit: true } : next(specifier, context);
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const file = fileURLToPath(url);
    const { code } = compile(file, readFileSync(file, 'utf8'));
    return { format: 'module', source: code, shortCircuit: true };
  },
});
