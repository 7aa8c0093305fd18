/** Les mêmes mots en français : `types-en.js` en a la forme. */

/** @type {typeof import('./types-en.js').typesEn} */
export const typesFr = {
  types: {
    start: { name: 'Début', help: 'Où chaque appelant commence. Il n’y en a qu’un.' },
    media: { name: 'Diffuser', help: 'Diffuse une annonce. Une touche l’interrompt, et vaut réponse au menu qui suit.' },
    say: { name: 'Dire', help: 'Lit un texte à voix haute. Une variable s’écrit entre accolades\u00a0: {caller}.' },
    menu: {
      name: 'Menu', help: 'Diffuse une annonce et attend une touche. Chaque touche mène quelque part.',
      fields: { tries: 'Touches fausses avant d’abandonner', repeats: 'Reposé après un silence, fois', timeoutMs: 'Attend une touche, ms' },
      ports: { 'out-timeout': 'Aucune touche', 'out-invalid': 'Touches fausses seulement' },
    },
    digits: {
      name: 'Demander des chiffres', help: 'Attend un nombre que l’appelant compose, comme un numéro de client, et le garde dans une variable.',
      fields: { tries: 'Demandé tant de fois', timeoutMs: 'Attend chaque touche, ms' },
      hints: { secret: 'Un code\u00a0: il n’est dans aucun journal' },
      ports: { 'out-ok': 'Saisi', 'out-timeout': 'Rien de saisi', 'out-invalid': 'Trop court ou trop long' },
    },
    calendar: { name: 'Horaires', help: 'Sort par le premier événement qui vaut à présent, de haut en bas. Les jours fériés sont au-dessus des horaires de la semaine.', ports: { 'out-default': 'Aucun d’eux' } },
    condition: { name: 'Condition', help: 'Sort par le premier cas dont tous les tests sont vrais, de haut en bas.', ports: { 'out-default': 'Aucun d’eux' }, fields: { all: 'Tests' } },
    set: { name: 'Fixer des variables', help: 'Donne une valeur à des variables, pour les textes et les conditions qui suivent.', hints: { channel: 'Leurs noms commencent par FLOW_\u00a0; le plan de numérotation et les rapports les voient' } },
    transfer: {
      name: 'Transférer', help: 'Relie l’appelant à un numéro, un poste, une file ou par un trunk. Les sorties sont pour quand personne ne répond.',
      fields: { timeoutS: 'Sonne, s' },
      hints: { number: 'Un numéro, un poste ou le nom d’une file\u00a0; des {variables} peuvent y figurer' },
      ports: { out: 'Personne n’a répondu', 'out-busy': 'Occupé', 'out-noanswer': 'Sonné en vain', 'out-failed': 'Injoignable' },
    },
    queue: {
      name: 'File', help: 'L’appelant attend un agent d’une file.',
      fields: { timeoutS: 'Attend au plus, s' },
      hints: { priority: 'Une plus haute est servie d’abord', position: 'Où il entre dans la file\u00a0; vide\u00a0: à la fin' },
      ports: { out: 'Non servi', 'out-timeout': 'Attendu trop longtemps', 'out-full': 'File pleine', 'out-joinempty': 'Aucun agent à son arrivée', 'out-leaveempty': 'Plus aucun agent', 'out-joinunavail': 'Aucun agent libre à l’arrivée', 'out-leaveunavail': 'Plus aucun agent libre', 'out-failed': 'File inconnue', 'out-answered': 'Après la conversation' },
    },
    voicemail: { name: 'Messagerie', help: 'Diffuse une annonce, puis enregistre ce que dit l’appelant. Le scénario s’arrête là.' },
    ai: {
      name: 'Assistant', help: 'L’appelant parle avec un assistant, qui écoute et qui parle. Chaque sortie dit comment cela finit.',
      hints: { assistant: 'Son identifiant, comme after-sales\u00a0; vide\u00a0: celui qui répond sur ce PBX' },
      ports: { out: 'Il n’avait plus rien à dire', 'out-human': 'Un humain est demandé', 'out-failed': 'Aucun assistant n’a répondu' },
    },
    callback: {
      name: 'Rappel', help: 'Note que l’appelant veut être rappelé. Les agents traitent la liste.',
      fields: { number: 'Numéro à rappeler' },
      ports: { 'out-ok': 'Noté', 'out-failed': 'N’a pas pu être noté' },
    },
    http: {
      name: 'Requête HTTP', help: 'Interroge un autre serveur, et garde des parties de sa réponse JSON dans des variables.',
      fields: { timeoutMs: 'Attend au plus, ms', save: 'Gardé de la réponse' },
      hints: { body: 'JSON\u00a0; ce qui n’en est pas est envoyé comme texte' },
      ports: { 'out-ok': 'Répondu', 'out-failed': 'Échec ou trop tard' },
    },
    lookup: {
      name: 'Chercher l’appelant', help: 'Cherche un contact qui a le numéro de l’appelant, et garde ses données dans des variables.',
      fields: { save: 'Gardé du contact' },
      ports: { 'out-found': 'Connu', 'out-unknown': 'Inconnu', 'out-failed': 'Recherche impossible' },
    },
    goto: { name: 'Aller à un scénario', help: 'Continue dans un autre scénario, dans ce qui en est publié.' },
    hangup: { name: 'Raccrocher', help: 'Termine l’appel.' },
  },
  ports: { out: 'Ensuite', 'out-timeout': 'Trop tard', 'out-invalid': 'Invalide', 'out-default': 'Sinon', 'out-ok': 'Fait', 'out-failed': 'Échec' },
  fields: {
    name: 'Nom', number: 'Numéro', description: 'Description', ivrFlowId: 'Scénario', note: 'Note', type: 'Type',
    prompt: 'Annonce', text: 'Texte', language: 'Langue', options: 'Touches', key: 'Touche', label: 'Nom', timeoutMs: 'Attend, ms', timeoutS: 'Attend, s', tries: 'Essais', repeats: 'Répétitions',
    variable: 'Variable', min: 'Chiffres au moins', max: 'Chiffres au plus', terminator: 'Fini par', secret: 'Secret', timezone: 'Fuseau horaire', events: 'Événements', eventType: 'Sorte',
    isRecurring: 'Chaque semaine', days: 'Jours', startDate: 'Premier jour', endDate: 'Dernier jour', allDay: 'Toute la journée', startTime: 'De', endTime: 'À', cases: 'Cas', all: 'Tests',
    of: 'Variable, ou «\u00a0time\u00a0»', is: 'Est', value: 'Valeur', from: 'De', until: 'À', variables: 'Variables', channel: 'Variables du canal', to: 'Vers', trunk: 'Trunk', queue: 'File',
    priority: 'Priorité', position: 'Position', attempts: 'Tentatives', method: 'Méthode', url: 'Adresse', headers: 'En-têtes', body: 'Corps', save: 'Gardé', pointer: 'Où dans la réponse',
    field: 'Champ du contact', flow: 'Scénario', cause: 'Cause', assistant: 'Assistant', nodes: 'Nœuds', connections: 'Lignes',
  },
  hints: {
    prompt: 'Nom d’une annonce, ou le texte à lire à voix haute', text: '{caller} et d’autres variables peuvent y figurer', variable: 'Minuscules, chiffres et _', timezone: 'Comme Europe/Paris',
    pointer: 'Comme /client/nom', url: 'Les valeurs des {variables} sont échappées', trunk: 'Nom du trunk', queue: 'Comme elle s’appelle dans queues.conf',
  },
  choices: {
    terminator: { '': 'rien\u00a0: par un silence' },
    language: { fr: 'français', en: 'anglais' },
    eventType: { open: 'ouvert', closed: 'fermé' },
    to: { number: 'un numéro', extension: 'un poste', queue: 'une file', trunk: 'un numéro par un trunk' },
    cause: { normal: 'normale', busy: 'occupé', noanswer: 'pas de réponse', rejected: 'refusé', congestion: 'encombrement', unallocated: 'numéro inexistant' },
    is: { equals: 'égale', not_equals: 'n’égale pas', starts_with: 'commence par', contains: 'contient', empty: 'est vide', filled: 'n’est pas vide', less: 'est inférieur à', greater: 'est supérieur à', pattern: 'suit le motif (X, Z, N, .)', prefix: 'est un numéro qui commence par' },
  },
  adds: { options: 'Ajouter une touche', events: 'Ajouter un événement', cases: 'Ajouter un cas', all: 'Ajouter un test', variables: 'Ajouter une variable', channel: 'Ajouter une variable du canal', headers: 'Ajouter un en-tête', save: 'Garder autre chose' },
  days: { mon: 'lun', tue: 'mar', wed: 'mer', thu: 'jeu', fri: 'ven', sat: 'sam', sun: 'dim' },
};
