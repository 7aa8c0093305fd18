import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { en } from '../../../static/en.js';
import { fr } from '../../../static/fr.js';
import { words as peopleEn } from '../../../static/people/words-en.js';
import { words as peopleFr } from '../../../static/people/words-fr.js';
import { words as soundsEn } from '../../../static/sounds/words-en.js';
import { words as soundsFr } from '../../../static/sounds/words-fr.js';
import { words as flowsEn } from '../../../static/flows/words-en.js';
import { words as flowsFr } from '../../../static/flows/words-fr.js';
import { words as callbacksEn } from '../../../static/callbacks/words-en.js';
import { words as callbacksFr } from '../../../static/callbacks/words-fr.js';
import { docsEn, docsFr } from '../../../static/words/docs.js';
import { Speech } from '../../../static/i18n.js';

const root = new URL('../../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

/** Every path to a word. */
function paths(words, at = '') {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' ? paths(value, `${at}${key}.`) : [`${at}${key}`]);
}

test('both languages say the same things', () => {
  assert.deepEqual(paths(fr).sort(), paths(en).sort());
});

test('counted words follow the number in both languages', () => {
  const [english, french] = [new Speech('en'), new Speech('fr')];
  for (const key of Object.keys(en.counted)) {
    for (const [speech, forms, singular] of [[english, en.counted[key], [1]], [french, fr.counted[key], [0, 1]]]) {
      for (const n of [0, 1, 2, 1_000_000]) {
        const form = singular.includes(n) ? forms.one : forms.other;
        assert.equal(speech.counted(key, n), `${speech.number(n)} ${form}`, `${speech.lang} ${key} ${n}`);
      }
    }
  }
  assert.deepEqual([0, 1, 2].map((n) => french.counted('offered', n)), ['0 reçu', '1 reçu', '2 reçus']);
  assert.deepEqual([0, 1, 2].map((n) => english.counted('channels', n)), ['0 channels compared', '1 channel compared', '2 channels compared']);
});

/** Every sentence of a language, functions filled. */
const sentences = (words) => Object.values(words).flatMap((value) =>
  typeof value === 'object' ? sentences(value) : [typeof value === 'function' ? String(value('a', 'b', 'c')) : value]);

test('French marks keep to the word before them at the end of a line', () => {
  const all = sentences(fr);
  assert.ok(all.length > 200, `${all.length}`);
  assert.deepEqual(all.filter((text) => / [:;!?»]|« /.test(text)), []);
  assert.ok(all.some((text) => text.includes('\u00a0:')) && all.some((text) => text.includes('\u202f?')));
});

test('no word with a number in front escapes the plural', () => {
  for (const file of ['static/en.js', 'static/fr.js']) {
    const bare = [...read(file).matchAll(/\$\{(?:n|count|number)\} \p{L}+/gu)].map((match) => match[0]).filter((words) => !/ (of|sur)$/.test(words));
    assert.deepEqual(bare, [], file);
  }
});

test('every word that the page names exists', () => {
  const known = new Set(paths(en));
  const named = [...read('static/index.html').matchAll(/data-words(?:-[a-z-]+)?="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length > 20);
  for (const path of named) assert.ok(known.has(path), path);
});

test('every reason that the server gives for a refusal has words', () => {
  const given = new Set();
  for (const file of ['src/http/error.rs', 'actors/src/call/policy.rs', 'actors/src/agent/policy.rs']) {
    for (const [, slug] of read(file).matchAll(/(?:=> |Refuse\(\s*|Conflict\(\s*)"([a-z_]+)"/g)) given.add(slug);
  }
  for (const file of [...rustFiles('src/http'), ...rustFiles('actors/src')]) {
    for (const [, slug] of read(file).matchAll(/(?:State|Over|Conflict)\(\s*"([a-z_]+)"/g)) given.add(slug);
  }
  // Not for a page that sends well-formed JSON to the right address.
  for (const slug of ['malformed_json', 'not_found', 'method_not_allowed', 'too_slow', 'too_large', 'not_json']) given.delete(slug);
  assert.ok(given.has('no_such_channel') && given.has('pbx_refused'), [...given].join());
  for (const slug of given) assert.ok(slug in en.verb.errors || slug in peopleEn.errors, slug);
});

test('every kind of alarm has words', () => {
  const given = new Set();
  for (const file of ['src/app/alarms.rs', 'src/app/keeping.rs', 'src/links/ami/report.rs']) {
    for (const [, kind] of read(file).matchAll(/(?:begin\(\s*&?board,\s*|\.alarm\(\s*)"([a-z_]+)"/g)) given.add(kind);
  }
  assert.ok(given.has('link_down') && given.has('arbiter_held') && given.has('database_away'), [...given].join());
  for (const kind of given) assert.ok(kind in en.alarm.kinds, kind);
});

/** Every Rust file below a folder. */
const rustFiles = (folder) => readdirSync(new URL(folder, root), { recursive: true }).map(String).filter((name) => name.endsWith('.rs') && !name.endsWith('tests.rs')).map((name) => `${folder}/${name}`);

test('every sentence that the server says by a slug is said in both languages, filled alike', () => {
  const given = new Map();
  for (const file of ['src', 'actors/src'].flatMap(rustFiles)) {
    for (const [, slug, filling] of read(file).matchAll(/Said::new\(\s*"(\w+)",\s*\[([^\]]*)\]/g)) given.set(slug, filling.split(',').filter((part) => part.trim()).length);
  }
  assert.ok(given.size > 30 && given.has('login_wrong') && given.has('may_not_ask') && given.has('set_aside'), [...given.keys()].join());
  assert.deepEqual([...given.keys()].sort(), Object.keys(en.said).sort());
  const words = ['Aaa', 'Bbb', 'Ccc'];
  for (const [slug, count] of given) {
    for (const language of [en, fr]) {
      const said = language.said[slug](...words.slice(0, count));
      for (const word of words.slice(0, count)) assert.ok(said.includes(word), `${slug}: ${said}`);
      assert.ok(!said.includes('undefined'), `${slug}: ${said}`);
    }
    if (given.get(slug) === 0) assert.notEqual(en.said[slug](), fr.said[slug](), slug);
  }
});

test('what an account may not do is said for each action and class', () => {
  const actions = [...read('actors/src/resync/plan.rs').matchAll(/Step::\w+ => "(\w+): /g)].map((match) => match[1]);
  const classes = [...read('src/links/ami/rights.rs').matchAll(/^ +\(?(?:[A-Z]+, )?"(\w+)", ?(?:"|$)/gm)].map((match) => match[1]);
  assert.ok(actions.length >= 12, actions.join());
  for (const language of ['en', 'fr']) {
    const { said } = new Speech(language).w;
    for (const action of actions) assert.notEqual(said.may_not_ask(action), said.may_not_ask('Other').replace('Other', action), action);
    for (const action of ['Hangup', 'Redirect']) assert.notEqual(said.may_not_send(action), said.may_not_send('Other').replace('Other', action), action);
    for (const name of new Set(['call', 'agent', 'system', 'dialplan', ...classes])) assert.notEqual(said.class_not_read(name), said.class_not_read('other').replace('other', name), name);
  }
});

test('a sentence that this page does not know is said in the server’s words', () => {
  const speech = new Speech('fr');
  assert.equal(speech.said({ slug: 'closed', with: [], text: 'the PBX closed the connection' }), 'le PBX a fermé la connexion');
  for (const slug of ['', 'of_tomorrow', 'toString', '__proto__']) assert.equal(speech.said({ slug, with: [], text: 'words' }), 'words');
});

/** `{"StructName": ["field", ...]}` and `{"EnumName": ["variant", ...]}` of the board's shapes. */
function rustShapes(source) {
  const snake = (name) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
  const shapes = {};
  for (const [, attributes, kind, name, body] of source.matchAll(/((?:#\[[^\]]*\]\n)*)pub (struct|enum) (\w+) \{\n([\s\S]*?)\n\}/g)) {
    const lower = /rename_all = "lowercase"/.test(attributes);
    shapes[name] = kind === 'struct'
      ? [...body.matchAll(/^ {4}pub (\w+):/gm)].map((match) => match[1])
      : [...body.matchAll(/^ {4}(\w+),/gm)].map((match) => (lower ? match[1].toLowerCase() : snake(match[1])));
  }
  return shapes;
}

test('the page names every field and every state that the board sends', () => {
  const rust = rustShapes(
    ['mod', 'call', 'leg', 'agent', 'queue', 'trunk', 'pbx', 'said', 'desk'].map((name) => read(`actors/src/view/${name}.rs`)).join('\n'),
  );
  const page = read('static/protocol.js');
  const records = {
    CallView: 'Call', LegView: 'Leg', AgentView: 'Agent', MembershipView: 'Membership', QueueView: 'Queue', QueueStintView: 'QueueStint',
    WaitingView: 'Waiting', QueueMemberView: 'QueueMember', TrunkView: 'Trunk', PbxView: 'Pbx', ComparisonView: 'Comparison', AlarmView: 'Alarm', Said: 'Said', DeskView: 'Desk', MessageView: 'Message',
  };
  for (const [view, name] of Object.entries(records)) {
    const block = new RegExp(`@typedef \\{object\\} ${name}\\n([\\s\\S]*?)\\*/`).exec(page);
    assert.ok(block, name);
    const fields = [...block[1].matchAll(/@property \{[^\n]*?\} \[?(\w+)/g)].map((match) => match[1]);
    assert.deepEqual(fields.sort(), [...rust[view]].sort(), name);
  }
  const unions = ['Trust', 'Direction', 'CallPhase', 'LegPhase', 'QueueOutcome', 'TransferKind', 'Availability', 'Activity', 'Registration', 'Reachability', 'LinkPhase'];
  for (const name of unions) {
    const line = new RegExp(`@typedef \\{([^}]*)\\} ${name} `).exec(page);
    assert.ok(line, name);
    assert.deepEqual(line[1].match(/\w+/g).sort(), [...rust[name]].sort(), name);
  }
});

test('the page knows every message that the server sends, and sends only what it accepts', () => {
  const source = read('src/ws/protocol.rs');
  const shapes = rustShapes(source.replaceAll(/\([^()]*\),/g, ',').replaceAll(/^ {4}(\w+) \{[^}]*\},/gm, '    $1,'));
  const page = read('static/protocol.js');
  const known = [...page.matchAll(/type: '(\w+)'|@property \{'(\w+)'\} type/g)].map((match) => match[1] ?? match[2]);
  // `event` goes to consoles that asked for the operator's protocol, never to the page
  assert.deepEqual(known.sort(), [...shapes.ToBrowser].filter((name) => name !== 'event').sort());
  assert.deepEqual(shapes.FromBrowser, ['ping']);
  assert.match(read('static/socket.js'), /send\('\{"type":"ping"\}'\)/);
});

test('people’s pages say the same in both languages, and every word that they name exists', () => {
  assert.deepEqual(paths(peopleFr).sort(), paths(peopleEn).sort());
  const known = new Set(paths(peopleEn));
  for (const page of ['login', 'admin']) {
    const named = [...read(`static/${page}.html`).matchAll(/data-words(?:-[a-z-]+)?="([^"]+)"/g)].map((match) => match[1]);
    assert.ok(named.length > 3, page);
    for (const path of named) assert.ok(known.has(path), `${page}: ${path}`);
  }
});

test('the page of flows says the same in both languages, every word that it names exists, and every fault has words', () => {
  assert.deepEqual(paths(flowsFr).sort(), paths(flowsEn).sort());
  const known = new Set(paths(flowsEn));
  const named = [...read('static/flows.html').matchAll(/data-words(?:-[a-z-]+)?="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length > 20);
  for (const path of named) assert.ok(known.has(path), path);
  const french = sentences(flowsFr).filter((text) => / [:;!?»]|« /.test(text));
  assert.deepEqual(french, []);
  const slugs = new Set();
  for (const file of [...rustFiles('actors/src/ivr'), 'src/flows/book.rs']) {
    for (const match of read(file).matchAll(/(?:flaw|broken)\(\s*[\w()&[\].]+,\s*"([a-z_]+)"|\("(unknown_type|bad_[a-z]+)",|slug: "([a-z_]+)"/g)) slugs.add(match[1] ?? match[2] ?? match[3]);
  }
  assert.ok(slugs.has('missing_exit') && slugs.has('bad_content') && slugs.has('unreadable'), [...slugs].join());
  for (const slug of slugs) assert.ok(slug in flowsEn.faults.slugs, slug);
});

test('the page of the API says the same in both languages, and has a word for each part and limit', () => {
  assert.deepEqual(paths(docsFr).sort(), paths(docsEn).sort());
  const known = new Set(paths(docsEn));
  const named = [...read('static/docs/index.html').matchAll(/data-words(?:-[a-z-]+)?="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length > 4);
  for (const path of named) assert.ok(known.has(path), path);
  const rules = [...read('src/http/routes.rs').matchAll(/^ {4}(?:GET|POST|PUT|DELETE) "([^"]+)"/gm)].map((match) => match[1]);
  assert.ok(rules.length > 70);
  for (const path of rules) assert.ok(path.replace(/^\/api/, '').split('/')[1] in docsEn.tags, path);
  const withins = [...read('src/http/openapi/document.rs').matchAll(/Within::\w+ => "(\w+)"/g)].map((match) => match[1]);
  assert.ok(withins.length >= 10);
  for (const within of withins) assert.ok(within in docsEn.withins, within);
});

test('the page of sounds says the same in both languages, and has words for what it names and why a file is no sound', () => {
  assert.deepEqual(paths(soundsFr).sort(), paths(soundsEn).sort());
  const known = new Set(paths(soundsEn));
  const named = [...read('static/sounds.html').matchAll(/data-words(?:-[a-z-]+)?="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length > 4);
  for (const path of named) assert.ok(known.has(path), path);
  const reasons = [...read('src/prompts/audio.rs').matchAll(/Self::(?:Unknown|Broken|Empty|TooLong) => "([^"]+)"/g)].map((match) => match[1]);
  assert.equal(reasons.length, 4);
  for (const reason of reasons) assert.ok(reason in soundsEn.reasons, reason);
});

test('callbacks say the same in both languages, and every word that their page names exists', () => {
  assert.deepEqual(paths(callbacksFr).sort(), paths(callbacksEn).sort());
  assert.deepEqual(sentences(callbacksFr).filter((text) => / [:;!?»]|« /.test(text)), []);
  const known = new Set(paths(callbacksEn));
  const named = [...read('static/callbacks.html').matchAll(/data-words(?:-[a-z-]+)?="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length > 4);
  for (const path of named) assert.ok(known.has(path), path);
  const outcomes = [...read('src/errands/callback.rs').matchAll(/Self::\w+ => "(\w+)"/g)].map((match) => match[1]).filter((word) => !['open', 'taken', 'done', 'failed'].includes(word));
  assert.deepEqual(outcomes.sort(), Object.keys(callbacksEn.outcomes).sort());
});

test('every right, every problem of the check and every role has words', () => {
  const rights = [...read('src/auth/rights.rs').matchAll(/^ {4}\w+ = "([a-z_]+)", "/gm)].map((match) => match[1]);
  assert.ok(rights.length > 20);
  for (const right of rights) assert.ok(right in peopleEn.rights, right);
  const problems = [...read('src/http/people/check.rs').matchAll(/(?:say\(|slug: )"([a-z_]+)"/g)].map((match) => match[1]);
  assert.ok(problems.length >= 5);
  for (const problem of problems) assert.ok(problem in peopleEn.check.problems, problem);
  for (const role of ['Agent', 'Superviseur', 'Administrateur', 'SuperAdmin']) assert.ok(role in peopleEn.roles, role);
});
