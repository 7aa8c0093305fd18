/** What nodes, their fields and their exits are called, in English. `types-fr.js` has the same shape. */

export const typesEn = {
  types: {
    start: { name: 'Start', help: 'Where every caller begins. There is one.' },
    media: { name: 'Play', help: 'Plays a prompt. A key ends it, and counts as the answer of a menu that follows.' },
    say: { name: 'Say', help: 'Reads a text aloud. A variable stands in braces: {caller}.' },
    menu: {
      name: 'Menu', help: 'Plays a prompt and waits for one key. Each key leads somewhere.',
      fields: { tries: 'Wrong keys before it gives up', repeats: 'Asked again after silence, times', timeoutMs: 'Waits for a key, ms' },
      ports: { 'out-timeout': 'No key', 'out-invalid': 'Wrong keys only' },
    },
    digits: {
      name: 'Ask for digits', help: 'Waits for a number that the caller types, such as a customer number, and keeps it in a variable.',
      fields: { tries: 'Asked so many times', timeoutMs: 'Waits for each key, ms' },
      hints: { secret: 'A code: it stands in no log and in no journal' },
      ports: { 'out-ok': 'Entered', 'out-timeout': 'Nothing entered', 'out-invalid': 'Too short or too long' },
    },
    calendar: { name: 'Opening hours', help: 'Leaves by the first event that holds now, from top to bottom. Holidays stand above the weekly hours.', ports: { 'out-default': 'None of them' } },
    condition: { name: 'Condition', help: 'Leaves by the first case of which all tests hold, from top to bottom.', ports: { 'out-default': 'None of them' }, fields: { all: 'Tests' } },
    set: { name: 'Set variables', help: 'Gives variables a value, for texts and conditions that follow.', hints: { channel: 'Names begin with FLOW_; the dialplan and reports see them' } },
    transfer: {
      name: 'Transfer', help: 'Connects the caller to a number, an extension, a queue or through a trunk. The exits are for when nobody answers.',
      fields: { timeoutS: 'Rings, s' },
      hints: { number: 'A number, an extension or the name of a queue; {variables} may stand in it' },
      ports: { out: 'Nobody answered', 'out-busy': 'Busy', 'out-noanswer': 'Rang in vain', 'out-failed': 'Could not be reached' },
    },
    queue: {
      name: 'Queue', help: 'The caller waits for an agent of a queue.',
      fields: { timeoutS: 'Waits at most, s' },
      hints: { priority: 'A higher one is served first', position: 'Where he enters the line; empty: at its end' },
      ports: { out: 'Not served', 'out-timeout': 'Waited too long', 'out-full': 'Queue full', 'out-joinempty': 'No agent when he came', 'out-leaveempty': 'No agent left', 'out-joinunavail': 'No free agent when he came', 'out-leaveunavail': 'No free agent left', 'out-failed': 'No such queue', 'out-answered': 'After the talk' },
    },
    voicemail: { name: 'Voicemail', help: 'Plays a prompt, then records what the caller says. The flow ends there.' },
    ai: {
      name: 'Assistant', help: 'The caller talks with an assistant, which hears and speaks. Each exit is for how that ends.',
      hints: { assistant: 'Its id, such as after-sales; empty: the one that answers on this PBX' },
      ports: { out: 'It had nothing more to say', 'out-human': 'A human is wanted', 'out-failed': 'No assistant answered' },
    },
    callback: {
      name: 'Callback', help: 'Notes that the caller wants to be called back. Agents work the list off.',
      fields: { number: 'Number to call' },
      ports: { 'out-ok': 'Noted', 'out-failed': 'Could not be noted' },
    },
    http: {
      name: 'HTTP request', help: 'Asks another server, and keeps parts of its JSON answer in variables.',
      fields: { timeoutMs: 'Waits at most, ms', save: 'Kept of the answer' },
      hints: { body: 'JSON; what is no JSON is sent as text' },
      ports: { 'out-ok': 'Answered', 'out-failed': 'Failed or too late' },
    },
    lookup: {
      name: 'Look up the caller', help: 'Looks for a contact with the caller’s number, and keeps its data in variables.',
      fields: { save: 'Kept of the contact' },
      ports: { 'out-found': 'Known', 'out-unknown': 'Unknown', 'out-failed': 'Could not look' },
    },
    goto: { name: 'Go to a flow', help: 'Goes on in another flow, in what is published of it.' },
    hangup: { name: 'Hang up', help: 'Ends the call.' },
  },
  ports: { out: 'Then', 'out-timeout': 'Too late', 'out-invalid': 'Invalid', 'out-default': 'Else', 'out-ok': 'Done', 'out-failed': 'Failed' },
  fields: {
    name: 'Name', number: 'Number', description: 'Description', ivrFlowId: 'Flow', note: 'Note', type: 'Type',
    prompt: 'Prompt', text: 'Text', language: 'Language', options: 'Keys', key: 'Key', label: 'Name', timeoutMs: 'Waits, ms', timeoutS: 'Waits, s', tries: 'Tries', repeats: 'Repeats',
    variable: 'Variable', min: 'Digits at least', max: 'Digits at most', terminator: 'Ended by', secret: 'Secret', timezone: 'Time zone', events: 'Events', eventType: 'Kind',
    isRecurring: 'Every week', days: 'Days', startDate: 'First day', endDate: 'Last day', allDay: 'All day', startTime: 'From', endTime: 'Until', cases: 'Cases', all: 'Tests',
    of: 'Variable, or “time”', is: 'Is', value: 'Value', from: 'From', until: 'Until', variables: 'Variables', channel: 'Channel variables', to: 'To', trunk: 'Trunk', queue: 'Queue',
    priority: 'Priority', position: 'Position', attempts: 'Attempts', method: 'Method', url: 'Address', headers: 'Headers', body: 'Body', save: 'Kept', pointer: 'Where in the answer',
    field: 'Field of the contact', flow: 'Flow', cause: 'Cause', assistant: 'Assistant', nodes: 'Nodes', connections: 'Lines',
  },
  hints: {
    prompt: 'Name of a prompt, or the text to read aloud', text: '{caller} and other variables may stand in it', variable: 'Small letters, digits and _', timezone: 'Such as Europe/Paris',
    pointer: 'Such as /customer/name', url: 'Values of {variables} are escaped', trunk: 'Name of the trunk', queue: 'As it is called in queues.conf',
  },
  choices: {
    terminator: { '': 'nothing: by silence' },
    language: { fr: 'French', en: 'English' },
    eventType: { open: 'open', closed: 'closed' },
    to: { number: 'a number', extension: 'an extension', queue: 'a queue', trunk: 'a number through a trunk' },
    cause: { normal: 'normal', busy: 'busy', noanswer: 'no answer', rejected: 'rejected', congestion: 'congestion', unallocated: 'no such number' },
    is: { equals: 'equals', not_equals: 'does not equal', starts_with: 'starts with', contains: 'contains', empty: 'is empty', filled: 'is not empty', less: 'is less than', greater: 'is greater than', pattern: 'fits the pattern (X, Z, N, .)', prefix: 'is a number that begins with' },
  },
  adds: { options: 'Add a key', events: 'Add an event', cases: 'Add a case', all: 'Add a test', variables: 'Add a variable', channel: 'Add a channel variable', headers: 'Add a header', save: 'Keep another' },
  days: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
};
