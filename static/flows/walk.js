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

/** Nodes of one call. */
const MOST_STEPS = 100;
/** Flows of one call. */
const MOST_FLOWS = 10;
/** A key during the beep begins the message anew, so often. */
const RECORDED_TIMES = 3;

/** He was at that node of that flow, and left by that port; empty while he is there. @typedef {{flow: string, node: string, port: string}} Visit */

/** What is waited for. @typedef {'listen'|'menu'|'wait'|'digits'|'dial'|'queue'|'speak'|'record'|'http'|'lookup'|'callback'} Waiting */

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

/** @type {Record<string, string>} */
const DIAL_PORTS = { BUSY: 'out-busy', NOANSWER: 'out-noanswer', CHANUNAVAIL: 'out-failed', CONGESTION: 'out-failed' };

/** @param {any} value @param {number} otherwise */
const numberOr = (value, otherwise) => (typeof value === 'number' ? value : otherwise);

export class Walk {
  /** @param {Drawing} drawing @param {World} world */
  constructor(drawing, world) {
    this.drawing = drawing;
    this.world = world;
    this.flow = world.id;
    this.flows = 1;
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
    this.repeated = 0;
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
    if (answer.hangup) return this.finish(this.waiting === 'record' ? 'message' : 'abandoned');
    switch (this.waiting) {
      case 'listen':
        this.typed = answer.key ?? null;
        return this.leave('out');
      case 'menu':
        return answer.key ? this.chosen(answer.key) : this.ask('wait');
      case 'wait':
        return answer.key ? this.chosen(answer.key) : this.unanswered();
      case 'digits':
        return answer.digits ? this.entered(answer.digits) : this.again('out-timeout');
      case 'dial':
        if (answer.outcome === 'ANSWER') return this.finish('connected');
        if (answer.outcome === 'CANCEL') return this.finish('abandoned');
        return this.leave(DIAL_PORTS[answer.outcome ?? ''] ?? 'out');
      case 'queue':
        if (answer.outcome === 'out-answered' && !this.leadsOn('out-answered')) return this.finish('connected');
        return this.leave(answer.outcome ?? 'out');
      case 'speak':
        return this.ask('record');
      case 'record':
        if (answer.outcome === 'message') return this.finish('message');
        if (answer.key && this.times < RECORDED_TIMES) return this.ask('record', this.times + 1);
        return this.finish('no_message');
      case 'http':
        if (answer.outcome === 'out-ok') keep(this.variables, 'http_status', '200');
        return this.told(answer);
      case 'lookup':
      case 'callback':
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
    this.repeated = 0;
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
      case 'digits': return this.ask('digits');
      case 'calendar': return this.leave(openAt(content, this.world.now) ?? 'out-default');
      case 'condition': return this.leave(caseOf(content, this.variables, this.world.now) ?? 'out-default');
      case 'set':
        for (const row of Array.isArray(content.variables) ? content.variables : []) if (row?.name) keep(this.variables, String(row.name), filled(row.value, this.variables));
        return this.leave('out');
      // nothing to dial: as the server does without a device
      case 'transfer': return this.said() === '' ? this.leave('out') : this.ask('dial');
      case 'queue': return this.ask('queue');
      case 'voicemail': return content.prompt ? this.ask('speak') : this.ask('record');
      case 'http': return this.ask('http');
      case 'lookup': return this.ask('lookup');
      case 'callback': return this.ask('callback');
      case 'goto': return this.goOn(String(content.flow ?? ''));
      case 'hangup': return this.finish('hung_up');
      default: return this.finish('failed');
    }
  }

  /** In another flow. @param {string} id */
  goOn(id) {
    const drawing = this.world.flows?.(id) ?? null;
    if (!drawing || this.flows >= MOST_FLOWS) return this.finish(drawing ? 'too_long' : 'failed');
    this.flows += 1;
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
    keep(this.variables, 'digits', key);
    const option = (Array.isArray(content.options) ? content.options : []).find((/** @type {any} */ row) => row?.key === key);
    if (option) return this.leave(String(option.portId));
    if (this.times < numberOr(content.tries, 3)) return this.ask('menu', this.times + 1);
    return this.leave('out-invalid');
  }

  /** Nothing was pressed in a menu. */
  unanswered() {
    if (this.repeated >= numberOr(this.node?.content.repeats, 0)) return this.leave('out-timeout');
    this.repeated += 1;
    this.ask('menu', this.times);
  }

  /** @param {string} digits */
  entered(digits) {
    const content = this.node?.content ?? {};
    const end = String(content.terminator ?? '#');
    const bare = end && digits.endsWith(end) ? digits.slice(0, -1) : digits;
    if (bare.length < numberOr(content.min, 1) || bare.length > numberOr(content.max, 10)) return this.again('out-invalid');
    if (content.variable) keep(this.variables, String(content.variable), bare);
    if (content.secret !== true) keep(this.variables, 'digits', bare);
    this.leave('out-ok');
  }

  /** Asked for digits once more, or out. @param {string} port */
  again(port) {
    if (this.times < numberOr(this.node?.content.tries, 3)) return this.ask('digits', this.times + 1);
    this.leave(port);
  }

  /** Where a port leads; where it is not drawn, where the one after it leads. @param {string} port @returns {{port: string, to: FlowNode}|null} */
  way(port) {
    const node = this.node;
    if (!node) return null;
    const line = lineOf(this.drawing, node.id, port);
    const to = line && nodeOf(this.drawing, line.toNodeId);
    if (to) return { port, to };
    const after = typeOf(node.type) ? portsOf(node, []).find((one) => one.id === port)?.after : null;
    return after ? this.way(after) : null;
  }

  /** @param {string} port */
  leadsOn(port) {
    return this.way(port) !== null;
  }

  /** @param {string} port @returns {void} */
  leave(port) {
    const way = this.way(port);
    const visit = this.visits.at(-1);
    if (visit) visit.port = way?.port ?? port;
    this.waiting = null;
    if (way) this.arrive(way.to);
    else this.finish('no_exit');
  }

  /** @param {End} end */
  finish(end) {
    this.end = end;
    this.waiting = null;
  }
}
