/** French sentences for what the server says by a slug; `said-en.js` has the same in English. */

/** @type {Record<string, string>} */
const ACTIONS = { Hangup: 'impossible de raccrocher d’ici', Redirect: 'impossible de transférer d’ici' };

/** @type {Record<string, string>} */
const ASKS = {
  CoreStatus: 'un redémarrage du PBX ne se distingue pas d’une connexion perdue',
  CoreSettings: 'sa version est inconnue',
  CoreShowChannels: 'les appels ne peuvent être comparés après une perte',
  Status: 'l’application où se trouve un appel ne peut être comparée',
  BridgeList: 'qui parle avec qui ne peut être comparé',
  QueueStatus: 'les files ne peuvent être comparées',
  DeviceStateList: 'l’état des postes est inconnu avant son premier changement',
  PJSIPShowEndpoints: 'les postes jamais enregistrés sont inconnus',
  PJSIPShowContacts: 'la joignabilité des postes est inconnue avant son premier changement',
  PJSIPShowRegistrationsOutbound: 'l’enregistrement des liens opérateurs est inconnu',
  SIPpeers: 'les postes et leur joignabilité sont inconnus',
  SIPshowregistry: 'l’enregistrement des liens opérateurs est inconnu',
  ParkedCalls: 'les appels parqués ne peuvent être comparés',
  ConfbridgeListRooms: 'les conférences ne peuvent être comparées',
};

/** @type {Record<string, string>} */
const CLASSES = {
  call: 'les appels ne se voient que dans les listes',
  agent: 'les files et les pauses ne se voient que dans les listes',
  system: 'enregistrements, joignabilité et redémarrages ne se voient que dans les listes',
  dialplan: 'le délai dépassé d’une file ne se distingue pas d’un appelant qui renonce, et l’application d’un appel est inconnue',
};

/** Each sentence by its slug, filled with the server's own values in order. @type {Record<string, (...filling: string[]) => string>} */
export const said = {
  tcp_silent: () => 'pas de réponse TCP en 0,9 s',
  connect_refused: (at) => `rien n’écoute sur ${at}, ou un pare-feu refuse`,
  connect_unreachable: (at) => `aucun chemin vers ${at} dans le réseau`,
  connect_unknown_host: (at) => `le nom de ${at} est inconnu ici`,
  connect_failed: (at, why) => `connexion à ${at} impossible : ${why}`,
  tls_failed: (at, why) => `TLS avec ${at} : ${why}`,
  no_banner: () => 'connecté, mais pas de bannière AMI en 5 s : ce port est-il celui de l’AMI, avec ou sans TLS ?',
  login_unanswered: () => 'l’identification est restée sans réponse pendant 5 s',
  challenge_refused: (why) => `défi d’identification : le PBX dit « ${why} »`,
  login_failed: (why) => `l’identification a échoué (${why})`,
  login_refused: (user, why) => `identification de ${user} : le PBX dit « ${why} »`,
  login_wrong: (user, why) => `identification de ${user} : le PBX dit « ${why} » : nom ou mot de passe faux, ou ses lignes permit/deny n’admettent pas cette machine (Asterisk ne dit pas lequel)`,
  ping_unanswered: () => 'muet : un ping est resté sans réponse',
  sends_without_pong: () => 'le PBX envoie, mais ne répond pas au ping',
  events_late: () => 'ses événements arrivent avec des secondes de retard',
  booting: () => 'le PBX n’a pas fini de démarrer',
  booted_again: () => 'le PBX annonce de nouveau qu’il a démarré',
  malformed_comparing: () => 'un message malformé est arrivé : comparaison en cours',
  closed: () => 'le PBX a fermé la connexion',
  shut_down: () => 'le PBX s’est arrêté',
  closed_in_login: () => 'le PBX a fermé la connexion pendant l’identification',
  closed_before_banner: () => 'le PBX a fermé la connexion avant sa bannière : il s’arrête, ou trop d’identifications sont en cours (authlimit)',
  reading_failed: (why) => `lecture impossible : ${why}`,
  writing_failed: (why) => `écriture impossible : ${why}`,
  takes_nothing: () => 'le PBX ne prend rien de ce qui lui est envoyé depuis 5 s',
  unreadable: (why) => `ce que le PBX a envoyé est illisible : ${why}`,
  odd_message: (begin) => `ni un événement ni une réponse : ${begin}`,
  malformed_event: (why) => `un événement malformé : ${why}`,
  router_failed: (event) => `le tri de l’événement ${event} a échoué`,
  plain_text: (pbx, host) => `le mot de passe AMI de ${pbx} circule en clair vers ${host} (VIGIE_ALLOW_PLAIN_AMI)`,
  set_aside: (part, why) => `${part} a échoué trop souvent et est écarté : ${why}`,
  gave_up: (part, s, why) => `${part} a renoncé ; nouvel essai dans ${s} s : ${why}`,
  holds_thread: (part, message) => `${part} retient son fil d’exécution avec ${message}`,
  reason_given: (why) => `raison donnée : ${why}`,
  may_not_send: (action) => `Le compte n’a pas le droit d’envoyer ${action} : ${ACTIONS[action] ?? 'impossible d’ici'}.`,
  may_not_ask: (action, right) => `Le compte n’a pas le droit de demander ${action} : ${ASKS[action] ?? 'inconnu'}.${right ? ` Il faudrait write = ${right} dans manager.conf.` : ''}`,
  does_not_answer: (action, words) => `Le PBX ne répond pas à ${action} : ${ASKS[action] ?? 'inconnu'}. Il dit : ${words}`,
  class_not_read: (name) => `Le compte ne lit pas les événements de la classe ${name} (read = dans manager.conf) : ${CLASSES[name] ?? 'inconnu'}.`,
};
