/**
 * What every question of a page to the server has in common: our own header, and what happens when nobody
 * is logged in any more. The session is a cookie that no script reads.
 */

/** Sent with what changes something: a page of another site cannot. */
export const OWN = { 'content-type': 'application/json', accept: 'application/json', 'x-vigie': '1' };
/** Longer than any deadline of the server's own. */
const GIVE_UP_MS = 20_000;

/**
 * An answer, good or bad; never thrown.
 * @typedef {{ok: boolean, status: number, body: any, slug: string, message: string, details: Record<string, string>}} Answer
 */

/**
 * @param {'GET'|'POST'|'PUT'|'DELETE'} method @param {string} path @param {object} [body] @param {number} [within] ms
 * @returns {Promise<Answer>}
 */
export async function ask(method, path, body, within = GIVE_UP_MS) {
  try {
    const answer = await fetch(path, {
      method,
      headers: method === 'GET' ? { accept: 'application/json' } : OWN,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(within),
    });
    const read = answer.status === 204 ? null : await answer.json().catch(() => null);
    return {
      ok: answer.ok,
      status: answer.status,
      body: read,
      slug: answer.ok ? '' : String(read?.error ?? `http_${answer.status}`),
      message: String(read?.message ?? ''),
      details: read?.details ?? {},
    };
  } catch {
    return { ok: false, status: 0, body: null, slug: 'unreachable', message: '', details: {} };
  }
}

/** Where one logs in; from there back to here. */
export function toLogin() {
  const here = location.pathname.split('/').pop() + location.search + location.hash;
  location.replace(`login.html?to=${encodeURIComponent(here)}`);
}

/** Whether the server has accounts; asked once. @type {Promise<boolean>|null} */
let known = null;

async function hasAccounts() {
  const answer = await ask('GET', 'api/auth/state');
  if (!answer.ok) throw new Error('unreachable');
  return answer.body.accounts === true;
}

/** @returns {Promise<boolean>} */
export function accounts() {
  known ??= hasAccounts().catch((problem) => {
    known = null;
    throw problem;
  });
  return known;
}

/** What opens the WebSocket, anew for each connection; empty where nobody logs in. */
export async function ticket() {
  if (!(await accounts())) return '';
  const answer = await ask('POST', 'api/auth/ticket');
  if (answer.status === 401 || answer.slug === 'accounts_unknown') {
    toLogin();
    // the page is about to go: nothing more is tried on it
    return new Promise(() => {});
  }
  if (answer.slug === 'no_right' && (await ask('GET', 'api/auth/me')).body?.user?.mustChangePassword) {
    // he sees nothing before he has a password of his own
    toLogin();
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error(answer.slug);
  return String(answer.body.ticket);
}
