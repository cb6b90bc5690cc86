/** A configuration whose models are answered by the scripted upstream: one entry per control name, the first is the default. */
export function configFor(upstreamUrl: string, models: readonly string[], more = ''): string {
  const entries = models.map(
    (name) => `  "${name}": {name: "${name}", type: custom, api_base: "${upstreamUrl}", api_key: test}`,
  );
  const quiet = more.includes('evaluators:') ? '' : 'evaluators: []\n';
  return `models:\n${entries.join('\n')}\ndefault_model: "${models[0] ?? ''}"\n${quiet}${more}`;
}
