/** Words of what is done with an agent, in both languages. */

/** @typedef {(who: string) => string} Of */

export const agentVerbEn = {
  names: { pause: 'Pause', unpause: 'End the pause', login: 'Log in to a queue', logout: 'Log out of a queue', penalty: 'Change the penalty' },
  titles: {
    pause: /** @type {Of} */ ((who) => `Pause ${who}`), unpause: /** @type {Of} */ ((who) => `End the pause of ${who}`), login: /** @type {Of} */ ((who) => `Log ${who} in to a queue`),
    logout: /** @type {Of} */ ((who) => `Log ${who} out of a queue`), penalty: /** @type {Of} */ ((who) => `Penalty of ${who}`),
  },
  done: {
    pause: /** @type {Of} */ ((who) => `${who} is paused`), unpause: /** @type {Of} */ ((who) => `${who} is no longer paused`), login: /** @type {Of} */ ((who) => `${who} is logged in`),
    logout: /** @type {Of} */ ((who) => `${who} is logged out`), penalty: /** @type {Of} */ ((who) => `${who} has that penalty`),
  },
  failed: {
    pause: /** @type {Of} */ ((who) => `${who} was not paused`), unpause: /** @type {Of} */ ((who) => `The pause of ${who} was not ended`), login: /** @type {Of} */ ((who) => `${who} was not logged in`),
    logout: /** @type {Of} */ ((who) => `${who} was not logged out`), penalty: /** @type {Of} */ ((who) => `The penalty of ${who} was not changed`),
  },
  later: /** @type {Of} */ ((who) => `${who} will be paused after this call`),
  queue: 'Queue', everyQueue: 'All queues', reason: 'Reason', reasonHint: 'As it is to be shown and counted, such as lunch', afterCall: 'After this call', penalty: 'Penalty (0 is rung first)',
  toCome: (/** @type {string} */ reason) => (reason ? `pause to come: ${reason}` : 'pause to come'),
  no: {
    frozen: 'This picture is frozen: go back to live to act', lost: 'No connection to Vigie', link: 'No live link to this PBX', pending: 'An order is under way',
    noQueues: 'Logged in to no queue', notPaused: 'Not paused', allQueues: 'Logged in to every queue',
  },
};

/** @type {typeof agentVerbEn} */
export const agentVerbFr = {
  names: { pause: 'Mettre en pause', unpause: 'Finir la pause', login: 'Connecter à une file', logout: 'Déconnecter d’une file', penalty: 'Changer la pénalité' },
  titles: {
    pause: (who) => `Mettre ${who} en pause`, unpause: (who) => `Finir la pause de ${who}`, login: (who) => `Connecter ${who} à une file`,
    logout: (who) => `Déconnecter ${who} d’une file`, penalty: (who) => `Pénalité de ${who}`,
  },
  done: {
    pause: (who) => `${who} est en pause`, unpause: (who) => `${who} n’est plus en pause`, login: (who) => `${who} est connecté`,
    logout: (who) => `${who} est déconnecté`, penalty: (who) => `${who} a cette pénalité`,
  },
  failed: {
    pause: (who) => `${who} n’a pas été mis en pause`, unpause: (who) => `La pause de ${who} n’est pas finie`, login: (who) => `${who} n’a pas été connecté`,
    logout: (who) => `${who} n’a pas été déconnecté`, penalty: (who) => `La pénalité de ${who} n’a pas changé`,
  },
  later: (who) => `${who} sera en pause après cet appel`,
  queue: 'File', everyQueue: 'Toutes les files', reason: 'Motif', reasonHint: 'Tel qu’il sera montré et compté, par exemple repas', afterCall: 'Après cet appel', penalty: 'Pénalité (0 sonne d’abord)',
  toCome: (reason) => (reason ? `pause à venir\u00a0: ${reason}` : 'pause à venir'),
  no: {
    frozen: 'Cette image est figée\u00a0: revenez au direct pour agir', lost: 'Pas de connexion à Vigie', link: 'Pas de liaison vivante avec ce PBX', pending: 'Un ordre est en cours',
    noQueues: 'Connecté à aucune file', notPaused: 'Pas en pause', allQueues: 'Connecté à toutes les files',
  },
};
