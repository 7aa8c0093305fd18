/** Words of callers in flows, in both languages. */

export const flowEn = {
  at: (/** @type {string} */ flow, /** @type {string} */ node) => (node ? `${flow}, at ${node}` : flow),
  since: (/** @type {string} */ node) => `How long he has been at ${node}`,
  begins: (/** @type {string} */ flow) => `Begins flow ${flow}`,
  node: (/** @type {string} */ node) => `At node ${node}`,
  chose: (/** @type {string} */ key) => `Chooses ${key}`,
  silent: 'Makes no choice', sentOn: 'Is sent on by a supervisor',
  ends: (/** @type {string} */ flow, /** @type {string} */ how, /** @type {string} */ why) => (why ? `Flow ${flow} ends: ${how} (${why})` : `Flow ${flow} ends: ${how}`),
  how: {
    abandoned: 'the caller hung up', connected: 'connected', hung_up: 'the flow hung up', message: 'a message was left', no_message: 'no message was left',
    no_exit: 'an exit led nowhere', too_long: 'it went on for too long', taken_away: 'a supervisor took him elsewhere', failed: 'it failed', broke_off: 'it broke off',
  },
};

/** @type {typeof flowEn} */
export const flowFr = {
  at: (flow, node) => (node ? `${flow}, à ${node}` : flow),
  since: (node) => `Temps passé à ${node}`,
  begins: (flow) => `Commence le scénario ${flow}`,
  node: (node) => `À l’étape ${node}`,
  chose: (key) => `Choisit ${key}`,
  silent: 'Ne choisit rien', sentOn: 'Est envoyé plus loin par un superviseur',
  ends: (flow, how, why) => (why ? `Le scénario ${flow} se termine\u00a0: ${how} (${why})` : `Le scénario ${flow} se termine\u00a0: ${how}`),
  how: {
    abandoned: 'l’appelant a raccroché', connected: 'mis en relation', hung_up: 'le scénario a raccroché', message: 'un message a été laissé', no_message: 'aucun message n’a été laissé',
    no_exit: 'une sortie ne menait nulle part', too_long: 'il durait trop longtemps', taken_away: 'un superviseur l’a pris ailleurs', failed: 'il a échoué', broke_off: 'il s’est interrompu',
  },
};
