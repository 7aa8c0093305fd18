/** Words of listening to calls, in both languages. */

export const earsEn = {
  phase: 'Listening',
  does: {
    listen: (/** @type {string} */ whom) => `listens to ${whom}`,
    whisper: (/** @type {string} */ whom) => `whispers to ${whom}`,
    barge: (/** @type {string} */ whom) => `barges in on ${whom}`,
  },
  who: {
    listen: (/** @type {string} */ who, /** @type {string} */ whom) => `${who} listens to ${whom}`,
    whisper: (/** @type {string} */ who, /** @type {string} */ whom) => `${who} whispers to ${whom}`,
    barge: (/** @type {string} */ who, /** @type {string} */ whom) => `${who} barges in on ${whom}`,
  },
  /** Beside whom it is about. */
  at: {
    listen: (/** @type {string} */ who) => `${who} listens`,
    whisper: (/** @type {string} */ who) => `${who} whispers`,
    barge: (/** @type {string} */ who) => `${who} barges in`,
  },
  somebody: 'somebody who is not shown here',
  unknownHow: 'Begun by the PBX’s own dialplan: whether who listens is heard too is not known',
};

/** @type {typeof earsEn} */
export const earsFr = {
  phase: 'Écoute',
  does: {
    listen: (whom) => `écoute ${whom}`,
    whisper: (whom) => `souffle à ${whom}`,
    barge: (whom) => `intervient auprès de ${whom}`,
  },
  who: {
    listen: (who, whom) => `${who} écoute ${whom}`,
    whisper: (who, whom) => `${who} souffle à ${whom}`,
    barge: (who, whom) => `${who} intervient auprès de ${whom}`,
  },
  at: {
    listen: (who) => `${who} écoute`,
    whisper: (who) => `${who} souffle`,
    barge: (who) => `${who} intervient`,
  },
  somebody: 'quelqu’un qui n’est pas montré ici',
  unknownHow: 'Commencé par le plan de numérotation du PBX\u00a0: on ne sait pas si qui écoute est entendu aussi',
};
