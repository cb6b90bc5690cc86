import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { RequestMethod } from '@nestjs/common';
import { ACCESS } from '../../src/auth/access.js';

/** A route of a running application. */
export interface LiveRoute {
  /** `get /conversations/{id}`: as the API document writes it. */
  readonly route: string;
  /** Its `@Access`; undefined: none. */
  readonly access: unknown;
}

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> };
}

/** What Express would route, whoever registered it. */
export function expressRoutes(app: NestExpressApplication): readonly string[] {
  const express: unknown = app.getHttpAdapter().getInstance();
  return (express as { readonly router: { readonly stack: readonly Layer[] } }).router.stack
    .flatMap(({ route }) => (route === undefined ? [] : [route]))
    .flatMap(({ path, methods }) =>
      [path].flat().flatMap((one) => Object.keys(methods).map((method) => `${method} ${toTemplate(one)}`)),
    )
    .toSorted();
}

/** The routes of all controllers, with their policies. */
export function controllerRoutes(app: NestExpressApplication): readonly LiveRoute[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOf(metatype) : []))
    .toSorted((left, right) => (left.route < right.route ? -1 : 1));
}

function routesOf(controller: Function): LiveRoute[] {
  const prefixes = pathsOf(controller);
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = name === 'constructor' ? undefined : prototype[name];
    if (typeof handler !== 'function') return [];
    const method: unknown = Reflect.getMetadata('method', handler);
    if (typeof method !== 'number') return [];
    const access: unknown = Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller);
    return prefixes.flatMap((prefix) =>
      pathsOf(handler).map((path) => ({
        route: `${(RequestMethod[method] ?? '').toLowerCase()} ${toTemplate(`${prefix}/${path}`)}`,
        access,
      })),
    );
  });
}

function pathsOf(target: Function): readonly string[] {
  const path: unknown = Reflect.getMetadata('path', target);
  return [path].flat().map((one) => (typeof one === 'string' ? one : ''));
}

function toTemplate(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return `/${parts.map((part) => part.replace(/^:(\w+)$/, '{$1}')).join('/')}`;
}
