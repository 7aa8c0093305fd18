/**
 * What nodes there are: for each type its fields and its ports. The side panel, the canvas, the outline and the
 * simulator follow from this table; words for all of it stand in `types-en.js` and `types-fr.js`.
 */

/** @import {Content, Drawing, FlowNode} from './drawing.js' */

/** How a field is edited. @typedef {'line'|'prompt'|'template'|'number'|'flag'|'choice'|'zone'|'flow'|'queue'|'variable'|'rows'|'days'|'date'|'time'|'json'} Kind */

/**
 * One field of a content.
 * @typedef {object} Field
 * @property {string} name
 * @property {Kind} kind
 * @property {any} [otherwise] what holds when it is absent
 * @property {string[]} [of] the values of a choice
 * @property {number} [least]
 * @property {number} [most]
 * @property {Field[]} [row] the fields of each row
 * @property {(rows: any[]) => any} [fresh] a new row
 * @property {string} [port] the field of a row that names its port
 * @property {(content: Content) => boolean} [when] it is asked for only then
 */

/** A way out. `word`: of the table of port words; `text`: as somebody wrote it; `after`: where it leads when it is not drawn. @typedef {{id: string, word: string, text: string, after: string|null}} Port */

/** @typedef {{tone: string, sign: string, fields: Field[], ports: (content: Content) => Port[], fresh: () => Content}} NodeType */

/** @param {string} id @param {string|null} [after] @returns {Port} */
const port = (id, after = null) => ({ id, word: id, text: '', after });
/** @param {Content} content @param {string} name @returns {any[]} */
const rowsOf = (content, name) => (Array.isArray(content?.[name]) ? content[name].filter((/** @type {any} */ row) => row !== null && typeof row === 'object') : []);
/** The first of `name-1`, `name-2` ... that no row has. @param {any[]} rows @param {string} field @param {string} name */
function freeIn(rows, field, name) {
  for (let n = 1; ; n += 1) if (!rows.some((row) => row?.[field] === `${name}-${n}`)) return `${name}-${n}`;
}

/** @type {Field} */
const PROMPT = { name: 'prompt', kind: 'prompt' };
const KEYS = [...'1234567890*#'];

/** @type {Field[]} */
const OPTION = [{ name: 'key', kind: 'choice', of: KEYS }, { name: 'label', kind: 'line' }];

/** @param {any} row */
const isRecurring = (row) => row.isRecurring === true;
/** @param {any} row */
const hasHours = (row) => row.allDay !== true;

/** @type {Field[]} */
const EVENT = [
  { name: 'name', kind: 'line' },
  { name: 'eventType', kind: 'choice', of: ['open', 'closed'], otherwise: 'open' },
  { name: 'isRecurring', kind: 'flag' },
  { name: 'days', kind: 'days', when: isRecurring },
  { name: 'startDate', kind: 'date', when: (row) => !isRecurring(row) },
  { name: 'endDate', kind: 'date', when: (row) => !isRecurring(row) },
  { name: 'allDay', kind: 'flag' },
  { name: 'startTime', kind: 'time', when: hasHours },
  { name: 'endTime', kind: 'time', when: hasHours },
];

/** How a variable is compared. */
export const TESTS = ['equals', 'not_equals', 'starts_with', 'contains', 'empty', 'filled', 'less', 'greater', 'pattern', 'prefix'];
/** @param {any} test */
const isOfTime = (test) => test.of === 'time';

/** @type {Field[]} */
const TEST = [
  { name: 'of', kind: 'variable' },
  { name: 'is', kind: 'choice', of: TESTS, when: (test) => !isOfTime(test) },
  { name: 'value', kind: 'template', when: (test) => !isOfTime(test) && !['empty', 'filled'].includes(test.is) },
  { name: 'timezone', kind: 'zone', when: isOfTime },
  { name: 'days', kind: 'days', when: isOfTime },
  { name: 'from', kind: 'time', when: isOfTime },
  { name: 'until', kind: 'time', when: isOfTime },
];

const NAMED = () => ({ name: '', value: '' });
/** Names that a variable cannot be given: `time` is the clock. */
export const OWN_VARIABLES = ['caller', 'called'];

const QUEUE_ENDS = ['out-timeout', 'out-full', 'out-joinempty', 'out-leaveempty', 'out-joinunavail', 'out-leaveunavail', 'out-failed'];

/** The browser's own zone: most often the site's. */
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @type {Record<string, NodeType>} */
export const TYPES = {
  start: { tone: 'free', sign: '▶', fields: [], ports: () => [port('out')], fresh: () => ({}) },
  media: { tone: 'talking', sign: '♪', fields: [PROMPT], ports: () => [port('out')], fresh: () => ({ prompt: '' }) },
  say: {
    tone: 'talking', sign: '“',
    fields: [{ name: 'text', kind: 'template' }, { name: 'language', kind: 'choice', of: ['fr', 'en'], otherwise: 'fr' }],
    ports: () => [port('out')],
    fresh: () => ({ text: '' }),
  },
  menu: {
    tone: 'ringing', sign: '*',
    fields: [
      PROMPT,
      {
        name: 'options', kind: 'rows', row: OPTION, port: 'portId',
        fresh: (rows) => ({ key: KEYS.find((key) => !rows.some((row) => row?.key === key)) ?? '1', portId: freeIn(rows, 'portId', 'out'), label: '' }),
      },
      { name: 'timeoutMs', kind: 'number', otherwise: 5000, least: 1000, most: 60_000 },
      { name: 'tries', kind: 'number', otherwise: 3, least: 1, most: 10 },
      { name: 'repeats', kind: 'number', otherwise: 0, least: 0, most: 9 },
    ],
    ports: (content) => [
      ...rowsOf(content, 'options').map((row) => ({ id: String(row.portId ?? ''), word: '', text: `${row.key ?? '?'} ${row.label ?? ''}`.trim(), after: null })),
      port('out-timeout'), port('out-invalid', 'out-timeout'),
    ],
    fresh: () => ({ prompt: '', options: [{ key: '1', portId: 'out-1', label: '' }] }),
  },
  digits: {
    tone: 'ringing', sign: '#',
    fields: [
      PROMPT,
      { name: 'variable', kind: 'variable' },
      { name: 'min', kind: 'number', otherwise: 1, least: 1, most: 32 },
      { name: 'max', kind: 'number', otherwise: 10, least: 1, most: 32 },
      { name: 'terminator', kind: 'choice', of: ['#', '*', ''], otherwise: '#' },
      { name: 'timeoutMs', kind: 'number', otherwise: 5000, least: 1000, most: 60_000 },
      { name: 'tries', kind: 'number', otherwise: 3, least: 1, most: 10 },
      { name: 'secret', kind: 'flag' },
    ],
    ports: () => [port('out-ok'), port('out-timeout'), port('out-invalid', 'out-timeout')],
    fresh: () => ({ prompt: '', variable: '' }),
  },
  calendar: {
    tone: 'wrap_up', sign: '◷',
    fields: [
      { name: 'timezone', kind: 'zone' },
      {
        name: 'events', kind: 'rows', row: EVENT, port: 'id',
        fresh: (rows) => ({ id: freeIn(rows, 'id', 'evt'), name: '', eventType: 'open', isRecurring: true, allDay: false, days: ['mon', 'tue', 'wed', 'thu', 'fri'], startTime: '09:00', endTime: '18:00', startDate: '', endDate: '' }),
      },
    ],
    ports: (content) => [...rowsOf(content, 'events').map((row) => ({ id: String(row.id ?? ''), word: '', text: String(row.name || row.id || ''), after: null })), port('out-default')],
    fresh: () => ({ timezone: zone(), events: [] }),
  },
  condition: {
    tone: 'wrap_up', sign: '?',
    fields: [{
      name: 'cases', kind: 'rows', port: 'portId', fresh: (rows) => ({ portId: freeIn(rows, 'portId', 'case'), label: '', all: [{ of: 'caller', is: 'starts_with', value: '' }] }),
      row: [{ name: 'label', kind: 'line' }, { name: 'all', kind: 'rows', row: TEST, fresh: () => ({ of: 'caller', is: 'equals', value: '' }) }],
    }],
    ports: (content) => [...rowsOf(content, 'cases').map((row) => ({ id: String(row.portId ?? ''), word: '', text: String(row.label || row.portId || ''), after: null })), port('out-default')],
    fresh: () => ({ cases: [] }),
  },
  set: {
    tone: 'quiet', sign: '=',
    fields: [
      { name: 'variables', kind: 'rows', row: [{ name: 'name', kind: 'line' }, { name: 'value', kind: 'template' }], fresh: NAMED },
      { name: 'channel', kind: 'rows', row: [{ name: 'name', kind: 'line' }, { name: 'value', kind: 'template' }], fresh: () => ({ name: 'FLOW_', value: '' }) },
    ],
    ports: () => [port('out')],
    fresh: () => ({ variables: [{ name: '', value: '' }] }),
  },
  transfer: {
    tone: 'free', sign: '→',
    fields: [
      { name: 'to', kind: 'choice', of: ['number', 'extension', 'queue', 'trunk'], otherwise: 'number' },
      { name: 'number', kind: 'template' },
      { name: 'trunk', kind: 'line', when: (content) => content.to === 'trunk' },
      { name: 'timeoutS', kind: 'number', otherwise: 30, least: 5, most: 300 },
    ],
    ports: () => [port('out'), port('out-busy', 'out'), port('out-noanswer', 'out'), port('out-failed', 'out')],
    fresh: () => ({ number: '' }),
  },
  queue: {
    tone: 'free', sign: '≡',
    fields: [
      { name: 'queue', kind: 'queue' },
      { name: 'timeoutS', kind: 'number', otherwise: 300, least: 1, most: 86_400 },
      { name: 'priority', kind: 'number', otherwise: 0, least: 0, most: 100 },
      { name: 'position', kind: 'number', least: 1, most: 1000 },
    ],
    ports: () => [port('out'), ...QUEUE_ENDS.map((id) => port(id, 'out')), port('out-answered', '')],
    fresh: () => ({ queue: '' }),
  },
  voicemail: { tone: 'paused', sign: '✉', fields: [PROMPT], ports: () => [], fresh: () => ({ prompt: '' }) },
  ai: {
    tone: 'free', sign: '☺',
    fields: [{ name: 'assistant', kind: 'line' }],
    ports: () => [port('out'), port('out-human'), port('out-failed')],
    fresh: () => ({}),
  },
  callback: {
    tone: 'paused', sign: '↩',
    fields: [
      { name: 'number', kind: 'template', otherwise: '{caller}' },
      { name: 'note', kind: 'template' },
      { name: 'attempts', kind: 'number', otherwise: 3, least: 1, most: 10 },
    ],
    ports: () => [port('out-ok'), port('out-failed')],
    fresh: () => ({}),
  },
  http: {
    tone: 'doubt', sign: '⇄',
    fields: [
      { name: 'method', kind: 'choice', of: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], otherwise: 'GET' },
      { name: 'url', kind: 'template' },
      { name: 'headers', kind: 'rows', row: [{ name: 'name', kind: 'line' }, { name: 'value', kind: 'template' }], fresh: NAMED },
      { name: 'body', kind: 'json', when: (content) => (content.method ?? 'GET') !== 'GET' },
      { name: 'timeoutMs', kind: 'number', otherwise: 3000, least: 100, most: 10_000 },
      { name: 'save', kind: 'rows', row: [{ name: 'pointer', kind: 'line' }, { name: 'variable', kind: 'variable' }], fresh: () => ({ pointer: '/', variable: '' }) },
    ],
    ports: () => [port('out-ok'), port('out-failed')],
    fresh: () => ({ url: 'https://' }),
  },
  lookup: {
    tone: 'doubt', sign: '⌕',
    fields: [{ name: 'save', kind: 'rows', row: [{ name: 'field', kind: 'line' }, { name: 'variable', kind: 'variable' }], fresh: () => ({ field: 'name', variable: '' }) }],
    ports: () => [port('out-found'), port('out-unknown'), port('out-failed', 'out-unknown')],
    fresh: () => ({}),
  },
  goto: { tone: 'quiet', sign: '↷', fields: [{ name: 'flow', kind: 'flow' }], ports: () => [], fresh: () => ({ flow: '' }) },
  hangup: {
    tone: 'trouble', sign: '■',
    fields: [{ name: 'cause', kind: 'choice', of: ['normal', 'busy', 'noanswer', 'rejected', 'congestion', 'unallocated'], otherwise: 'normal' }],
    ports: () => [],
    fresh: () => ({}),
  },
};

/** In the order in which they are offered. */
export const OFFERED = ['media', 'say', 'menu', 'digits', 'calendar', 'condition', 'transfer', 'queue', 'ai', 'voicemail', 'callback', 'set', 'lookup', 'http', 'goto', 'hangup', 'start'];

/** @param {string} type @returns {NodeType|null} */
export const typeOf = (type) => (Object.hasOwn(TYPES, type) ? (TYPES[type] ?? null) : null);

/**
 * All ways out: those of the type, then those that are drawn and not of it, which are kept.
 * @param {FlowNode} node @param {readonly string[]} drawn the ports of its lines @returns {Port[]}
 */
export function portsOf(node, drawn) {
  const own = typeOf(node.type)?.ports(node.content) ?? [];
  const known = new Set(own.map((one) => one.id));
  const also = [...new Set(drawn)].filter((id) => !known.has(id)).map((id) => ({ id, word: '', text: id, after: null }));
  return [...own.filter((one, n) => own.findIndex((other) => other.id === one.id) === n), ...also];
}

/** The ports that a card shows: an optional one only when it is drawn. @param {FlowNode} node @param {readonly string[]} drawn */
export const shownPorts = (node, drawn) => portsOf(node, drawn).filter((one) => one.after === null || drawn.includes(one.id));

/** Variables that a drawing names somewhere. @param {Drawing} drawing */
export function variablesOf(drawing) {
  const names = new Set([...OWN_VARIABLES, 'digits', 'http_status']);
  for (const { content } of drawing.nodes) {
    for (const row of [...rowsOf(content, 'save'), content]) if (typeof row?.variable === 'string' && row.variable) names.add(row.variable);
    for (const row of rowsOf(content, 'variables')) if (typeof row.name === 'string' && row.name) names.add(row.name);
  }
  return [...names];
}
