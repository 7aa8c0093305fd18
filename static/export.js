/**
 * An export: the server sends CSV in pieces and says before how many rows will come; this reads them, counts
 * lines and gives the file to the browser at the end. Nothing here touches the page.
 */

/** @typedef {{file: Blob, rows: number}|{slug: string, message: string}|{stopped: true}} Exported */

/** Progress is told that often. */
const TELL_MS = 200;

/**
 * Never throws.
 * @param {string} address
 * @param {(rows: number, total: number) => void} progress
 * @param {AbortSignal} stop
 * @param {typeof fetch} [ask]
 * @returns {Promise<Exported>}
 */
export async function exportRows(address, progress, stop, ask = (...at) => fetch(...at)) {
  try {
    const answer = await ask(address, { signal: stop });
    if (!answer.ok || !answer.body) {
      const body = await answer.json().catch(() => ({}));
      return { slug: String(body.error ?? `http_${answer.status}`), message: String(body.message ?? '') };
    }
    const total = Number(answer.headers.get('x-total-rows') ?? 0);
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const pieces = [];
    let ends = 0;
    let told = 0;
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(/** @type {Uint8Array<ArrayBuffer>} */ (value));
      ends += lineEnds(value);
      const now = Date.now();
      if (now - told >= TELL_MS) {
        told = now;
        progress(Math.min(total, Math.max(0, ends - 1)), total);
      }
    }
    return { file: new Blob(pieces, { type: 'text/csv;charset=utf-8' }), rows: total };
  } catch {
    return stop.aborted ? { stopped: true } : { slug: 'unreachable', message: '' };
  }
}

/** A cell may hold line ends of its own: this is for progress only. @param {Uint8Array} bytes */
function lineEnds(bytes) {
  let ends = 0;
  for (const byte of bytes) if (byte === 10) ends += 1;
  return ends;
}
