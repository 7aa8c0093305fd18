/** Words of the page that shows what can be asked of the server, in both languages. What it shows is in English, as the API is. */

export const docsEn = {
  page: 'Vigie, API', title: 'API', language: 'Language', back: 'The floor', document: 'OpenAPI document', search: 'Search', searchHint: 'Search (key /)',
  parts: 'Parts', loading: 'One moment…', nothing: 'Nothing matches',
  logIn: 'Log in to read this', unreachable: 'The server cannot be reached',
  count: /** @type {{one: string, other: string}} */ ({ one: 'address', other: 'addresses' }),
  right: 'Right', within: 'Limited to', parameters: 'Parameters', body: 'Body', answers: 'Answers', example: 'Example', needed: 'needed', none: 'nothing',
  socket: 'WebSocket messages', toServer: 'to the server', toClient: 'from the server', types: 'Types', nullable: 'or null', listOf: 'list of', oneOf: 'one of',
  limit: (/** @type {string} */ bytes) => `${bytes} bytes at most`,
  withins: /** @type {Record<string, string>} */ ({
    nothing: 'nobody’s data, or one’s own', board: 'rows that one sees', history: 'calls of one’s endpoints and queues', channel: 'the call of the channel', agent: 'the agent',
    figures: 'one’s queues and agents', users: 'users within reach', groups: 'groups within reach', sites: 'sites within reach', messages: 'messages of sites within reach', callbacks: 'requests that nobody has taken, and one’s own', tickets: 'all tickets', everywhere: 'the right must hold everywhere',
  }),
  tags: /** @type {Record<string, string>} */ ({
    health: 'Alive', ready: 'Ready', metrics: 'Metrics', 'openapi.json': 'Description', docs: 'This page', ws: 'WebSocket', auth: 'Logging in', board: 'The floor', calls: 'Calls', queues: 'Queues',
    verbs: 'What may be done', agents: 'Agents', history: 'What happened', exports: 'Exports', figures: 'Figures', users: 'Users', 'user-groups': 'Groups', sites: 'Sites', 'ivr-flows': 'Flows', dids: 'Called numbers', callbacks: 'Requests to be called back', tickets: 'Tickets of assistants', 'flow-contacts': 'Contacts of flows', prompts: 'Prompts', 'audio-files': 'Prompts, for front ends of before', messages: 'Messages of callers', stations: 'Stations',
    people: 'Who sits where', rights: 'Rights', audit: 'Audit log',
  }),
};

/** @type {typeof docsEn} */
export const docsFr = {
  page: 'Vigie, API', title: 'API', language: 'Langue', back: 'Le plateau', document: 'Document OpenAPI', search: 'Chercher', searchHint: 'Chercher (touche /)',
  parts: 'Parties', loading: 'Un instant…', nothing: 'Rien ne correspond',
  logIn: 'Connectez-vous pour lire ceci', unreachable: 'Le serveur ne répond pas',
  count: { one: 'adresse', other: 'adresses' },
  right: 'Droit', within: 'Limité à', parameters: 'Paramètres', body: 'Corps', answers: 'Réponses', example: 'Exemple', needed: 'obligatoire', none: 'rien',
  socket: 'Messages du WebSocket', toServer: 'vers le serveur', toClient: 'du serveur', types: 'Types', nullable: 'ou null', listOf: 'liste de', oneOf: 'parmi',
  limit: (bytes) => `${bytes} octets au plus`,
  withins: {
    nothing: 'les données de personne, ou les siennes', board: 'les lignes que l’on voit', history: 'les appels de ses postes et de ses files', channel: 'l’appel du canal', agent: 'l’agent',
    figures: 'ses files et ses agents', users: 'les utilisateurs à sa portée', groups: 'les groupes à sa portée', sites: 'les sites à sa portée', messages: 'les messages des sites à sa portée', callbacks: 'les demandes que personne n’a prises, et les siennes', tickets: 'tous les tickets', everywhere: 'le droit doit valoir partout',
  },
  tags: {
    health: 'En vie', ready: 'Prêt', metrics: 'Mesures', 'openapi.json': 'Description', docs: 'Cette page', ws: 'WebSocket', auth: 'Se connecter', board: 'Le plateau', calls: 'Appels', queues: 'Files',
    verbs: 'Ce qui est possible', agents: 'Agents', history: 'Ce qui s’est passé', exports: 'Exports', figures: 'Chiffres', users: 'Utilisateurs', 'user-groups': 'Groupes', sites: 'Sites', 'ivr-flows': 'Scénarios SVI', dids: 'Numéros appelés', callbacks: 'Demandes de rappel', tickets: 'Tickets des assistants', 'flow-contacts': 'Contacts des scénarios', prompts: 'Annonces', 'audio-files': 'Annonces, pour les interfaces d’avant', messages: 'Messages des appelants', stations: 'Postes',
    people: 'Qui est assis où', rights: 'Droits', audit: 'Journal d’audit',
  },
};
