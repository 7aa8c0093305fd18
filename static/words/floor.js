/** Words of the floor's own tools, in both languages: freezing the picture, alarms, sites and groups. */

export const frozenEn = {
  open: 'Freeze',
  hint: 'Key F: holds the picture still to study a moment, and back to live',
  since: (/** @type {string} */ at, /** @type {string} */ age) => `Frozen picture of ${at}, ${age} old: not live`,
  end: 'Back to live',
};

/** @type {typeof frozenEn} */
export const frozenFr = {
  open: 'Figer',
  hint: 'Touche F\u00a0: fige l’image pour étudier un instant, et retour au direct',
  since: (at, age) => `Image figée de ${at}, vieille de ${age}\u00a0: pas en direct`,
  end: 'Retour au direct',
};

export const alarmsEn = {
  open: (/** @type {string} */ n) => `Alarms: ${n}`,
  hint: 'Key A: all alarms, with beginning and end',
  none: 'No alarm now, and none that ended in the last ten minutes',
  began: 'Began', subject: 'About', what: 'What', ended: 'Ended', goesOn: 'goes on',
  rings: 'Ring a bell in this browser for a new alarm',
  said: (/** @type {string} */ kind, /** @type {string} */ subject) => `New alarm: ${kind}, ${subject}`,
  over: (/** @type {string} */ kind, /** @type {string} */ subject) => `Alarm ended: ${kind}, ${subject}`,
};

/** @type {typeof alarmsEn} */
export const alarmsFr = {
  open: (n) => `Alarmes\u00a0: ${n}`,
  hint: 'Touche A\u00a0: toutes les alarmes, avec leur début et leur fin',
  none: 'Aucune alarme, et aucune terminée depuis dix minutes',
  began: 'Début', subject: 'Sujet', what: 'Quoi', ended: 'Fin', goesOn: 'continue',
  rings: 'Sonner dans ce navigateur à chaque nouvelle alarme',
  said: (kind, subject) => `Nouvelle alarme\u00a0: ${kind}, ${subject}`,
  over: (kind, subject) => `Alarme terminée\u00a0: ${kind}, ${subject}`,
};

export const placesEn = { label: 'Site or group', by: 'Count by', byQueue: 'By queue', bySite: 'By site', byGroup: 'By group', none: 'of none', every: 'All sites and groups', site: (/** @type {string} */ name) => `Site ${name}`, group: (/** @type {string} */ name) => `Group ${name}` };

/** @type {typeof placesEn} */
export const placesFr = { label: 'Site ou groupe', by: 'Compter par', byQueue: 'Par file', bySite: 'Par site', byGroup: 'Par groupe', none: 'd’aucun', every: 'Tous les sites et groupes', site: (name) => `Site ${name}`, group: (name) => `Groupe ${name}` };
