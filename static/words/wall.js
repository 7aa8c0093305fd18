/** Words of the wall, in both languages. */

export const wallEn = {
  title: 'Wall',
  open: 'Wall',
  hint: 'Key W: large figures for a screen on the wall, and back',
  leave: 'Back to the floor',
  table: 'As a table',
  tableHint: 'Key T: the same figures as a table',
  of: 'What the wall shows',
  waiting: 'waiting', longest: 'longest wait', calls: 'calls', talking: 'on a call', free: 'available', paused: 'paused', trouble: 'look here',
  queue: 'Queue', agent: 'Agent', state: 'State', since: 'Since', agents: 'Agents',
  noQueue: 'in no queue',
  others: /** @type {{one: string, other: string}} */ ({ one: 'more queue', other: 'more queues' }),
  canvas: 'The wall as a picture; the table beside it holds the same',
};

/** @type {typeof wallEn} */
export const wallFr = {
  title: 'Mur',
  open: 'Mur',
  hint: 'Touche W : de grands chiffres pour un écran au mur, et retour',
  leave: 'Retour au plateau',
  table: 'En tableau',
  tableHint: 'Touche T : les mêmes chiffres en tableau',
  of: 'Ce que montre le mur',
  waiting: 'en attente', longest: 'attente max.', calls: 'appels', talking: 'en appel', free: 'disponibles', paused: 'en pause', trouble: 'à voir',
  queue: 'File', agent: 'Agent', state: 'État', since: 'Depuis', agents: 'Agents',
  noQueue: 'dans aucune file',
  others: { one: 'autre file', other: 'autres files' },
  canvas: 'Le mur en image ; le tableau à côté contient la même chose',
};
