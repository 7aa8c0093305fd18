/**
 * Past calls: what the server is asked, what it answered, and one call's facts in order. The dialog is
 * drawn by `render/past.js`; nothing here touches the page.
 */

/**
 * An ended call in the list, as `GET /api/history/calls` gives it. Times are ms since 1970.
 * @typedef {object} Ended
 * @property {string} id
 * @property {string} pbx
 * @property {number} started_ms
 * @property {number|null} answered_ms
 * @property {number} ended_ms
 * @property {'inbound'|'outbound'|'internal'} direction
 * @property {{number: string, name: string}} caller
 * @property {string} called
 * @property {string[]} queues
 * @property {string[]} endpoints
 * @property {string|null} outcome of its last stay in a queue
 * @property {number|null} hangup_cause
 * @property {number} talk_ms
 * @property {number} wait_ms
 * @property {string[]} [at_least] times that are bounds: `started`, `answered`
 * @property {boolean} [held] somebody wants it kept
 */

/**
 * One call whole, as `GET /api/history/calls/{id}` gives it. Times are seconds since 1970.
 * @typedef {object} Record
 * @property {number} started
 * @property {{channel: string, endpoint: string, started: number, answered: number|null, ended: number|null, cause: number|null}[]} legs
 * @property {{a: string, b: string, seconds: number}[]} talks
 * @property {{kind: 'blind'|'attended'|'redirect'|'taken_over', by: string|null, to: string, result: 'success'|'fail', at?: number}[]} transfers
 * @property {{name: string, outcome: string|null, wait_s: number|null, agent: string|null, joined?: number|null, left?: number|null}[]} queues
 * @property {{a: string, b: string, began: number, ended: number}[]} [conversations] who shared a bridge when; absent in older records
 * @property {{name: string, began: number, ended: number|null, how: string|null, why: string|null, visits: {name: string, entered: number, left: number, port: string|null, key: string|null}[]}[]} [flows] flows that were walked in it
 * @property {string[]} [at_least] times that are bounds: `started`, `answered`
 * @property {number} [unseen_until] it was not followed whole until then
 * @property {Hold|null} [hold] who wants it kept, and why
 * @property {{at_ms: number, by: string, act: string, on: string, to: string|null}[]} [acts] what people did to it; absent where nobody logs in
 */

/**
 * Why a call is not deleted when it is too old. `by` is empty where nobody logs in.
 * @typedef {{reason: string, by: string, at_ms: number}} Hold
 */

/**
 * @typedef {object} Question
 * @property {string} words
 * @property {string} direction empty for all
 * @property {string} talked `true`, `false` or empty
 */

/** Rows of one page. */
const PAGE = 50;
/** Longer than any deadline of the server's own. */
const GIVE_UP_MS = 15000;

/**
 * The address of a page of the list.
 * @param {Question} question @param {string|null} after
 */
export function addressOf(question, after) {
  const query = new URLSearchParams({ limit: String(PAGE) });
  const words = question.words.trim();
  if (words) query.set('q', words);
  if (question.direction) query.set('direction', question.direction);
  if (question.talked) query.set('talked', question.talked);
  if (after) query.set('after', after);
  return `api/history/calls?${query}`;
}

/**
 * Asks; never throws.
 * @param {string} address @param {typeof fetch} [ask]
 * @returns {Promise<{body: any}|{slug: string, message: string}>}
 */
export async function askPast(address, ask = (...at) => fetch(...at)) {
  try {
    const answer = await ask(address, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(GIVE_UP_MS) });
    const body = await answer.json();
    if (answer.ok) return { body };
    return { slug: String(body.error ?? `http_${answer.status}`), message: String(body.message ?? '') };
  } catch {
    return { slug: 'unreachable', message: '' };
  }
}

/**
 * A recording in the folder of its PBX, as `GET /api/history/calls/{id}/recordings` gives it.
 * @typedef {{n: number, name: string, type: string, bytes: number}} Recording
 */

/** @param {string} id of a call */
export const recordingsOf = (id) => `api/history/calls/${encodeURIComponent(id)}/recordings`;

/** @param {string} id of a call */
export const holdOf = (id) => `api/history/calls/${encodeURIComponent(id)}/hold`;

/**
 * A fact with its instant, in seconds since 1970.
 * @typedef {{at: number, what: 'began'|'leg'|'answered'|'gone'|'joined'|'left'|'talks'|'moved'|'did'|'flow'|'node'|'chose'|'flow_over', who: string, cause: number|null, more?: string, seconds?: number, by?: string, failed?: boolean}} Fact
 */

/** Whether somebody chose to leave a node so: the caller, by a key or by none, or a supervisor. @param {string} port @param {string|null} key */
export const isChoice = (port, key) => key !== null || port === 'out-timeout' || port === 'sent_on';

/** What happened, in order. @param {Record} record @returns {Fact[]} */
export function factsOf(record) {
  /** @type {Fact[]} */
  const facts = [{ at: record.started, what: 'began', who: '', cause: null }];
  for (const leg of record.legs) {
    if (leg.channel.startsWith('Local/')) continue;
    facts.push({ at: leg.started, what: 'leg', who: leg.endpoint, cause: null });
    if (leg.answered !== null) facts.push({ at: leg.answered, what: 'answered', who: leg.endpoint, cause: null });
    if (leg.ended !== null) facts.push({ at: leg.ended, what: 'gone', who: leg.endpoint, cause: leg.cause });
  }
  for (const stay of record.queues) {
    if (typeof stay.joined === 'number') facts.push({ at: stay.joined, what: 'joined', who: stay.name, cause: null });
    if (typeof stay.left === 'number') facts.push({ at: stay.left, what: 'left', who: stay.name, cause: null, more: stay.outcome ?? 'other', by: stay.agent ?? '' });
  }
  for (const talk of record.conversations ?? []) {
    if (talk.a.startsWith('Local/') || talk.b.startsWith('Local/')) continue;
    facts.push({ at: talk.began, what: 'talks', who: talk.a, cause: null, more: talk.b, seconds: talk.ended - talk.began });
  }
  for (const move of record.transfers) {
    if (typeof move.at === 'number') facts.push({ at: move.at, what: 'moved', who: move.by ?? '', cause: null, more: `${move.kind} ${move.to}`, failed: move.result === 'fail' });
  }
  for (const { at_ms, by, act, to } of record.acts ?? []) facts.push({ at: at_ms / 1000, what: 'did', who: to ?? '', cause: null, more: act, by });
  for (const walk of record.flows ?? []) {
    facts.push({ at: walk.began, what: 'flow', who: walk.name, cause: null });
    for (const { name, entered, left, port, key } of walk.visits) {
      facts.push({ at: entered, what: 'node', who: name, cause: null });
      if (port !== null && isChoice(port, key)) facts.push({ at: left, what: 'chose', who: port, cause: null, more: key ?? '' });
    }
    if (walk.ended !== null) facts.push({ at: walk.ended, what: 'flow_over', who: walk.name, cause: null, more: walk.how ?? '', by: walk.why ?? '' });
  }
  // of one instant: first who is there, then what he does
  return facts.map((fact, n) => ({ fact, n })).sort((a, b) => a.fact.at - b.fact.at || a.n - b.n).map(({ fact }) => fact);
}
