/**
 * Who wants to be called back, as the server has it. How many are due is asked every few seconds, which costs it
 * nothing; the list only when that answer says that something changed. Nothing here touches the page.
 */

import { ask } from '../api.js';

/** @import {Answer} from '../api.js' */

/** @typedef {'open'|'taken'|'done'|'failed'} State */
/** @typedef {'reached'|'no_answer'|'busy'|'wrong_number'|'not_wanted'|'later'} Outcome */
/** @typedef {{by: string, byName: string, at: string, outcome: Outcome, remark: string}} Try */
/**
 * As `GET /api/callbacks` gives it.
 * @typedef {object} Callback
 * @property {string} id
 * @property {string} number
 * @property {string} name empty: not known
 * @property {string} called
 * @property {string} flowId
 * @property {string} flowName
 * @property {string} note
 * @property {number} asked
 * @property {number} attempts
 * @property {number} most
 * @property {State} state
 * @property {string} takenBy
 * @property {string} takenByName
 * @property {string} dueAt
 * @property {boolean} due
 * @property {string} createdAt
 * @property {Try[]} tries
 */
/** As `GET /api/callbacks/due` gives it. @typedef {{kept: boolean, nowMs: number, me: string, version: string, due: number, later: number, taken: number, mine: number, phones: {pbx: string, endpoint: string}[]}} Due */
/**
 * What is known. `at` is the server's time of the last answer, null before the first; `lost`: the one after it failed.
 * @typedef {{due: Due|null, list: Callback[]|null, at: number|null, lost: boolean, refused: Answer|null}} Known
 */

/** How often it is asked. */
const EVERY_MS = 4_000;
/** Where nothing is kept: another server may stand there one day. */
const SELDOM_MS = 60_000;

export class Follower {
  /** @param {(known: Known) => void} tell @param {{lists: () => string[]|null, may: () => boolean}} wants which states are listed (null: none), and whether it may be asked now */
  constructor(tell, wants) {
    this.tell = tell;
    this.wants = wants;
    /** @type {Known} */
    this.known = { due: null, list: null, at: null, lost: false, refused: null };
    /** Of the list that is known. */
    this.listed = '';
    this.turn = 0;
    this.isAsking = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /** Asks now, and from then on. */
  async look() {
    clearTimeout(this.timer);
    const turn = ++this.turn;
    if (!document.hidden && this.wants.may()) {
      this.isAsking = true;
      await this.#ask(turn);
    }
    if (turn !== this.turn) return;
    this.isAsking = false;
    this.timer = setTimeout(() => void this.look(), this.known.due?.kept === false && !this.known.lost ? SELDOM_MS : EVERY_MS);
  }

  /** @param {number} turn */
  async #ask(turn) {
    const due = await ask('GET', 'api/callbacks/due');
    const states = due.ok && due.body.kept ? this.wants.lists() : null;
    const wanted = `${states?.join()} ${due.body?.version}`;
    const lists = states && this.listed !== wanted ? await Promise.all(states.map((state) => ask('GET', `api/callbacks${state}`))) : [];
    // somebody asked again meanwhile: that answer is newer
    if (turn !== this.turn) return;
    const refused = [due, ...lists].find((answer) => !answer.ok) ?? null;
    const { known } = this;
    if (refused) {
      this.known = { ...known, lost: true, refused };
    } else {
      // nobody looks at the list: what it was is not what it is
      const before = states === null ? null : known.list;
      const list = lists.length > 0 ? lists.flatMap((answer) => /** @type {Callback[]} */ (answer.body)) : before;
      this.listed = list === null ? '' : wanted;
      this.known = { due: due.body, list, at: due.body.nowMs, lost: false, refused: null };
    }
    this.tell(this.known);
  }
}

/** Whether who asks is at it. @param {Callback} one @param {Due|null} due */
export const isMine = (one, due) => one.state === 'taken' && due !== null && one.takenBy === due.me;

/** What may be done next: the most urgent first, one's own before all. @param {Callback[]} list @param {Due|null} due */
export const forMe = (list, due) => [...list.filter((one) => isMine(one, due)), ...list.filter((one) => one.due && !isMine(one, due))];
