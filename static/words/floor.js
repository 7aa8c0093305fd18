/** Words of the floor's own tools, in both languages: freezing the picture, filters. */

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
