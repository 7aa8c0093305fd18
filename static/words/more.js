/** Words of the other verbs on a leg, in both languages. */

export const moreEn = {
  title: 'More', leg: 'On whom', fitting: 'Agent or caller, as it fits', unmute: 'Unmute', not: (/** @type {string} */ n) => `Not possible now: ${n}`,
  names: {
    consult: 'Consult before a transfer', complete: 'Complete the transfer', cancel: 'Cancel the transfer', park: 'Park', retrieve: 'Retrieve to a phone', listen: 'Listen', whisper: 'Whisper',
    barge: 'Barge in', stop_listening: 'Stop listening', take_over: 'Take over', dtmf: 'Send digits', record_start: 'Record', record_pause: 'Pause the recording', record_resume: 'Resume the recording',
    record_stop: 'Stop the recording', kick: 'Remove from the conference', mute: 'Mute', pick: 'Pick to a phone', move: 'Move to a queue', to_node: 'Send to another node',
  },
  asks: { station: 'Your phone (such as 1001)', destination: 'To number', digits: 'Digits (0-9 * #)', queue: 'Queue', node: 'Node' },
  why: 'Why (is noted)', whyOptional: 'Why (optional, is noted)',
  done: (/** @type {string} */ what, /** @type {string} */ who) => `${what}: done on ${who}`,
  failed: (/** @type {string} */ what, /** @type {string} */ who) => `${what}: not done on ${who}`,
};

/** @type {typeof moreEn} */
export const moreFr = {
  title: 'Autres actions', leg: 'Sur qui', fitting: 'Agent ou appelant, selon l’action', unmute: 'Rendre la parole', not: (n) => `Impossible pour l’instant\u00a0: ${n}`,
  names: {
    consult: 'Consulter avant transfert', complete: 'Achever le transfert', cancel: 'Annuler le transfert', park: 'Parquer', retrieve: 'Reprendre sur un poste', listen: 'Écouter', whisper: 'Souffler',
    barge: 'Intervenir', stop_listening: 'Cesser d’écouter', take_over: 'Reprendre l’appel', dtmf: 'Envoyer des chiffres', record_start: 'Enregistrer', record_pause: 'Suspendre l’enregistrement',
    record_resume: 'Reprendre l’enregistrement', record_stop: 'Arrêter l’enregistrement', kick: 'Retirer de la conférence', mute: 'Couper le micro', pick: 'Prendre sur un poste', move: 'Déplacer vers une file', to_node: 'Envoyer à une autre étape',
  },
  asks: { station: 'Votre poste (par exemple 1001)', destination: 'Vers le numéro', digits: 'Chiffres (0-9 * #)', queue: 'File', node: 'Étape' },
  why: 'Pourquoi (sera noté)', whyOptional: 'Pourquoi (facultatif, sera noté)',
  done: (what, who) => `${what}\u00a0: fait sur ${who}`,
  failed: (what, who) => `${what}\u00a0: pas fait sur ${who}`,
};
