/** Words of messages, of a raised hand and of an agent's own page, in both languages. */

export const deskEn = {
  messages: 'Messages', none: 'No message', write: 'Message to this agent', send: 'Send',
  from: (/** @type {string} */ who, /** @type {string} */ at) => (who ? `${who}, ${at}` : at),
  read: (/** @type {string} */ at) => `read ${at}`, unread: 'not read yet',
  count: /** @type {{one: string, other: string}} */ ({ one: 'message not read', other: 'messages not read' }),
  hand: 'Hand raised', handOf: (/** @type {string} */ who) => `${who} raises a hand`, raise: 'Raise a hand', lower: 'Lower the hand', why: 'Why (optional)',
  asks: (/** @type {string} */ text) => `asks for help: ${text}`, asksPlain: 'asks for help',
  hands: 'Raised hands', open: (/** @type {string} */ who) => `Open ${who}`,
  own: 'My desk', choose: 'Whose desk is this?', unknown: (/** @type {string} */ id) => `${id} is not known on the floor`, leave: 'The floor', markRead: 'Mark as read',
  listened: (/** @type {string} */ mode) => ({ whisper: 'Somebody listens and speaks to the agent', barge: 'Somebody takes part in the conversation' })[mode] ?? 'Somebody listens to the conversation',
  failed: 'This was not done', sent: 'Sent',
};

/** @type {typeof deskEn} */
export const deskFr = {
  messages: 'Messages', none: 'Aucun message', write: 'Message à cet agent', send: 'Envoyer',
  from: (who, at) => (who ? `${who}, ${at}` : at),
  read: (at) => `lu à ${at}`, unread: 'pas encore lu',
  count: { one: 'message non lu', other: 'messages non lus' },
  hand: 'Main levée', handOf: (who) => `${who} lève la main`, raise: 'Lever la main', lower: 'Baisser la main', why: 'Pourquoi (facultatif)',
  asks: (text) => `demande de l’aide\u00a0: ${text}`, asksPlain: 'demande de l’aide',
  hands: 'Mains levées', open: (who) => `Ouvrir ${who}`,
  own: 'Mon poste', choose: 'De qui est ce poste\u202f?', unknown: (id) => `${id} n’est pas connu sur le plateau`, leave: 'Le plateau', markRead: 'Marquer comme lus',
  listened: (mode) => ({ whisper: 'Quelqu’un écoute et parle à l’agent', barge: 'Quelqu’un intervient dans la conversation' })[mode] ?? 'Quelqu’un écoute la conversation',
  failed: 'Cela n’a pas été fait', sent: 'Envoyé',
};
