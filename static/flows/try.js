/** A call that is tried in the page: who tries plays the caller, and what the outside answers. */

import { h } from '../render/dom.js';
import { lineKey } from './canvas.js';
import { nodeOf, titleOf } from './drawing.js';
import { button, page } from './page.js';
import { wordOfPort } from './say.js';
import { DIALLED, QUEUED, TALKED, Walk } from './walk.js';

/** @import {Drawing} from './drawing.js' */
/** @import {Answer} from './walk.js' */

/** @typedef {{id: () => string, drawing: () => Drawing, flows: (id: string) => Drawing|null, again: () => void, show: (node: string) => void}} Stage */

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** @param {Date} date as a field for local times has it */
const local = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export class Trial {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Walk|null} */
    this.walk = null;
    this.at = '';
    this.caller = '+33 6 12 34 56 78';
    this.called = '+33 1 70 00 00 01';
  }

  begin() {
    const now = this.at ? new Date(this.at).getTime() : Date.now();
    const { stage } = this;
    this.walk = new Walk(stage.drawing(), { now: Number.isNaN(now) ? Date.now() : now, caller: this.caller, called: this.called, id: stage.id(), flows: stage.flows });
    this.moved();
  }

  end() {
    this.walk = null;
    this.moved();
  }

  /** @param {Answer} answer */
  answer(answer) {
    this.walk?.answer(answer);
    this.moved();
  }

  moved() {
    const visit = this.walk?.visits.at(-1);
    this.stage.again();
    if (visit && visit.flow === this.stage.id()) this.stage.show(visit.node);
    document.getElementById('try-next')?.focus();
  }

  /** Where he came by and where he is. @returns {Map<string, 'past'|'now'>} */
  way() {
    /** @type {Map<string, 'past'|'now'>} */
    const way = new Map();
    const here = this.walk?.visits.filter((visit) => visit.flow === this.stage.id()) ?? [];
    for (const visit of here) way.set(visit.node, 'past');
    const last = this.walk?.visits.at(-1);
    if (last && last.flow === this.stage.id() && !this.walk?.end) way.set(last.node, 'now');
    return way;
  }

  /** @returns {Set<string>} */
  walked() {
    return new Set((this.walk?.visits ?? []).filter((visit) => visit.flow === this.stage.id() && visit.port).map((visit) => lineKey(visit.node, visit.port)));
  }

  /** @returns {HTMLElement[]} */
  elements() {
    const { trial: w } = page.words;
    if (!this.walk) return [h('p', 'soft', w.explain), ...this.settings(), button(w.begin, () => this.begin(), 'strong')];
    return [this.path(this.walk), this.next(this.walk), this.known(this.walk)];
  }

  settings() {
    const { trial: w } = page.words;
    const field = (/** @type {string} */ label, /** @type {'at'|'caller'|'called'} */ name, /** @type {string} */ type, /** @type {string} */ value) => {
      const input = h('input');
      input.id = `try-${name}`;
      input.type = type;
      input.value = value;
      input.addEventListener('input', () => (this[name] = input.value));
      const words = h('label', '', label);
      words.htmlFor = input.id;
      return h('div', 'field', words, input);
    };
    return [
      field(w.at, 'at', 'datetime-local', this.at || local(new Date())),
      field(w.caller, 'caller', 'text', this.caller),
      field(w.called, 'called', 'text', this.called),
    ];
  }

  /** @param {Walk} walk */
  path(walk) {
    const { trial: w } = page.words;
    const steps = walk.visits.map((visit, n) => {
      const drawing = visit.flow === this.stage.id() ? this.stage.drawing() : this.stage.flows(visit.flow);
      const node = drawing && nodeOf(drawing, visit.node);
      const port = visit.port && node ? ` → ${wordOfPort(node, visit.port)}` : '';
      const step = h('li', '', `${node ? titleOf(node) : visit.node}${port}`);
      if (n === walk.visits.length - 1 && !walk.end) step.setAttribute('aria-current', 'step');
      return step;
    });
    const list = h('ol', 'try-path', ...steps);
    list.setAttribute('aria-label', w.path);
    return list;
  }

  /** What happens now, and what one may do. @param {Walk} walk */
  next(walk) {
    const { trial: w } = page.words;
    if (walk.end) {
      const again = h('div', 'try-verbs', button(w.again, () => this.begin(), 'strong'), button(w.other, () => this.end()));
      const said = h('p', 'try-said', w.ends[walk.end]);
      said.id = 'try-next';
      said.tabIndex = -1;
      return h('div', 'try-now', said, again);
    }
    const said = h('p', 'try-said', walk.node && walk.waiting ? w.waits[walk.waiting](walk.said()) : '');
    said.id = 'try-next';
    said.tabIndex = -1;
    const gone = button(w.hangUp, () => this.answer({ hangup: true }), 'danger');
    return h('div', 'try-now', said, ...this.choices(walk), h('div', 'try-verbs', gone, button(w.other, () => this.end())));
  }

  /** @param {Walk} walk @returns {HTMLElement[]} */
  choices(walk) {
    const { trial: w } = page.words;
    const silence = (/** @type {string} */ words) => h('div', 'try-verbs', button(words, () => this.answer({ silence: true }), 'strong'));
    const outcomes = (/** @type {string[]} */ of, /** @type {() => Record<string, string>} */ values = () => ({})) =>
      h('div', 'try-verbs', ...of.map((outcome) => button(/** @type {Record<string, string>} */ (w.outcomes)[outcome] ?? outcome, () => this.answer({ outcome, values: values() }))));
    switch (walk.waiting) {
      case 'listen': return [silence(w.playedOut), this.keypad()];
      case 'menu':
      case 'wait': return [this.keypad(), silence(w.nothing)];
      case 'digits': return [this.digits(), silence(w.nothing)];
      case 'speak': return [silence(w.playedOut)];
      case 'record': return [outcomes(['message', 'no_message'])];
      case 'dial': return [outcomes(DIALLED)];
      case 'queue': return [outcomes(QUEUED)];
      case 'talk': return [outcomes(TALKED)];
      case 'callback': return [outcomes(['out-ok', 'out-failed'])];
      case 'http':
      case 'lookup': {
        const fields = walk.wanted().map((name) => {
          const input = h('input');
          input.id = `try-value-${name}`;
          const words = h('label', '', name);
          words.htmlFor = input.id;
          return { name, input, element: h('div', 'field', words, input) };
        });
        const values = () => Object.fromEntries(fields.map(({ name, input }) => [name, input.value]));
        return [...fields.map(({ element }) => element), outcomes(walk.waiting === 'http' ? ['out-ok', 'out-failed'] : ['out-found', 'out-unknown', 'out-failed'], values)];
      }
      default: return [];
    }
  }

  keypad() {
    const pad = h('div', 'keypad', ...KEYS.map((key) => button(key, () => this.answer({ key }))));
    pad.setAttribute('role', 'group');
    pad.setAttribute('aria-label', page.words.trial.keys);
    return pad;
  }

  digits() {
    const { trial: w } = page.words;
    const input = h('input');
    input.id = 'try-digits';
    input.inputMode = 'numeric';
    input.setAttribute('aria-label', w.digits);
    const enter = () => input.value && this.answer({ digits: input.value });
    input.addEventListener('keydown', (event) => event.key === 'Enter' && enter());
    return h('div', 'try-verbs', input, button(w.enter, enter));
  }

  /** What the call knows by now. @param {Walk} walk */
  known(walk) {
    const rows = [...walk.variables].map(([name, value]) => h('div', '', h('dt', '', name), h('dd', '', value || '–')));
    return h('details', 'try-known', h('summary', '', page.words.trial.known), h('dl', '', ...rows));
  }
}
