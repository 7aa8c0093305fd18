/** A made-up floor for looking at the page without telephony: `node support/floor.mjs [port] [agents]`. */

import { FakeServer } from './fake-server.mjs';
import * as rows from './rows.mjs';

const NAMES = ['Alice Martin', 'Bob Durand', 'Chloé Petit', 'David Moreau', 'Emma Laurent', 'Farid Benali', 'Gaëlle Simon', 'Hugo Michel',
  'Inès Garcia', 'Jules Roux', 'Karim Haddad', 'Léa Fontaine', 'Marc Chevalier', 'Nadia Robin', 'Olivier Masson', 'Pauline Henry',
  'Quentin Rousseau', 'Rosa Nicolas', 'Samuel Perrin', 'Théo Morin', 'Ursula Mathieu', 'Victor Clément', 'Wassim Gauthier', 'Xavier Dumont',
  'Yasmine Lopez', 'Zoé Lefèvre'];
const QUEUES = ['support', 'sales', 'billing', 'english'];

/** The floor at `now`. @param {number} now @param {number} size of agents */
export function floor(now, size = 26) {
  const agents = Array.from({ length: size }, (_, i) => agentAt(i, now));
  const calls = agents.flatMap((agent, i) => (agent.call ? [callOf(agent, i, now)] : []));
  const queues = QUEUES.map((name, i) => queueAt(name, i, now, agents));
  for (const queue of queues) {
    for (const w of queue.waiting) calls.push(waitingCall(queue, w));
  }
  const local = calls.find((call) => call.queue?.name === 'support' && call.phase === 'talking');
  if (local) addLocals(local);
  return {
    pbxs: [rows.pbx({ since_ms: now - 8e6, last_read_ms: now - 400, comparison: { at_ms: now - 340_000, took_ms: 140, channels: 312, queue_entries: 48, devices: 61, differences: 0, examples: [] } })],
    calls: [...calls, parkedCall(now)],
    agents,
    queues,
    trunks: [
      rows.trunk({ registration_since_ms: now - 9e7, reachability_since_ms: now - 9e7 }),
      rows.trunk({ id: 'paris~PJSIP/trunk-b', endpoint: 'PJSIP/trunk-b', reachability: 'unreachable', registration: 'unregistered', registration_since_ms: now - 65_000, reachability_since_ms: now - 65_000, round_trip_us: null, legs: 0 }),
    ],
    alarms: [],
  };
}

const ACTS = ['on_call', 'idle', 'on_call', 'on_call', 'idle', 'wrap_up', 'ringing', 'idle', 'on_hold', 'on_call', 'idle', 'idle', 'unreachable', 'idle', 'consulting', 'idle', 'idle'];

function agentAt(i, now) {
  const number = 1001 + i;
  const id = `paris~PJSIP/${number}`;
  const activity = ACTS[i % ACTS.length];
  const busy = ['on_call', 'ringing', 'on_hold', 'consulting'].includes(activity);
  const paused = i % 5 === 1;
  const out = i % 13 === 10;
  return rows.agent({
    id, endpoint: `PJSIP/${number}`, name: NAMES[i % NAMES.length] + (i >= NAMES.length ? ` ${Math.floor(i / NAMES.length) + 1}` : ''),
    availability: out ? 'logged_out' : paused ? 'paused' : i % 7 === 4 ? 'partly_paused' : 'available',
    availability_since_ms: now - (i * 97 % 50) * 41_000 - 12_000,
    pause_reason: paused ? ['lunch', 'briefing', 'coaching'][i % 3] : null,
    activity: out ? 'idle' : activity,
    activity_since_ms: now - (i * 53 % 40) * 17_000 - 4000,
    call: busy && !out ? `paris~1~${1795224000 + i}.${i}` : null,
    call_queue: busy && i % 3 !== 0 ? QUEUES[i % 4] : null,
    with: busy && !out ? { number: `06${String(12345678 + i * 7654321).slice(0, 8)}`, name: i % 2 ? '' : NAMES[(i * 7 + 3) % NAMES.length] } : null,
    wrap_up_until_ms: activity === 'wrap_up' ? now + 22_000 : null,
    memberships: QUEUES.slice(0, 2 + (i % 3)).map((queue, n) => ({ queue, interface: `PJSIP/${number}`, paused: paused || (i % 7 === 4 && n === 0), reason: paused ? 'lunch' : 'e-mails', since_ms: now - 9000, penalty: n, calls_taken: i })),
    trust: i === 9 ? 'unconfirmed' : 'live',
  });
}

function callOf(agent, i, now) {
  const linkedid = `${1795224000 + i}.${i}`;
  const started = agent.activity_since_ms - 21_000;
  const outbound = i % 3 === 0;
  const ringing = agent.activity === 'ringing';
  const outside = rows.leg({
    uniqueid: linkedid, channel: `PJSIP/trunk-a-${String(i).padStart(8, '0')}`, party: agent.with, started_ms: started, phase_since_ms: agent.activity_since_ms,
    phase: 'up', application: outbound ? '' : 'Queue',
  });
  const inside = rows.leg({
    uniqueid: `${1795224000 + i}.${i + 900}`, channel: `${agent.endpoint}-${String(i + 900).padStart(8, '0')}`, endpoint: agent.endpoint, agent: agent.id, trunk: false,
    party: { number: agent.endpoint.slice(6), name: agent.name }, application: outbound ? 'Dial' : 'AppQueue', started_ms: started,
    phase: ringing ? 'ringing' : agent.activity === 'on_hold' ? 'holding' : 'up', phase_since_ms: agent.activity_since_ms, recorded: i % 4 === 2,
  });
  return rows.call({
    id: agent.call, linkedid, started_ms: started, phase_since_ms: agent.activity_since_ms, answered_ms: ringing ? null : agent.activity_since_ms,
    phase: ringing ? 'waiting' : agent.activity === 'on_hold' ? 'on_hold' : 'talking', direction: outbound ? 'outbound' : 'inbound',
    caller: outbound ? inside.party : outside.party, called: outbound ? agent.with.number : '0170000001',
    legs: outbound ? [inside, outside] : [outside, inside], recording: i % 4 === 2,
    queue: agent.call_queue && { name: agent.call_queue, joined_ms: started, left_ms: ringing ? null : agent.activity_since_ms, outcome: ringing ? null : 'answered', agent: agent.endpoint },
    transfers: i === 3 ? [{ kind: 'blind', by: 'PJSIP/1007', to: '1004', success: true, at_ms: agent.activity_since_ms }] : [],
    trust: i === 9 ? 'unconfirmed' : 'live',
  });
}

function addLocals(call) {
  const half = (n) => rows.leg({ uniqueid: `${call.linkedid}${n}`, channel: `Local/1003@from-phones-00000016;${n}`, endpoint: `Local/1003@from-phones;${n}`, local: true, trunk: false, party: { number: '', name: '' }, application: 'AppQueue', phase_since_ms: call.phase_since_ms });
  call.legs.splice(1, 0, half(1), half(2));
  call.legs.push(rows.leg({ uniqueid: 'spy.1', channel: 'PJSIP/1020-000000aa', endpoint: 'PJSIP/1020', trunk: false, party: { number: '1020', name: 'Sophie (supervisor)' }, application: 'ChanSpy', spies_on: call.legs[0].uniqueid, phase_since_ms: call.phase_since_ms + 9000 }));
}

function queueAt(name, i, now, agents) {
  const waiting = Array.from({ length: [3, 0, 1, 0][i] }, (_, n) => rows.waiting({
    position: n + 1, uniqueid: `${1795225000 + i * 10 + n}.${n}`, channel: `PJSIP/trunk-a-0000f0${i}${n}`, call: `paris~1~w${i}${n}`,
    party: { number: `07${80112233 + n * 1111111 + i}`, name: n === 1 ? 'Établissements Ferrand' : '' }, joined_ms: now - (i === 0 ? 102_000 : 14_000) + n * 31_000,
  }));
  const members = agents.filter((a) => a.memberships.some((m) => m.queue === name)).map((a) => rows.member({
    interface: a.endpoint, name: a.name, agent: a.id, paused: a.availability === 'paused', in_call: a.call_queue === name,
    status: { on_call: 2, on_hold: 8, consulting: 2, ringing: 6, unreachable: 5 }[a.activity] ?? 1,
  }));
  return rows.queue({ id: `paris~${name}`, name, waiting, members, counts_since_ms: now - 2e7, offered: 241 - i * 40, answered: 214 - i * 37, abandoned: 18 - i * 3, flowed_out: 6 - i });
}

function waitingCall(queue, w) {
  return rows.call({
    id: w.call, linkedid: w.uniqueid, caller: w.party, phase: 'waiting', phase_since_ms: w.joined_ms, started_ms: w.joined_ms - 6000, answered_ms: null,
    legs: [rows.leg({ uniqueid: w.uniqueid, channel: w.channel, party: w.party, phase_since_ms: w.joined_ms - 6000 })],
    queue: { name: queue.name, joined_ms: w.joined_ms, left_ms: null, outcome: null, agent: null },
  });
}

function parkedCall(now) {
  return rows.call({
    id: 'paris~1~parked', linkedid: '1795223999.1', phase: 'parked', phase_since_ms: now - 25_000, started_ms: now - 200_000, caller: { number: '0145678901', name: '' },
    legs: [rows.leg({ uniqueid: '1795223999.1', channel: 'PJSIP/trunk-a-000000fe', party: { number: '0145678901', name: '' }, application: 'Park', phase_since_ms: now - 25_000 })],
    parked: { lot: 'default', space: '701', since_ms: now - 25_000, until_ms: now + 20_000 },
  });
}

/** Serves that floor, alive enough to look at: ages move, calls come and go. */
export async function serveFloor(port, size) {
  let seq = 10;
  const server = new FakeServer({
    onSession: (session) => session.send(rows.snapshot(floor(Date.now(), size), { seq, now_ms: Date.now() })),
    onVerb: async (verb, body) => {
      await new Promise((done) => setTimeout(done, 1500));
      if (body.destination === '666') return [502, { error: 'pbx_refused', message: 'No such extension' }];
      return [200, { ok: true, ...body, outcome: verb === 'hangup' ? 'hangup' : 'redirected' }];
    },
  });
  await server.listen(port);
  const timer = setInterval(() => {
    const now = Date.now();
    server.broadcast(rows.changes(seq, ++seq, { pbxs: [{ ...floor(now, 0).pbxs[0], last_read_ms: now - 120 }] }, {}, { now_ms: now }));
  }, 700);
  return { server, stop: () => clearInterval(timer) };
}

if (process.argv[1]?.endsWith('floor.mjs')) {
  const { server } = await serveFloor(Number(process.argv[2] ?? 6700), Number(process.argv[3] ?? 26));
  console.log(server.url);
}
