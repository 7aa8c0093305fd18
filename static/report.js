/**
 * Figures: what the server is asked, and what it answered. The dialog is drawn by `render/report.js`, the
 * line on each queue of the floor by `render/queues.js`; nothing here touches the page.
 */

/**
 * One figure, as `GET /api/figures/...` gives it: a count, a ratio, or ms. `value` is null where there is
 * nothing that it could be of.
 * @typedef {{value: number|null, numerator: number, denominator: number|null, version: number}} Figure
 */

/** @typedef {Record<string, Figure>} Figures */

/**
 * Of which period and by which rules. Times are ms since 1970 on the server's clock.
 * @typedef {object} Asked
 * @property {string} zone
 * @property {string} day_start `00:00`
 * @property {number} from_ms
 * @property {number} to_ms until then it is counted
 * @property {'arrival'|'end'} interval
 * @property {number} threshold_ms
 * @property {number} short_abandon_ms
 * @property {'live'|'stored'} source
 * @property {number} as_of_ms
 * @property {boolean} whole
 */

/**
 * @typedef {object} QueueRow
 * @property {string} id
 * @property {string} pbx
 * @property {string} queue
 * @property {number} longest_wait_ms
 * @property {number|null} asterisk_hold_time_s
 * @property {Figures} figures
 */

/** @typedef {{state: string, reason: string|null, ms: number}} StateTime */
/** @typedef {{state: string, reason: string|null, queue: string|null, from_ms: number, to_ms: number}} Interval */

/**
 * @typedef {object} AgentRow
 * @property {string} id
 * @property {string} pbx
 * @property {string} endpoint
 * @property {string} name
 * @property {StateTime[]} states
 * @property {number} unknown_ms
 * @property {Figures} figures
 */

/**
 * What a figure is made of.
 * @typedef {object} Part
 * @property {'stay'|'leg'|'wrap_up'} kind
 * @property {string|null} call
 * @property {string|null} queue
 * @property {string|null} agent
 * @property {number} arrived_ms
 * @property {number} ended_ms
 * @property {number|null} waited_ms
 * @property {string|null} outcome
 * @property {number} numerator
 * @property {number} denominator
 */

/** @typedef {{name: string, family: string, unit: 'count'|'ratio'|'ms'|'total_ms', formula: string, numerator: string, denominator: string}} Definition */
/** @typedef {{definition: Definition, figure: Figure, calls: Part[], total: number, has_next: boolean}} Behind */
/** @typedef {{intervals: Interval[], sessions: {from_ms: number, to_ms: number, open: boolean}[], states: StateTime[], unknown_ms: number, asked: Asked}} AgentDay */

/**
 * Which figures are wanted.
 * @typedef {object} Wish
 * @property {'queues'|'agents'} of
 * @property {'today'|'yesterday'|'week'|'days'} period
 * @property {string} from a day, for `days`
 * @property {string} to a day, for `days`
 * @property {'arrival'|'end'} interval
 * @property {string} threshold_s empty: the server's
 * @property {string} site its queues and agents, by its clocks; empty for all, by the server's
 */

/** The figures that each queue shows in its row, in order. */
export const QUEUE_COLUMNS = /** @type {const} */ ([
  'offered', 'answered', 'abandoned', 'short_abandoned', 'flow_outs', 'service_level', 'asa', 'aht', 'occupancy', 'transfer_rate', 'hold_rate', 'rona_rate',
]);

/** Those of each agent. */
export const AGENT_COLUMNS = /** @type {const} */ (['calls', 'handled', 'total_talk', 'total_hold', 'total_wrap_up', 'aht', 'occupancy', 'rona_rate']);

/** What a figure can be compared with: the same idea by other definitions. @type {Record<string, readonly string[]>} */
export const KIN = {
  service_level: [
    'genesys_service_level', 'genesys_service_level_flow_outs', 'genesys_service_level_no_short', 'wazo_service_level',
    'twilio_service_level', 'asterisk_service_level', 'asterisk_service_level_2',
  ],
  abandoned: ['abandon_rate', 'amazon_abandon_rate', 'abandon_wait'],
  answered: ['answer_rate', 'wazo_answer_rate', 'answered_in_time', 'wait_unknown'],
  flow_outs: ['timeouts', 'left_empty', 'withdrawn', 'left_otherwise', 'refused'],
  aht: ['talk', 'hold', 'wrap_up'],
  rona_rate: ['rung_in_vain'],
};

/**
 * The day before or after, as the server writes days. @param {string} day @param {number} by
 */
function dayBeside(day, by) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

/**
 * The day that it is, in a zone whose days begin later than midnight. @param {number} now @param {string} zone @param {string} dayStart
 */
export function dayOf(now, zone, dayStart) {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).formatToParts(now);
  const of = (/** @type {string} */ type) => parts.find((part) => part.type === type)?.value ?? '';
  const day = `${of('year')}-${of('month')}-${of('day')}`;
  return `${of('hour')}:${of('minute')}` < dayStart ? dayBeside(day, -1) : day;
}

/**
 * The part of an address that says which period and by which rules. Days are those of the zone that the
 * server named; `today` needs none.
 * @param {Wish} wish @param {string} today the day that it is there
 */
export function queryOf(wish, today) {
  const query = new URLSearchParams();
  if (wish.period === 'yesterday') {
    query.set('from', dayBeside(today, -1));
    query.set('to', dayBeside(today, -1));
  } else if (wish.period === 'week') {
    query.set('from', dayBeside(today, -6));
    query.set('to', today);
  } else if (wish.period === 'days') {
    query.set('from', wish.from || today);
    query.set('to', wish.to || wish.from || today);
  }
  if (wish.interval !== 'arrival') query.set('interval', wish.interval);
  const seconds = Number(wish.threshold_s);
  if (wish.threshold_s !== '' && Number.isFinite(seconds) && seconds >= 0) query.set('threshold_ms', String(Math.round(seconds * 1000)));
  if (wish.site) query.set('site', wish.site);
  return query;
}

/**
 * The same for what knows no sites (an agent's day, an export): of the same days, so with the clocks of what was
 * answered.
 * @param {URLSearchParams} query @param {{zone: string, start: string}} place
 */
export function withoutSite(query, place) {
  const other = new URLSearchParams(query);
  if (other.has('site')) {
    other.delete('site');
    other.set('zone', place.zone);
    other.set('day_start', place.start);
  }
  return other;
}

/** Today's figures of every queue, as they were when they were asked for. @typedef {{at: number, figures: Map<string, Figures>}} Today */

/** How often today's are asked for, and how old they may be. */
const EVERY_MS = 5000;
/** How often it is looked whether the server is there. */
const SOON_MS = 500;
export const OLD_MS = 20000;

/**
 * Asks for today's again and again while the page is seen, and tells each answer. What is not answered is
 * not told: who shows the last one shows its age.
 * @param {(address: string) => Promise<{body: any}|{slug: string, message: string}>} ask
 * @param {(today: Today) => void} tell
 * @param {() => boolean} reached whether the server is there at all
 */
export function followToday(ask, tell, reached) {
  const look = async () => {
    if (!document.hidden && reached()) {
      const answer = await ask('api/figures/queues');
      if ('body' in answer) {
        const rows = /** @type {QueueRow[]} */ (answer.body.rows);
        tell({ at: answer.body.as_of_ms, figures: new Map(rows.map((row) => [row.id, row.figures])) });
      }
    }
    setTimeout(look, reached() ? EVERY_MS : SOON_MS);
  };
  void look();
}
