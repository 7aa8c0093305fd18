/**
 * One caller's way through a drawing, tried in the page. It goes as `actors/src/ivr` goes: the same answers lead over
 * the same nodes, which the tests of both hold. What Asterisk or another server would answer is chosen by who tries.
 */

import { lineOf, nodeOf } from './drawing.js';
import { openAt } from './opening.js';
import { portsOf, typeOf } from './types.js';
import { caseOf, filled, keep } from './variables.js';

/** @import {Drawing, FlowNode} from './drawing.js' */
/** @import {Variables} from './variables.js' */

/** Nodes of one call, over all flows: what goes round and round ends. */
const MOST_STEPS = 100;
/** A key during the beep begins the message anew, so often. */
const RECORDED_TIMES = 3;

/** He was at that node of that flow, and left by that port; empty while he is there. @typedef {{flow: string, node: string, port: string}} Visit */

/** What is waited for. @typedef {'listen'|'menu'|'wait'|'digits'|'dial'|'queue'|'speak'|'record'|'http'|'lookup'|'callback'|'talk'} Waiting */

/** @typedef {'abandoned'|'connected'|'hung_up'|'message'|'no_message'|'no_exit'|'too_long'|'failed'} End */

/**
 * What who tries does: a key, digits, nothing, hang up, or how something went.
 * @typedef {{key?: string, digits?: string, silence?: true, hangup?: true, outcome?: string, values?: Record<string, string>}} Answer
 */

/** @typedef {{now: number, caller: string, called: string, id: string, flows?: (id: string) => Drawing|null}} World */

/** How a transfer may end. */
export const DIALLED = ['ANSWER', 'NOANSWER', 'BUSY', 'CHANUNAVAIL', 'CONGESTION', 'CANCEL'];
/** How waiting in a queue may end, by the port of each. */
export const QUEUED = ['out-answered', 'out-timeout', 'out-full', 'out-joinempty', 'out-leaveempty', 'out-joinunavail', 'out-leaveunavail', 'out-failed'];

/** How a talk with an assistant may end, by the port of each. */
export const TALKED = ['out', 'out-human', 'out-failed'];

/** @type {Record<string, string>} */
const DIAL_PORTS = { BUSY: 'out-busy', NOANSWER: 'out-noanswer' };
/** A transfer to a queue is left by the exits of a transfer. @type {Record<string, string>} */
const QUEUE_AS_DIAL = { 'out-timeout': 'out-noanswer', 'out-full': 'out-busy' };

/** What it is to hang up then; else he is lost. @type {Partial<Record<Waiting, End>>} */
const HUNG_UP = { record: 'message', talk: 'connected' };

/** @param {any} value @param {number} otherwise */
const numberOr = (value, otherwise) => (typeof value === 'number' ? value : otherwise);

export class Walk {
  /** @param {Drawing} drawing @param {World} world */
  constructor(drawing, world) {
    this.drawing = drawing;
    this.world = world;
    this.flow = world.id;
    /** @type {Visit[]} */
    this.visits = [];
    /** @type {Variables} */
    this.variables = new Map([['caller', world.caller], ['called', world.called]]);
    /** A key that was pressed during what was played last: the next menu's answer. @type {string|null} */
    this.typed = null;
    /** @type {FlowNode|null} */
    this.node = null;
    /** @type {Waiting|null} */
    this.waiting = null;
    /** Of what is waited for: the how-manieth. */
    this.times = 1;
    /** Digits that came before the question. */
    this.before = '';
    /** @type {End|null} */
    this.end = null;
    this.begin();
  }

  begin() {
    const start = this.drawing.nodes.find((node) => node.type === 'start');
    if (start) this.arrive(start);
    else this.finish('failed');
  }

  /** What he hears or what is done where he is, with variables filled in. @returns {string} */
  said() {
    const content = this.node?.content ?? {};
    switch (this.node?.type) {
      case 'say': return filled(content.text, this.variables);
      case 'transfer': return filled(content.number, this.variables);
      case 'queue': return String(content.queue ?? '');
      case 'ai': return String(content.assistant ?? '');
      case 'http': return `${content.method ?? 'GET'} ${filled(content.url, this.variables)}`;
      case 'callback': return filled(content.number || '{caller}', this.variables);
      default: return String(content.prompt ?? '');
    }
  }

  /** Variables that the node where he is asks the outside for. @returns {string[]} */
  wanted() {
    const save = this.node && ['http', 'lookup'].includes(this.node.type) ? this.node.content.save : null;
    return Array.isArray(save) ? save.map((/** @type {any} */ row) => String(row?.variable ?? '')).filter(Boolean) : [];
  }

  /** @param {Answer} answer */
  answer(answer) {
    if (!this.node || !this.waiting || this.end) return;
    if (answer.hangup) return this.finish(HUNG_UP[this.waiting] ?? 'abandoned');
    switch (this.waiting) {
      case 'listen':
        this.typed = answer.key ?? null;
        return this.leave('out');
      case 'menu':
        return answer.key ? this.chosen(answer.key) : this.ask('wait');
      case 'wait':
        return answer.key ? this.chosen(answer.key) : this.unanswered();
      case 'digits':
        return this.entered(answer.digits ?? '');
      case 'dial':
        if (answer.outcome === 'ANSWER') return this.finish('connected');
        if (answer.outcome === 'CANCEL') return this.finish('abandoned');
        return this.leave(DIAL_PORTS[answer.outcome ?? ''] ?? 'out-failed');
      case 'queue':
        return this.queued(answer.outcome ?? 'out-failed');
      case 'speak':
        return this.ask('record');
      case 'record':
        if (answer.outcome === 'message') return this.finish('message');
        if (answer.key && this.times < RECORDED_TIMES) return this.ask('record', this.times + 1);
        return this.finish('no_message');
      case 'http':
        keep(this.variables, 'http_status', answer.outcome === 'out-ok' ? '200' : '');
        return this.told(answer);
      case 'lookup':
      case 'callback':
      case 'talk':
        return this.told(answer);
    }
  }

  /** @param {Answer} answer */
  told(answer) {
    if (answer.outcome === 'out-ok' || answer.outcome === 'out-found') {
      for (const [name, value] of Object.entries(answer.values ?? {})) keep(this.variables, name, value);
    }
    this.leave(answer.outcome ?? 'out-failed');
  }

  /** @param {FlowNode} node @returns {void} */
  arrive(node) {
    this.node = node;
    if (this.visits.length >= MOST_STEPS) return this.finish('too_long');
    this.visits.push({ flow: this.flow, node: node.id, port: '' });
    const { content } = node;
    switch (node.type) {
      case 'start': return this.leave('out');
      case 'media':
      case 'say': return this.said() === '' ? this.leave('out') : this.ask('listen');
      case 'menu': {
        const typed = this.typed;
        this.typed = null;
        if (!typed) return this.ask(content.prompt ? 'menu' : 'wait', 1);
        this.times = 1;
        return this.chosen(typed);
      }
      case 'digits': return this.enter(1);
      case 'calendar': return this.byTime(() => openAt(content, this.world.now));
      case 'condition': return this.byTime(() => caseOf(content, this.variables, this.world.now));
      case 'set':
        for (const row of Array.isArray(content.variables) ? content.variables : []) if (row?.name) keep(this.variables, String(row.name), filled(row.value, this.variables));
        return this.leave('out');
      case 'transfer':
        if (content.to === 'queue') return this.ask('queue');
        // nothing to dial: as the server does without a device
        return this.said() === '' ? this.leave('out-failed') : this.ask('dial');
      case 'queue': return this.ask('queue');
      case 'ai': return this.ask('talk');
      case 'voicemail': return content.prompt ? this.ask('speak') : this.ask('record');
      case 'http': return this.ask('http');
      case 'lookup': return this.ask('lookup');
      case 'callback': return this.said() === '' ? this.leave('out-failed') : this.ask('callback');
      case 'goto': return this.goOn(String(content.flow ?? ''));
      case 'hangup': return this.finish('hung_up');
      default: return this.finish('failed');
    }
  }

  /** By what holds now; a zone that nobody knows is a fault. @param {() => string|null} holds */
  byTime(holds) {
    let port;
    try {
      port = holds() ?? 'out-default';
    } catch {
      return this.finish('failed');
    }
    this.leave(port);
  }

  /** In another flow. @param {string} id */
  goOn(id) {
    const drawing = this.world.flows?.(id) ?? null;
    if (!drawing) return this.finish('failed');
    this.drawing = drawing;
    this.flow = id;
    this.begin();
  }

  /** @param {Waiting} waiting @param {number} [times] */
  ask(waiting, times = waiting === 'wait' ? this.times : 1) {
    this.waiting = waiting;
    this.times = times;
  }

  /** @param {string} key @returns {void} */
  chosen(key) {
    const content = this.node?.content ?? {};
    const option = (Array.isArray(content.options) ? content.options : []).find((/** @type {any} */ row) => row?.key === key);
    if (option) {
      keep(this.variables, 'digits', key);
      return this.leave(String(option.portId));
    }
    if (this.times < numberOr(content.tries, 3)) return this.askAgain();
    return this.leave('out-invalid');
  }

  /** Nothing was pressed in a menu. */
  unanswered() {
    if (this.times <= numberOr(this.node?.content.repeats, 0)) return this.askAgain();
    this.leave('out-timeout');
  }

  askAgain() {
    this.ask(this.said() ? 'menu' : 'wait', this.times + 1);
  }

  /** Asks for digits; one that was typed before is the first. @param {number} times @returns {void} */
  enter(times) {
    const { terminator, max } = this.entry();
    const typed = this.typed;
    this.typed = null;
    this.times = times;
    this.before = typed !== null && typed !== terminator ? typed : '';
    if (typed !== null && (typed === terminator || this.before.length >= max)) return this.evaluate(this.before, false);
    this.ask('digits', times);
  }

  entry() {
    const content = this.node?.content ?? {};
    return { terminator: String(content.terminator ?? '#'), min: numberOr(content.min, 1), max: numberOr(content.max, 10) };
  }

  /** @param {string} keys */
  entered(keys) {
    const { terminator, max } = this.entry();
    const end = terminator ? keys.indexOf(terminator) : -1;
    const digits = (this.before + (end < 0 ? keys : keys.slice(0, end))).slice(0, max);
    this.evaluate(digits, end < 0 && digits.length < max);
  }

  /** @param {string} digits @param {boolean} late whether time passed before they were enough @returns {void} */
  evaluate(digits, late) {
    const content = this.node?.content ?? {};
    if (digits.length >= this.entry().min) {
      if (content.variable) keep(this.variables, String(content.variable), digits);
      if (content.secret !== true) keep(this.variables, 'digits', digits);
      return this.leave('out-ok');
    }
    if (this.times < numberOr(content.tries, 3)) return this.enter(this.times + 1);
    this.leave(late && digits === '' ? 'out-timeout' : 'out-invalid');
  }

  /** How waiting in a queue ended. @param {string} outcome @returns {void} */
  queued(outcome) {
    if (outcome === 'out-answered') {
      const goesOn = ['out-answered', 'out-continue'].find((port) => this.leadsOn(port));
      return goesOn ? this.leave(goesOn) : this.finish('connected');
    }
    this.leave(this.node?.type === 'transfer' ? (QUEUE_AS_DIAL[outcome] ?? 'out-failed') : outcome);
  }

  /** Where a port leads; where it is not drawn, where the one after it leads. @param {string} port @returns {{port: string, to: FlowNode|null}} */
  way(port) {
    const line = this.node && lineOf(this.drawing, this.node.id, port);
    const to = line ? nodeOf(this.drawing, line.toNodeId) : null;
    const after = this.node && typeOf(this.node.type) ? portsOf(this.node, []).find((one) => one.id === port)?.after : null;
    return to || !after ? { port, to } : this.way(after);
  }

  /** @param {string} port */
  leadsOn(port) {
    return this.way(port).to !== null;
  }

  /** @param {string} port @returns {void} */
  leave(port) {
    const way = this.way(port);
    const visit = this.visits.at(-1);
    if (visit) visit.port = way.port;
    this.waiting = null;
    if (way.to) this.arrive(way.to);
    else this.finish('no_exit');
  }

  /** @param {End} end */
  finish(end) {
    this.end = end;
    this.waiting = null;
  }
}
