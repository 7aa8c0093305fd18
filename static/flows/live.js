/** Who stands on each node now, and how many left it today, as the server counts them. */

/** `since`: of who is there longest, ms; `left`: by each port; `''` where the flow ended. @typedef {{now: number, since: number, left: Map<string, number>}} Standing */

/** @param {any} body @returns {Map<string, Standing>} by node */
export function callersOf(body) {
  const nodes = /** @type {any[]} */ (body?.nodes ?? []);
  return new Map(nodes.map((node) => [String(node.node), {
    now: Number(node.now),
    since: Math.min(...node.callers.map((/** @type {any} */ one) => Number(one.since_ms)), Date.now()),
    left: new Map(node.left.map((/** @type {any} */ left) => [String(left.port ?? ''), Number(left.callers)])),
  }]));
}
