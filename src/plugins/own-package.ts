import nodeModule from 'node:module';

const OWN = /^parley(?:\/|$)/;

/**
 * While something is done, modules that import `parley` or a part of it, and have none installed beside them, are given
 * this one: a plugin is often a lone file beside a configuration.
 */
export async function lendingOwnPackage<T>(action: () => Promise<T>): Promise<T> {
  const hooks = nodeModule.registerHooks({
    resolve(specifier, context, next) {
      if (!OWN.test(specifier)) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
  try {
    return await action();
  } finally {
    hooks.deregister();
  }
}
