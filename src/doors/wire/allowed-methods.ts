interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** What of an Express application is looked at. */
export interface Routed {
  readonly router: { readonly stack: readonly Layer[] };
}

/** The methods that the routes of an application take at a path; none: there is nothing at it. */
export function allowedMethods({ router }: Routed, path: string): readonly string[] {
  const methods = new Set<string>();
  for (const layer of router.stack) {
    if (layer.route === undefined || !matches(layer, path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.size === 0) return [];
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods.add('OPTIONS')].toSorted();
}

/** A path that cannot be decoded matches nothing. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
