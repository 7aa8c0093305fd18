/**
 * A drawing as it is stored, and every way to change one: each gives a new drawing that shares what did not change,
 * so that what is the same object need not be drawn again. What else stands in a node, a line or a content is kept.
 */

/** @typedef {Record<string, any>} Content */
/** @typedef {{id: string, type: string, name: string, x: number, y: number, content: Content}} FlowNode */
/** @typedef {{id: string, fromNodeId: string, fromPortId: string, toNodeId: string, toPortId: string}} Line */
/** @typedef {{name: string, nodes: readonly FlowNode[], connections: readonly Line[]}} Drawing */

/** Where nodes stand: so far apart in both directions. */
export const GRID = 10;
const FARTHEST = 1e6;

/** An id that nobody has: letters and digits. @param {string} kind */
export function freshId(kind) {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `${kind}-${[...bytes].map((byte) => byte.toString(36).padStart(2, '0')).join('')}`;
}

/** What came, with what may be absent. @param {any} stored @returns {Drawing} */
export function readDrawing(stored) {
  const nodes = (stored.nodes ?? []).map((/** @type {any} */ node) => ({ ...node, name: node.name ?? '', x: Number(node.x ?? 0), y: Number(node.y ?? 0), content: node.content ?? {} }));
  return { name: String(stored.name ?? ''), nodes, connections: stored.connections ?? [] };
}

/** @param {Drawing} drawing @param {string|null} id */
export const nodeOf = (drawing, id) => drawing.nodes.find((node) => node.id === id) ?? null;

/** What of a node is shown where its name stands. @param {FlowNode} node */
export const titleOf = (node) => node.name || node.id;

/** The last line of a port counts, as on the server. @param {Drawing} drawing @param {string} from @param {string} port */
export function lineOf(drawing, from, port) {
  return drawing.connections.findLast((line) => line.fromNodeId === from && line.fromPortId === port) ?? null;
}

/** @param {number} at */
const snapped = (at) => Math.max(-FARTHEST, Math.min(FARTHEST, Math.round(at / GRID) * GRID));

/** @param {Drawing} drawing @param {string} type @param {{x: number, y: number}} at @param {string} name @param {Content} content @returns {{drawing: Drawing, id: string}} */
export function addNode(drawing, type, at, name, content) {
  const node = { id: freshId('n'), type, name, x: snapped(at.x), y: snapped(at.y), content };
  return { drawing: { ...drawing, nodes: [...drawing.nodes, node] }, id: node.id };
}

/** @param {Drawing} drawing @param {string} id @param {Partial<FlowNode>} change @returns {Drawing} */
export function setNode(drawing, id, change) {
  return { ...drawing, nodes: drawing.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)) };
}

/** @param {Drawing} drawing @param {string} id @param {number} x @param {number} y @returns {Drawing} */
export function moveNode(drawing, id, x, y) {
  const node = nodeOf(drawing, id);
  if (!node || (node.x === snapped(x) && node.y === snapped(y))) return drawing;
  return setNode(drawing, id, { x: snapped(x), y: snapped(y) });
}

/**
 * One value of a content, by the way to it; `undefined` takes it away.
 * @param {Drawing} drawing @param {string} id @param {(string|number)[]} path @param {any} value @returns {Drawing}
 */
export function setContent(drawing, id, path, value) {
  const node = nodeOf(drawing, id);
  return node ? setNode(drawing, id, { content: put(node.content, path, value) }) : drawing;
}

/** @param {any} into @param {(string|number)[]} path @param {any} value @returns {any} */
function put(into, path, value) {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const isList = typeof first === 'number';
  const copy = isList ? [...(Array.isArray(into) ? into : [])] : { ...(into !== null && typeof into === 'object' && !Array.isArray(into) ? into : {}) };
  const next = put(/** @type {any} */ (copy)[first], rest, value);
  if (next === undefined && isList) /** @type {any[]} */ (copy).splice(first, 1);
  else if (next === undefined) delete (/** @type {any} */ (copy)[first]);
  else /** @type {any} */ (copy)[first] = next;
  return copy;
}

/** A node goes with its lines. @param {Drawing} drawing @param {string} id @returns {Drawing} */
export function removeNode(drawing, id) {
  return {
    ...drawing,
    nodes: drawing.nodes.filter((node) => node.id !== id),
    connections: drawing.connections.filter((line) => line.fromNodeId !== id && line.toNodeId !== id),
  };
}

/** A port leads to that node and to no other; with null to none. @param {Drawing} drawing @param {string} from @param {string} port @param {string|null} to @returns {Drawing} */
export function connect(drawing, from, port, to) {
  const before = lineOf(drawing, from, port);
  const others = drawing.connections.filter((line) => line.fromNodeId !== from || line.fromPortId !== port);
  if (to === null) return { ...drawing, connections: others };
  if (before?.toNodeId === to) return drawing;
  const line = { toPortId: 'in', ...before, id: before?.id || freshId('c'), fromNodeId: from, fromPortId: port, toNodeId: to };
  return { ...drawing, connections: [...others, line] };
}

/** A copy of a node beside it, without lines. @param {Drawing} drawing @param {string} id @returns {{drawing: Drawing, id: string}|null} */
export function copyNode(drawing, id) {
  const node = nodeOf(drawing, id);
  if (!node) return null;
  const copy = { ...structuredClone(node), id: freshId('n'), x: snapped(node.x + 40), y: snapped(node.y + 60) };
  return { drawing: { ...drawing, nodes: [...drawing.nodes, copy] }, id: copy.id };
}

/** Nodes in the order in which a caller may come to them, then what nothing leads to. @param {Drawing} drawing @returns {FlowNode[]} */
export function inOrder(drawing) {
  const byId = new Map(drawing.nodes.map((node) => [node.id, node]));
  /** @type {Map<string, string[]>} */
  const next = new Map();
  for (const line of drawing.connections) next.set(line.fromNodeId, [...(next.get(line.fromNodeId) ?? []), line.toNodeId]);
  /** @type {Set<FlowNode>} */
  const order = new Set();
  const starts = drawing.nodes.filter((node) => node.type === 'start');
  for (const first of [...starts, ...drawing.nodes]) {
    /** @type {FlowNode[]} */
    const waiting = order.has(first) ? [] : [first];
    for (let node = waiting.shift(); node; node = waiting.shift()) {
      if (order.has(node)) continue;
      order.add(node);
      for (const id of next.get(node.id) ?? []) {
        const to = byId.get(id);
        if (to && !order.has(to)) waiting.push(to);
      }
    }
  }
  return [...order];
}

/** The longest way to each node, without what leads back. @param {Drawing} drawing @param {FlowNode[]} order */
function depths(drawing, order) {
  const place = new Map(order.map((node, n) => [node.id, n]));
  const depth = new Map(order.map((node) => [node.id, 0]));
  const onward = drawing.connections.filter((line) => (place.get(line.fromNodeId) ?? Infinity) < (place.get(line.toNodeId) ?? -1));
  for (let moved = true; moved; ) {
    moved = false;
    for (const { fromNodeId, toNodeId } of onward) {
      const at = (depth.get(fromNodeId) ?? 0) + 1;
      if (at <= (depth.get(toNodeId) ?? 0)) continue;
      depth.set(toNodeId, at);
      moved = true;
    }
  }
  return depth;
}

/** All nodes in columns from left to right. @param {Drawing} drawing @param {(node: FlowNode) => number} height @param {number} width @returns {Drawing} */
export function arrange(drawing, height, width) {
  const order = inOrder(drawing);
  const depth = depths(drawing, order);
  /** @type {Map<number, number>} */
  const filled = new Map();
  /** @type {Map<string, {x: number, y: number}>} */
  const places = new Map();
  for (const node of order) {
    const column = depth.get(node.id) ?? 0;
    const y = filled.get(column) ?? 0;
    places.set(node.id, { x: snapped(column * (width + 90)), y: snapped(y) });
    filled.set(column, y + height(node) + 40);
  }
  return { ...drawing, nodes: drawing.nodes.map((node) => ({ ...node, ...places.get(node.id) })) };
}
