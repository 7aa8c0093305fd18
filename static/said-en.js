/** English sentences for what the server says by a slug (`Said` of the board). `said-fr.js` has the same. */

/** @type {Record<string, string>} */
const ACTIONS = { Hangup: 'calls cannot be hung up', Redirect: 'calls cannot be transferred' };

/** @type {Record<string, string>} */
const ASKS = {
  CoreStatus: 'a restart of the PBX cannot be told from a lost connection',
  CoreSettings: 'its version is unknown',
  CoreShowChannels: 'calls cannot be compared after a loss',
  Status: 'what application a call is in cannot be compared',
  BridgeList: 'who is with whom cannot be compared',
  QueueStatus: 'queues cannot be compared',
  DeviceStateList: 'states of phones are unknown before their first change',
  PJSIPShowEndpoints: 'phones that never registered are unknown',
  PJSIPShowContacts: 'reachability of phones is unknown before its first change',
  PJSIPShowRegistrationsOutbound: 'registrations of trunks are unknown',
  SIPpeers: 'phones and their reachability are unknown',
  SIPshowregistry: 'registrations of trunks are unknown',
  ParkedCalls: 'parked calls cannot be compared',
  ConfbridgeListRooms: 'conferences cannot be compared',
};

/** @type {Record<string, string>} */
const CLASSES = {
  call: 'calls are seen only when they are listed',
  agent: 'queues and pauses are seen only when they are listed',
  system: 'registrations, reachability and restarts are seen only when they are listed',
  dialplan: 'a queue’s time-out cannot be told from a caller who gives up, nor the application a caller is in',
};

/** Each sentence by its slug, filled with the server's own values in order. @type {Record<string, (...filling: string[]) => string>} */
export const said = {
  tcp_silent: () => 'no answer to TCP within 0.9 s',
  connect_refused: (at) => `nothing listens on ${at}, or a firewall refuses`,
  connect_unreachable: (at) => `no way to ${at} through the network`,
  connect_unknown_host: (at) => `the name of ${at} is not known here`,
  connect_failed: (at, why) => `could not connect to ${at}: ${why}`,
  tls_failed: (at, why) => `TLS with ${at}: ${why}`,
  no_banner: () => 'connected, but no AMI banner within 5 s: is that port AMI, and TLS or not?',
  login_unanswered: () => 'the login was not answered within 5 s',
  challenge_refused: (why) => `login challenge: the PBX says “${why}”`,
  login_failed: (why) => `login failed (${why})`,
  login_refused: (user, why) => `login of ${user}: the PBX says “${why}”`,
  login_wrong: (user, why) => `login of ${user}: the PBX says “${why}”: wrong username or secret, or its permit/deny lines do not allow this machine (Asterisk does not say which)`,
  ping_unanswered: () => 'silent: a ping was not answered',
  sends_without_pong: () => 'the PBX sends, but does not answer a ping',
  events_late: () => 'its events arrive seconds late',
  booting: () => 'waiting for the PBX to be fully booted',
  booted_again: () => 'the PBX says again that it is booted',
  malformed_comparing: () => 'something malformed was sent: comparing',
  closed: () => 'the PBX closed the connection',
  shut_down: () => 'the PBX shut down',
  closed_in_login: () => 'the PBX closed the connection during the login',
  closed_before_banner: () => 'the PBX closed the connection before its banner: it is stopping, or has too many logins under way (authlimit)',
  reading_failed: (why) => `reading failed: ${why}`,
  writing_failed: (why) => `writing failed: ${why}`,
  takes_nothing: () => 'the PBX takes nothing of what is sent to it for 5 s',
  unreadable: (why) => `what the PBX sent cannot be read: ${why}`,
  odd_message: (begin) => `neither an event nor an answer: ${begin}`,
  malformed_event: (why) => `a malformed event: ${why}`,
  router_failed: (event) => `sorting the event ${event} failed`,
  plain_text: (pbx, host) => `the AMI secret of ${pbx} travels unencrypted to ${host} (VIGIE_ALLOW_PLAIN_AMI)`,
  set_aside: (part, why) => `${part} failed too often and is set aside: ${why}`,
  gave_up: (part, s, why) => `${part} gave up and is tried again in ${s} s: ${why}`,
  holds_thread: (part, message) => `${part} holds its thread with ${message}`,
  reason_given: (why) => why,
  may_not_send: (action) => `The account may not send ${action}: ${ACTIONS[action] ?? 'not possible'} from here.`,
  may_not_ask: (action, right) => `The account may not ask for ${action}: ${ASKS[action] ?? 'not known'}.${right ? ` It would need write = ${right} in manager.conf.` : ''}`,
  does_not_answer: (action, words) => `The PBX does not answer ${action}: ${ASKS[action] ?? 'not known'}. It says: ${words}`,
  class_not_read: (name) => `The account does not read events of class ${name} (read = in manager.conf): ${CLASSES[name] ?? 'not told'}.`,
};
