/** One operation, and one message of the WebSocket, as people read them. */

import { h } from '../render/dom.js';
import { fields, kind, resolve, types } from './schema.js';

/** @import {Words} from './schema.js' */
/** @typedef {{method: string, path: string, tag: string, text: string, of: any}} Operation */

/** Every operation of a document, in its order. @param {any} document @returns {Operation[]} */
export function operations(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(/** @type {Record<string, any>} */ (item)).map(([method, of]) => ({
      method: method.toUpperCase(), path, tag: String(of.tags?.[0] ?? ''), of,
      text: [method, path, of.summary, of.description, of['x-right'], ...(of.parameters ?? []).map((/** @type {any} */ one) => one.name)].join(' ').toLowerCase(),
    })));
}

/** Whether each of these words is in it. @param {Operation} operation @param {string} search */
export function matches(operation, search) {
  return search.toLowerCase().split(/\s+/).every((word) => operation.text.includes(word));
}

/** Words, of which some are `code`. @param {string} text */
const marked = (text) => text.split('`').map((part, n) => (n % 2 ? h('code', '', part) : part));

/** @param {string} text */
const prose = (text) => h('p', '', ...marked(text));

/** @param {string} title @param {...Node} children */
const part = (title, ...children) => h('section', 'docs-part', h('h4', '', title), ...children);

/** @param {any} value */
const json = (value) => {
  const shown = h('pre', '', JSON.stringify(value, null, 2));
  shown.tabIndex = 0;
  return shown;
};

/** @param {{name: string, kind: string, needed: boolean, words: string, place?: string}[]} rows @param {Words} words */
function table(rows, words) {
  const lines = rows.map((row) => h('tr', '',
    h('th', '', h('code', '', row.name)),
    h('td', 'docs-kind', row.place ? `${row.place}, ${row.kind}` : row.kind),
    h('td', '', row.needed ? h('strong', '', words.needed, ' ') : '', ...marked(row.words))));
  for (const line of lines) line.firstElementChild?.setAttribute('scope', 'row');
  return h('table', 'docs-table', h('tbody', '', ...lines));
}

/** The fields of a schema, then those of each type that it is made of. @param {any} document @param {any} schema @param {Words} words */
function shape(document, schema, words) {
  const own = fields(resolve(document, schema), words);
  const root = schema?.$ref ? String(schema.$ref).split('/').pop() : '';
  const others = types(document, schema).filter((name) => name !== root).map((name) => {
    const of = resolve(document, { $ref: `#/components/schemas/${name}` });
    return h('details', 'docs-type', h('summary', '', h('code', '', name), ' ', ...marked(String(of.description ?? ''))), table(fields(of, words), words));
  });
  return [h('p', 'docs-kind', kind(schema, words)), ...(own.length ? [table(own, words)] : []), ...others];
}

/** @param {any} document @param {string} status @param {any} answer @param {Words} words */
function answerOf(document, status, answer, words) {
  const whole = resolve(document, answer);
  const [type, content] = Object.entries(/** @type {Record<string, any>} */ (whole.content ?? {}))[0] ?? [];
  const good = Number(status) < 400;
  const inside = good && type === 'application/json' ? shape(document, content.schema, words) : [];
  const line = h('div', 'docs-answer', h('strong', good ? 'docs-good' : 'docs-bad', status), h('div', '', prose(String(whole.description ?? '')), ...(good && type && type !== 'application/json' ? [h('p', 'docs-kind', type)] : []), ...inside));
  return line;
}

/** What is shown when it is opened. @param {any} document @param {Operation} operation @param {Words} words */
function inside(document, { of }, words) {
  const parts = [...String(of.description ?? '').split('\n\n').map(prose)];
  const facts = h('dl', 'docs-facts');
  if (of['x-right']) facts.append(h('dt', '', words.right), h('dd', '', h('code', '', of['x-right'])));
  facts.append(h('dt', '', words.within), h('dd', '', words.withins[of['x-within']] ?? String(of['x-within'])));
  parts.push(/** @type {any} */ (facts));
  const asked = (of.parameters ?? []).map((/** @type {any} */ one) => ({ name: one.name, place: one.in, kind: kind(one.schema, words), needed: one.required === true, words: String(one.description ?? '') }));
  if (asked.length > 0) parts.push(/** @type {any} */ (part(words.parameters, table(asked, words))));
  const body = of.requestBody?.content?.['application/json'];
  if (body) {
    const most = h('p', 'soft', words.limit(new Intl.NumberFormat(document.lang).format(of['x-body-limit'])));
    parts.push(/** @type {any} */ (part(words.body, most, ...shape(document, body.schema, words), h('h5', '', words.example), json(body.example))));
  }
  const answers = Object.entries(of.responses ?? {}).map(([status, answer]) => answerOf(document, status, answer, words));
  parts.push(/** @type {any} */ (part(words.answers, ...answers)));
  return parts;
}

/** One line that opens. @param {any} document @param {Operation} operation @param {Words} words */
export function drawn(document, operation, words) {
  const head = h('summary', '', h('span', `docs-method docs-${operation.method.toLowerCase()}`, operation.method), ' ', h('code', '', operation.path), ' ', h('span', 'docs-summary', String(operation.of.summary ?? '')));
  const element = h('details', 'docs-operation', head);
  element.id = String(operation.of.operationId);
  // what is inside is many nodes: made when somebody looks
  element.addEventListener('toggle', () => {
    if (element.open && element.childElementCount === 1) element.append(h('div', 'docs-inside', ...inside(document, operation, words)));
  });
  return element;
}

/** The messages of the WebSocket. @param {any} document @param {Words} words */
export function messages(document, words) {
  return (document['x-websocket']?.messages ?? []).map((/** @type {any} */ one) => {
    const way = one.from === 'client' ? words.toServer : words.toClient;
    return h('details', 'docs-operation', h('summary', '', h('code', '', String(one.name)), ' ', h('span', 'docs-kind', way), ' ', h('span', 'docs-summary', String(one.words))), h('div', 'docs-inside', json(one.example)));
  });
}
