/** What happened to an ended call, fact by fact, as a supervisor would say it. */

/** @import {Fact} from '../past.js' */
/** @import {Speech} from '../i18n.js' */

/** @param {number|null} cause none, or one that the channel never told @param {Speech} s */
export function causeWords(cause, s) {
  if (!cause) return '–';
  return s.w.call.causes[cause] ?? s.w.call.cause(cause);
}

/** Who sits at an endpoint, or the endpoint itself. @typedef {(endpoint: string) => string} NameOf */

/** @param {Fact} fact @param {Speech} s @param {NameOf} nameOf @returns {string} */
export function factWords(fact, s, nameOf) {
  const w = s.w.past;
  const more = fact.more ?? '';
  const who = nameOf(fact.who);
  switch (fact.what) {
    case 'began': return w.began;
    case 'leg': return w.leg(who);
    case 'answered': return w.answeredAt(who);
    case 'gone': return w.gone(who, causeWords(fact.cause, s));
    case 'joined': return w.joined(fact.who);
    case 'left': return w.left(fact.who, s.w.outcome[/** @type {keyof typeof s.w.outcome} */ (more)] ?? more, fact.by ? nameOf(fact.by) : '');
    case 'talks': return w.talks(who, nameOf(more), s.seconds((fact.seconds ?? 0) * 1000));
    case 'did': return w.did(fact.by ?? '', verbWords(more, s), fact.who);
    case 'flow': return s.w.flow.begins(fact.who);
    case 'node': return s.w.flow.node(fact.who);
    case 'chose': return choiceWords(fact.who, more || null, s);
    case 'flow_over': return s.w.flow.ends(fact.who, s.w.flow.how[/** @type {'failed'} */ (more)] ?? more, fact.by ?? '');
    case 'moved': return moveWords(more, fact.who && who, fact.failed ?? false, s);
  }
}

/** @param {string} verb its slug @param {Speech} s */
function verbWords(verb, s) {
  const words = s.w.verb;
  if (verb === 'hangup' || verb === 'transfer') return words[verb];
  return /** @type {Record<string, string>} */ (s.w.others.names)[verb] ?? verb;
}

/** How a node was left. @param {string} port @param {string|null} key what was pressed @param {Speech} s */
export function choiceWords(port, key, { w }) {
  if (key !== null) return w.flow.chose(key);
  return port === 'sent_on' ? w.flow.sentOn : w.flow.silent;
}

/** @param {string} how kind and target of a transfer @param {string} by or empty @param {boolean} failed @param {Speech} s */
function moveWords(how, by, failed, s) {
  const [kind, ...to] = how.split(' ');
  const words = s.w.past.transfer(s.w.call.transfer[/** @type {'blind'} */ (kind)]?.(to.join(' ')) ?? how, by);
  return failed ? `${words}, ${s.w.call.failed}` : words;
}
