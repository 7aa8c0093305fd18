/** The list of flows, and that of called numbers, with what one does to them. */

import { ask as request } from '../api.js';
import { choice, text } from '../people/fields.js';
import { h } from '../render/dom.js';
import { ask, button, counted, moment, number, page, say } from './page.js';

/** @import {Answer} from '../api.js' */
/** @import {FlowNode, Line} from './drawing.js' */
/** @import {Fault} from './faults.js' */

/** @typedef {{id: string, name: string, nodes: FlowNode[], connections: Line[], createdAt: string, updatedAt: string, published: number|null, changed: boolean, isDefault: boolean, faults: Fault[]}} Flow */
/** @typedef {{id: string, number: string, description: string, trunkId: string|null, ivrFlowId: string|null}} Did */
/** @typedef {{flows: Flow[], dids: Did[], open: (id: string) => void, again: () => Promise<void>}} Lists */

/** @param {string} id */
export const at = (id) => `api/ivr-flows/${encodeURIComponent(id)}`;
/** What a new flow begins with. */
const FIRST = { nodes: [{ id: 'start', type: 'start', name: '', x: 40, y: 160, content: {} }], connections: [] };

/** @param {string} caption @param {string[]} heads @param {(Node|string)[][]} lines */
function table(caption, heads, lines) {
  const head = h('tr', '', ...heads.map((words) => {
    const cell = h('th', '', words);
    cell.scope = 'col';
    return cell;
  }));
  const rows = lines.map((cells) => h('tr', '', ...cells.map((cell) => h('td', '', cell))));
  return h('table', 'admin-table', h('caption', 'hidden', caption), h('thead', '', head), h('tbody', '', ...rows));
}

/** @param {Lists} lists @param {string} words @returns {(act: () => Promise<Answer>) => Promise<Answer>} */
const doing = (lists, words) => async (act) => {
  const answer = await act();
  if (answer.ok) {
    await lists.again();
    say(words);
  }
  return answer;
};

/** @param {Flow} flow */
function state(flow) {
  const { list: w } = page.words;
  const parts = [flow.published === null ? w.never : w.version(number(flow.published))];
  if (flow.published !== null && flow.changed) parts.push(w.differs);
  if (flow.faults.length) parts.push(counted(flow.faults.length, page.words.counted.faults));
  return parts.join(' · ');
}

/** @param {Lists} lists */
export function flowsView(lists) {
  const { list: w } = page.words;
  const add = button(w.add, () => addFlow(lists), 'strong');
  add.id = 'add-flow';
  const bar = h('div', 'admin-bar', add, h('span', 'soft', counted(lists.flows.length, page.words.counted.flows)));
  if (!lists.flows.length) return [bar, h('p', 'none-yet', w.none)];
  const byDefault = lists.flows.find((flow) => flow.isDefault);
  const hint = byDefault ? [] : [h('p', 'soft flows-hint', w.noDefault)];
  const lines = lists.flows.map((flow) => {
    const name = button(flow.name, () => lists.open(flow.id));
    const numbers = lists.dids.filter((did) => did.ivrFlowId === flow.id).map((did) => did.number).join(', ');
    const mark = flow.isDefault
      ? h('span', 'row-verbs', h('span', 'mark', w.isDefault), button(w.takeDefault, () => void takeDefault(lists, flow)))
      : button(w.makeDefault, () => void makeDefault(lists, flow));
    const tone = mark.querySelector('.mark');
    if (tone instanceof HTMLElement) tone.dataset.tone = 'free';
    mark.querySelector('button')?.setAttribute('aria-label', `${w.takeDefault} ${flow.name}`);
    const verbs = h('span', 'row-verbs', button(w.rename, () => rename(lists, flow)), button(w.duplicate, () => duplicate(lists, flow)), button(w.remove, () => remove(lists, flow)));
    for (const verb of verbs.querySelectorAll('button')) verb.setAttribute('aria-label', `${verb.textContent} ${flow.name}`);
    if (mark instanceof HTMLButtonElement) mark.setAttribute('aria-label', `${w.makeDefault} ${flow.name}`);
    return [name, state(flow), mark, numbers || '–', moment(flow.updatedAt), verbs];
  });
  return [bar, ...hint, table(w.flows, [w.name, w.state, w.default, w.numbers, w.saved, w.verbs], lines)];
}

/** @param {Lists} lists */
function addFlow(lists) {
  const { list: w, fields } = page.words;
  const name = text('name', fields.name, '', { required: true });
  ask({
    title: w.add, parts: [name.element], yes: w.make,
    act: async () => {
      const nodes = FIRST.nodes.map((node) => ({ ...node, name: page.words.types.start.name }));
      const answer = await request('POST', 'api/ivr-flows', { name: name.value().trim(), ...FIRST, nodes, draft: true });
      if (answer.ok) lists.open(answer.body.id);
      return answer;
    },
  });
}

/** @param {Lists} lists @param {Flow} flow */
function rename(lists, flow) {
  const { list: w, fields } = page.words;
  const name = text('name', fields.name, flow.name, { required: true });
  ask({ title: w.rename, parts: [name.element], yes: w.rename, act: () => doing(lists, w.renamed)(() => request('PUT', at(flow.id), { name: name.value().trim(), draft: true, base: flow.updatedAt })) });
}

/** @param {Lists} lists @param {Flow} flow */
async function duplicate(lists, flow) {
  const { list: w } = page.words;
  const answer = await doing(lists, w.duplicated)(() => request('POST', `${at(flow.id)}/duplicate`));
  if (!answer.ok) refuse(answer);
}

/** @param {Answer} answer */
function refuse(answer) {
  ask({ title: page.words.refused, parts: [], yes: page.words.cancel, no: '', act: async () => answer });
  document.getElementById('dialog-yes')?.click();
}

/** @param {Lists} lists @param {Flow} flow */
async function makeDefault(lists, flow) {
  const answer = await doing(lists, page.words.list.madeDefault(flow.name))(() => request('PUT', `${at(flow.id)}/default`, {}));
  if (!answer.ok) refuse(answer);
}

/** Numbers lead to the oldest flow again. @param {Lists} lists @param {Flow} flow */
async function takeDefault(lists, flow) {
  const answer = await doing(lists, page.words.list.tookDefault)(() => request('DELETE', `${at(flow.id)}/default`));
  if (!answer.ok) refuse(answer);
}

/** What stands in the way of taking a flow away, in words. @param {Lists} lists @param {Flow} flow */
function inTheWay(lists, flow) {
  const { list: w } = page.words;
  const numbers = lists.dids.filter((did) => did.ivrFlowId === flow.id).map((did) => did.number);
  const others = lists.flows.filter((other) => other.id !== flow.id && other.nodes.some((node) => node.type === 'goto' && node.content?.flow === flow.id));
  return [
    ...(numbers.length ? [w.hasNumbers(numbers.join(', '))] : []),
    ...(flow.isDefault ? [w.hasDefault] : []),
    ...(others.length ? [w.hasOthers(others.map((other) => other.name).join(', '))] : []),
    ...(flow.published !== null ? [w.isWalked(number(flow.published))] : []),
  ];
}

/** @param {Lists} lists @param {Flow} flow */
function remove(lists, flow) {
  const { list: w } = page.words;
  const ways = inTheWay(lists, flow);
  const parts = [h('p', '', w.removes), ...(ways.length ? [h('ul', 'in-the-way', ...ways.map((words) => h('li', '', words)))] : [])];
  ask({ title: w.really(flow.name), parts, yes: w.remove, act: () => doing(lists, w.removed)(() => request('DELETE', at(flow.id))) });
}

/** @param {Lists} lists */
export function didsView(lists) {
  const { list: w } = page.words;
  const add = button(w.addDid, () => editDid(lists, null), 'strong');
  add.id = 'add-did';
  const bar = h('div', 'admin-bar', add, h('span', 'soft', counted(lists.dids.length, page.words.counted.dids)));
  if (!lists.dids.length) return [bar, h('p', 'none-yet', w.noDids)];
  const lines = lists.dids.map((did) => {
    const flow = lists.flows.find((one) => one.id === did.ivrFlowId);
    const to = flow ? button(flow.name, () => lists.open(flow.id)) : h('span', 'soft', w.toDefault);
    const gone = button(w.remove, () => removeDid(lists, did));
    gone.setAttribute('aria-label', `${w.remove} ${did.number}`);
    return [button(did.number, () => editDid(lists, did)), did.description || '–', to, h('span', 'row-verbs', gone)];
  });
  return [bar, h('p', 'soft flows-hint', w.didsHint), table(w.dids, [page.words.fields.number, page.words.fields.description, page.words.fields.ivrFlowId, w.verbs], lines)];
}

/** @param {Lists} lists @param {Did|null} did */
function editDid(lists, did) {
  const { list: w, fields } = page.words;
  const called = text('number', fields.number, did?.number ?? '', { required: true, type: 'tel', hint: w.numberHint });
  const described = text('description', fields.description, did?.description ?? '');
  const flows = lists.flows.map((flow) => /** @type {[string, string]} */ ([flow.id, flow.published === null ? `${flow.name} (${w.never})` : flow.name]));
  const flow = choice('ivrFlowId', fields.ivrFlowId, [['', w.toDefault], ...flows], did?.ivrFlowId ?? '');
  const body = () => ({ number: called.value().trim(), description: described.value().trim(), ivrFlowId: flow.value() || null });
  const save = () => (did ? request('PUT', `api/dids/${encodeURIComponent(did.id)}`, body()) : request('POST', 'api/dids', body()));
  ask({ title: did?.number ?? w.addDid, parts: [called.element, described.element, flow.element], yes: page.words.save, act: () => doing(lists, w.savedDid)(save) });
}

/** @param {Lists} lists @param {Did} did */
function removeDid(lists, did) {
  const { list: w } = page.words;
  ask({
    title: w.really(did.number), parts: [h('p', '', w.removesDid)], yes: w.remove,
    act: () => doing(lists, w.removedDid)(() => request('DELETE', `api/dids/${encodeURIComponent(did.id)}`)),
  });
}
