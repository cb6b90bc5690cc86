// Where CPU profiles say the time goes. node bench/top-costs.mjs FILE.cpuprofile… [--top 30] [--from SECONDS]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: 'string', default: '30' }, from: { type: 'string', default: '2' } },
});

/** The package or the source file that a call frame belongs to; nothing for what is Node's own. */
function placeOf({ functionName, url }) {
  if (functionName.startsWith('(')) return functionName;
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (inPackage) return inPackage[1];
  return url.includes('/dist/') ? url.replace(/^.*\/dist\//, 'dist/') : undefined;
}

function nameOf(frame) {
  return `${frame.functionName || '(anonymous)'}  ${placeOf(frame) ?? (frame.url || 'native')}:${frame.lineNumber + 1}`;
}

/** For every node of the call tree: who it is, whose code it works for, and all functions that are under way in it. */
function describeNodes(profile) {
  const described = new Map();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const visit = (id, owner, stack) => {
    const { callFrame, children = [] } = nodes.get(id);
    const name = nameOf(callFrame);
    const own = placeOf(callFrame) ?? owner;
    const functions = stack.has(name) ? stack : new Set(stack).add(name);
    described.set(id, { name, own, functions });
    for (const child of children) visit(child, own, functions);
  };
  visit(profile.nodes[0].id, 'node', new Set());
  return described;
}

const add = (map, key, ms) => map.set(key, (map.get(key) ?? 0) + ms);

/** Milliseconds by owner, by function itself, and by function with all it calls. The start-up is left out. */
function sum(profile) {
  const nodes = describeNodes(profile);
  const totals = { busy: 0, owners: new Map(), self: new Map(), inclusive: new Map() };
  let at = 0;
  for (const [index, id] of profile.samples.entries()) {
    const ms = (profile.timeDeltas[index] ?? 0) / 1000;
    at += ms;
    const { name, own, functions } = nodes.get(id);
    if (name.startsWith('(idle)') || at < Number(values.from) * 1000) continue;
    totals.busy += ms;
    add(totals.owners, own, ms);
    add(totals.self, name, ms);
    for (const one of functions) add(totals.inclusive, one, ms);
  }
  return totals;
}

function print(title, times, busy) {
  console.log(`\n${title}`);
  const top = [...times].toSorted((a, b) => b[1] - a[1]).slice(0, Number(values.top));
  for (const [name, ms] of top) console.log(`${((ms / busy) * 100).toFixed(1).padStart(6)} % ${name}`);
}

for (const file of positionals) {
  const { busy, owners, self, inclusive } = sum(JSON.parse(readFileSync(file, 'utf8')));
  console.log(`\n=== ${file}: ${busy.toFixed(0)} ms busy`);
  print('for whom (what Node does counts for its caller)', owners, busy);
  print('in the function itself', self, busy);
  print('in the function and all it calls', inclusive, busy);
}
