/** What differs between two drawings: nodes field by field, and lines. Pure. */

/** @import {Drawing, FlowNode} from './drawing.js' */

/** @typedef {{path: string, before: string|null, after: string|null}} Change a field: null where it is not there */
/** @typedef {{id: string, type: string, name: string}} Named */
/** @typedef {Named & {changes: Change[], moved: boolean}} Changed */
/** @typedef {{from: Named, port: string, before: Named|null, after: Named|null}} Led where a port leads */
/** @typedef {{name: Change|null, added: Named[], removed: Named[], changed: Changed[], lines: Led[]}} Difference */

/**
 * Every value by the way to it. What stands in a list is told apart by its id, port or key, else by its place.
 * @param {any} value @param {string} at @param {Map<string, string>} into
 */
function flatten(value, at, into) {
  if (Array.isArray(value) && value.some((row) => row !== null && typeof row === 'object')) {
    value.forEach((row, n) => flatten(row, `${at}[${row?.id ?? row?.portId ?? row?.key ?? n + 1}]`, into));
  } else if (Array.isArray(value)) {
    into.set(at, value.map(String).join(', '));
  } else if (value !== null && typeof value === 'object') {
    for (const [name, of] of Object.entries(value)) flatten(of, at ? `${at}.${name}` : name, into);
  } else if (value !== null && value !== undefined) {
    into.set(at, String(value));
  }
}

/** @param {object} before @param {object} after @returns {Change[]} */
export function changesOf(before, after) {
  const [was, is] = [new Map(), new Map()];
  flatten(before, '', was);
  flatten(after, '', is);
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort();
  return paths.filter((path) => was.get(path) !== is.get(path)).map((path) => ({ path, before: was.get(path) ?? null, after: is.get(path) ?? null }));
}

/** @param {FlowNode} node @returns {Named} */
const named = ({ id, type, name }) => ({ id, type, name });

/** @param {Drawing} before @param {Drawing} after @returns {Difference} */
export function difference(before, after) {
  const was = new Map(before.nodes.map((node) => [node.id, node]));
  const is = new Map(after.nodes.map((node) => [node.id, node]));
  /** @type {Changed[]} */
  const changed = [];
  for (const [id, node] of is) {
    const old = was.get(id);
    if (!old || old === node) continue;
    const { id: _, x, y, ...rest } = node;
    const { id: __, x: oldX, y: oldY, ...oldRest } = old;
    const [changes, moved] = [changesOf(oldRest, rest), x !== oldX || y !== oldY];
    if (changes.length || moved) changed.push({ ...named(node), changes, moved });
  }
  return {
    name: before.name === after.name ? null : { path: 'name', before: before.name, after: after.name },
    added: [...is.values()].filter((node) => !was.has(node.id)).map(named),
    removed: [...was.values()].filter((node) => !is.has(node.id)).map(named),
    changed,
    lines: linesThatDiffer(before, after, was, is),
  };
}

/** @param {Drawing} before @param {Drawing} after @param {Map<string, FlowNode>} was @param {Map<string, FlowNode>} is @returns {Led[]} */
function linesThatDiffer(before, after, was, is) {
  const led = (/** @type {Drawing} */ drawing) => new Map(drawing.connections.map((line) => [JSON.stringify([line.fromNodeId, line.fromPortId]), line.toNodeId]));
  const [old, now] = [led(before), led(after)];
  const who = (/** @type {Map<string, FlowNode>} */ nodes, /** @type {string|undefined} */ id) => {
    if (id === undefined) return null;
    const node = nodes.get(id);
    return node ? named(node) : { id, type: '', name: id };
  };
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key)).map((key) => {
    const [from, port] = /** @type {[string, string]} */ (JSON.parse(key));
    const node = is.get(from) ?? was.get(from);
    return { from: node ? named(node) : { id: from, type: '', name: from }, port, before: who(was, old.get(key)), after: who(is, now.get(key)) };
  });
}

/** @param {Difference} of */
export const isSame = (of) => of.name === null && of.added.length + of.removed.length + of.changed.length + of.lines.length === 0;
