/** Rows of the board for tests of the page, whole and valid; a test overrules what it is about. */

export const T0 = 1_795_224_504_000;

export const pbx = (over = {}) => ({
  id: 'paris', link: 'live', since_ms: T0 - 600_000, known_since_ms: T0 - 600_000, problem: '', problem_slug: '', problem_with: [], version: 'Asterisk 22.10.1', epoch: 1_795_000_000,
  last_read_ms: T0 - 400, clock_offset_ms: 0,
  comparison: { at_ms: T0 - 60_000, took_ms: 140, channels: 312, queue_entries: 48, devices: 61, differences: 0, examples: [] },
  suspect: false, plain_text: false, unknown: [], ...over,
});

export const leg = (over = {}) => ({
  uniqueid: '1795224500.1', channel: 'PJSIP/trunk-a-00000001', endpoint: 'PJSIP/trunk-a', local: false, agent: null, trunk: true,
  phase: 'up', phase_since_ms: T0 - 30_000, party: { number: '0612345678', name: 'Alice Martin' }, application: 'Queue',
  started_ms: T0 - 45_000, answered_ms: T0 - 30_000, ended_ms: null, cause: null, spies_on: null, recorded: false, muted: false, ...over,
});

export const call = (over = {}) => ({
  id: 'paris~1795000000~1795224500.1', pbx: 'paris', linkedid: '1795224500.1', merged: [], phase: 'talking', phase_since_ms: T0 - 30_000,
  direction: 'inbound', caller: { number: '0612345678', name: 'Alice Martin' }, called: '0170000001', started_ms: T0 - 45_000,
  answered_ms: T0 - 30_000, ended_ms: null, legs: [leg()], talking: [], queue: null, parked: null, conference: null, recording: false,
  transfers: [], unseen_until_ms: null, trust: 'live', ...over,
});

export const agent = (over = {}) => ({
  id: 'paris~PJSIP/1001', pbx: 'paris', endpoint: 'PJSIP/1001', name: 'Bob Durand', availability: 'available',
  availability_since_ms: T0 - 3_600_000, pause_reason: null, activity: 'idle', activity_since_ms: T0 - 120_000, call: null, call_queue: null,
  with: null, wrap_up_until_ms: null,
  memberships: [{ queue: 'support', interface: 'PJSIP/1001', paused: false, reason: null, since_ms: null, penalty: 0, calls_taken: 3 }],
  device: 'NOT_INUSE', trust: 'live', ...over,
});

export const member = (over = {}) => ({
  interface: 'PJSIP/1001', name: 'Bob Durand', agent: 'paris~PJSIP/1001', status: 1, paused: false, reason: null, penalty: 0,
  in_call: false, calls_taken: 3, last_call_ms: null, ...over,
});

export const waiting = (over = {}) => ({
  position: 1, uniqueid: '1795224500.9', channel: 'PJSIP/trunk-a-00000009', call: '', party: { number: '0698765432', name: '' },
  joined_ms: T0 - 65_000, ...over,
});

export const queue = (over = {}) => ({
  id: 'paris~support', pbx: 'paris', name: 'support', strategy: 'ringall', service_level_s: 20, waiting: [], members: [member()],
  counts_since_ms: T0 - 7_200_000, offered: 41, answered: 35, abandoned: 4, flowed_out: 2, trust: 'live', ...over,
});

export const trunk = (over = {}) => ({
  id: 'paris~PJSIP/trunk-a', pbx: 'paris', endpoint: 'PJSIP/trunk-a', registration: 'registered', registration_since_ms: T0 - 90_000_000,
  reachability: 'reachable', reachability_since_ms: T0 - 90_000_000, round_trip_us: 8400, legs: 4, legs_peak: 11, device: 'INUSE',
  trust: 'live', ...over,
});

export const alarm = (over = {}) => ({
  id: 'a1', kind: 'link_down', subject: 'lyon', text: 'Connection refused', slug: '', with: [], began_ms: T0 - 50_000, ended_ms: null, ...over,
});

export const snapshot = (tables = {}, over = {}) => ({
  type: 'snapshot', run: 'run-1', seq: 10, now_ms: T0,
  pbxs: [], calls: [], agents: [], queues: [], trunks: [], alarms: [], desks: [], sessions: [], ...tables, ...over,
});

export const changes = (after, seq, set = {}, gone = {}, over = {}) => ({
  type: 'changes', run: 'run-1', after, seq, now_ms: T0, set, gone, ...over,
});

/** Rows of one call between a trunk and an agent, started a little ago. */
export function oneCall(over = {}) {
  const now = Date.now();
  const outside = leg({ started_ms: now - 9000, phase_since_ms: now - 8000 });
  const inside = leg({
    uniqueid: '1795224500.2', channel: 'PJSIP/1001-00000002', endpoint: 'PJSIP/1001', agent: 'paris~PJSIP/1001', trunk: false,
    party: { number: '1001', name: 'Bob Durand' }, phase_since_ms: now - 8000,
  });
  return {
    pbxs: [pbx({ last_read_ms: now })],
    calls: [call({ started_ms: now - 9000, phase_since_ms: now - 8000, legs: [outside, inside], ...over })],
    agents: [agent({ activity: 'on_call', activity_since_ms: now - 8000, with: outside.party, call: call().id })],
    queues: [queue()],
    trunks: [trunk()],
  };
}
