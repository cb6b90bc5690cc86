import { formatPlace, type ProblemList } from '../problems.js';
import { emptyMap, isEmptyNode, withoutKeys, type MapEntry, type MapNode } from './config-node.js';
import { isSame, mergeAlias } from './merge-nodes.js';

/** Moves what documents 1 and 4 call otherwise to its place: `api` is `server`, `metrics_port` is `metrics.port`. */
export function renameOlderKeys(root: MapNode, problems: ProblemList): MapNode {
  return moveMetricsPort(moveApi(root, problems), problems);
}

function moveApi(root: MapNode, problems: ProblemList): MapNode {
  const api = root.entries.get('api');
  const server = root.entries.get('server');
  if (api === undefined) return root;
  if (isEmptyNode(api.value)) return withoutKeys(root, ['api']);
  if (api.value.kind !== 'map') {
    problems.add(api.key_place, ['api'], 'must be a map (it is another name of server)');
    return withoutKeys(root, ['api']);
  }
  const other = server === undefined || isEmptyNode(server.value) ? undefined : server.value;
  if (other !== undefined && other.kind !== 'map') return withoutKeys(root, ['api']);
  const merged = other === undefined ? api.value : mergeAlias(other, api.value, problems, ['server', 'api']);
  return withEntry(withoutKeys(root, ['api']), 'server', {
    key_place: server?.key_place ?? api.key_place,
    value: merged,
  });
}

function moveMetricsPort(root: MapNode, problems: ProblemList): MapNode {
  const port = root.entries.get('metrics_port');
  if (port === undefined) return root;
  const without = withoutKeys(root, ['metrics_port']);
  const metrics = root.entries.get('metrics');
  const section = metrics === undefined || isEmptyNode(metrics.value) ? emptyMap(port.key_place) : metrics.value;
  if (isEmptyNode(port.value) || section.kind !== 'map') return without;
  const other = section.entries.get('port');
  if (other !== undefined && !isEmptyNode(other.value)) {
    if (!isSame(other.value, port.value)) {
      const what = `differs from metrics.port at ${formatPlace(other.key_place)} (metrics_port is another name of metrics.port)`;
      problems.add(port.key_place, ['metrics_port'], what);
    }
    return without;
  }
  const value = withEntry(section, 'port', port);
  return withEntry(without, 'metrics', { key_place: metrics?.key_place ?? port.key_place, value });
}

function withEntry(root: MapNode, key: string, entry: MapEntry): MapNode {
  return { ...root, entries: new Map(root.entries).set(key, entry) };
}
