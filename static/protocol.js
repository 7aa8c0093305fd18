/**
 * The shapes that the server sends: rows of the board and frames of `/ws`. Types only.
 *
 * They mirror `actors/src/view`, field by field; that file says what each means. Times are
 * milliseconds since 1970 UTC, on the PBX's clock in rows of calls, agents, queues and trunks, on
 * the server's clock in rows of PBXs and alarms and in `now_ms`. Absent is `null`.
 */

/** @typedef {'live'|'provisional'|'unconfirmed'|'degraded'|'suspect'|'stale'} Trust */
/** @typedef {'inbound'|'outbound'|'internal'} Direction */
/** @typedef {'dialing'|'ringing'|'waiting'|'in_application'|'talking'|'on_hold'|'parked'|'left_alone'|'conference'|'ended'} CallPhase */
/** @typedef {'down'|'dialing'|'ringing'|'up'|'holding'|'ended'} LegPhase */
/** @typedef {'answered'|'abandoned'|'timeout'|'joinempty'|'leaveempty'|'full'|'withdrawn'|'other'} QueueOutcome */
/** @typedef {'blind'|'attended'|'redirect'|'taken_over'} TransferKind */
/** @typedef {'abandoned'|'connected'|'hung_up'|'message'|'no_message'|'no_exit'|'too_long'|'taken_away'|'failed'|'broke_off'} FlowEnd */
/** @typedef {'logged_out'|'available'|'partly_paused'|'paused'} Availability */
/** @typedef {'idle'|'wrap_up'|'not_responding'|'ringing'|'dead_call'|'dialing'|'on_call'|'on_hold'|'consulting'|'three_way'|'unreachable'} Activity */
/** @typedef {'unknown'|'none'|'registered'|'unregistered'|'rejected'} Registration */
/** @typedef {'unknown'|'reachable'|'unreachable'} Reachability */
/** @typedef {'connecting'|'authenticating'|'syncing'|'live'|'stale'|'down'|'refused'} LinkPhase */

/** @typedef {{number: string, name: string}} Party */

/**
 * @typedef {object} QueueStint
 * @property {string} name
 * @property {number|null} joined_ms
 * @property {number|null} left_ms
 * @property {QueueOutcome|null} outcome
 * @property {string|null} agent
 */

/** @typedef {{lot: string, space: string, since_ms: number, until_ms: number|null}} Parked */
/** @typedef {{kind: TransferKind, by: string|null, to: string, success: boolean, at_ms: number}} Transfer */

/**
 * A stay at a node of a flow. `key`: what the caller pressed to leave it; `port` is null where the flow ended there.
 * @typedef {{node: string, name: string, at_ms: number, left_ms: number|null, port: string|null, key: string|null}} FlowVisit
 */

/**
 * A flow that a channel walks, or walked: while it does, it is at the last of its visits.
 * @typedef {object} Flow
 * @property {string} uniqueid
 * @property {string} flow its id
 * @property {string} name
 * @property {number} began_ms
 * @property {number|null} ended_ms
 * @property {FlowEnd|null} how
 * @property {string|null} why
 * @property {FlowVisit[]} visits
 * @property {number} earlier visits before these
 */

/**
 * @typedef {object} Leg
 * @property {string} uniqueid
 * @property {string} channel
 * @property {string} endpoint
 * @property {boolean} local
 * @property {string|null} agent
 * @property {boolean} trunk
 * @property {LegPhase} phase
 * @property {number} phase_since_ms
 * @property {Party} party
 * @property {string} application
 * @property {number} started_ms
 * @property {number|null} answered_ms
 * @property {number|null} ended_ms
 * @property {number|null} cause
 * @property {string|null} spies_on
 * @property {'listen'|'whisper'|'barge'} [spies_how] who hears it then: nobody, that leg, both sides; absent where that is not known
 * @property {boolean|null} recorded
 * @property {boolean} muted
 * @property {string[]} [at_least]
 */

/**
 * @typedef {object} Call
 * @property {string} id
 * @property {string} pbx
 * @property {string} linkedid
 * @property {string[]} merged
 * @property {CallPhase} phase
 * @property {number} phase_since_ms
 * @property {Direction} direction
 * @property {Party} caller
 * @property {string} called
 * @property {number} started_ms
 * @property {number|null} answered_ms
 * @property {number|null} ended_ms
 * @property {Leg[]} legs
 * @property {string[][]} talking
 * @property {QueueStint|null} queue
 * @property {Parked|null} parked
 * @property {string|null} conference
 * @property {boolean|null} recording
 * @property {Transfer[]} transfers
 * @property {Flow[]} [flows] absent when there is none
 * @property {number|null} unseen_until_ms
 * @property {string[]} [at_least]
 * @property {Trust} trust
 */

/**
 * @typedef {object} Membership
 * @property {string} queue
 * @property {string} interface
 * @property {boolean} paused
 * @property {string|null} reason
 * @property {number|null} since_ms
 * @property {number} penalty
 * @property {number} calls_taken
 */

/** A pause that is to come once the call is over. @typedef {{queue: string|null, reason: string|null, since_ms: number}} PauseLater */

/**
 * @typedef {object} Agent
 * @property {string} id
 * @property {string} pbx
 * @property {string} endpoint
 * @property {string} name
 * @property {Availability} availability
 * @property {number} availability_since_ms
 * @property {string|null} pause_reason
 * @property {PauseLater} [pause_after_call]
 * @property {Activity} activity
 * @property {number} activity_since_ms
 * @property {string|null} call
 * @property {string|null} call_queue
 * @property {Party|null} with
 * @property {number|null} wrap_up_until_ms
 * @property {Membership[]} memberships
 * @property {string} device
 * @property {string[]} [at_least]
 * @property {Trust} trust
 */

/**
 * @typedef {object} Waiting
 * @property {number} position
 * @property {string} uniqueid
 * @property {string} channel
 * @property {string} call
 * @property {Party} party
 * @property {number} joined_ms
 */

/**
 * @typedef {object} QueueMember
 * @property {string} interface
 * @property {string} name
 * @property {string|null} agent
 * @property {number} status 0 to 8: unknown, not in use, in use, busy, invalid, unavailable, ringing, ring and in use, on hold
 * @property {boolean} paused
 * @property {string|null} reason
 * @property {number} penalty
 * @property {boolean} in_call
 * @property {number} calls_taken
 * @property {number|null} last_call_ms
 */

/**
 * @typedef {object} Queue
 * @property {string} id
 * @property {string} pbx
 * @property {string} name
 * @property {string} strategy
 * @property {number|null} service_level_s
 * @property {Waiting[]} waiting
 * @property {QueueMember[]} members
 * @property {number} counts_since_ms
 * @property {number} offered
 * @property {number} answered
 * @property {number} abandoned
 * @property {number} flowed_out
 * @property {Trust} trust
 */

/**
 * @typedef {object} Trunk
 * @property {string} id
 * @property {string} pbx
 * @property {string} endpoint
 * @property {Registration} registration
 * @property {number|null} registration_since_ms
 * @property {Reachability} reachability
 * @property {number|null} reachability_since_ms
 * @property {number|null} round_trip_us
 * @property {number} legs
 * @property {number} legs_peak
 * @property {string} device
 * @property {string[]} [at_least]
 * @property {Trust} trust
 */

/**
 * A sentence of the server: which, what it is filled with, and the whole in English.
 * @typedef {object} Said
 * @property {string} slug
 * @property {string[]} with
 * @property {string} text
 */

/**
 * @typedef {object} Comparison
 * @property {number} at_ms
 * @property {number} took_ms
 * @property {number|null} channels
 * @property {number|null} queue_entries
 * @property {number|null} devices
 * @property {number} differences
 * @property {Said[]} examples
 */

/**
 * @typedef {object} Pbx
 * @property {string} id
 * @property {LinkPhase} link
 * @property {number} since_ms
 * @property {number|null} known_since_ms
 * @property {string} problem
 * @property {string} problem_slug
 * @property {string[]} problem_with
 * @property {string} version
 * @property {number} epoch
 * @property {number|null} last_read_ms
 * @property {number|null} clock_offset_ms
 * @property {Comparison|null} comparison
 * @property {boolean} suspect
 * @property {boolean} plain_text
 * @property {Said[]} unknown
 */

/**
 * @typedef {object} Alarm
 * @property {string} id
 * @property {string} kind
 * @property {string} subject
 * @property {string} text
 * @property {string} slug
 * @property {string[]} with
 * @property {number} began_ms
 * @property {number|null} ended_ms
 */

/** @typedef {{since_ms: number, text: string}} Hand */

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {string} from
 * @property {string} text
 * @property {number} at_ms
 * @property {number|null} read_ms
 */

/**
 * Somebody listens to an agent, who shall know it.
 * @typedef {object} Listened
 * @property {number} since_ms
 * @property {string} mode `listen` (speaks to nobody), `whisper` (to him), `barge` (to both sides)
 */

/**
 * What is said to an agent, his raised hand, and that he is listened to, by the agent's id. Times are on the server's clock.
 * @typedef {object} Desk
 * @property {string} id
 * @property {string} pbx
 * @property {Hand|null} hand
 * @property {Listened|null} listened
 * @property {Message[]} messages
 */

/**
 * A conversation of a caller with an assistant.
 * @typedef {object} AiSession
 * @property {string} id
 * @property {string} pbx
 * @property {string} assistant
 * @property {string} assistant_name
 * @property {string} language
 * @property {string|null} call
 * @property {string|null} uniqueid
 * @property {string|null} channel
 * @property {{number: string, name: string}} caller
 * @property {string} called
 * @property {string} phase
 * @property {number} since_ms
 * @property {number} began_ms
 * @property {number} turns
 * @property {number} lines
 * @property {number} tokens_in
 * @property {number} tokens_out
 * @property {number|null} latency_ms
 * @property {string|null} taken_by
 */

/** @typedef {{pbxs: Pbx, calls: Call, agents: Agent, queues: Queue, trunks: Trunk, alarms: Alarm, desks: Desk, sessions: AiSession}} Rows */
/** @typedef {keyof Rows} Table */

/** @typedef {{type: 'snapshot', run: string, seq: number, now_ms: number} & {[T in Table]: Rows[T][]}} Snapshot */
/**
 * @typedef {object} Changes
 * @property {'changes'} type
 * @property {string} run
 * @property {number} after the sequence number it follows
 * @property {number} seq
 * @property {number} now_ms
 * @property {{[T in Table]?: Rows[T][]}} [set]
 * @property {{[T in Table]?: string[]}} [gone]
 */
/** @typedef {{type: 'bye', reason: string, retry_ms?: number}} Bye */
/** @typedef {{type: 'pong', now_ms: number}} Pong */
/** @typedef {{type: 'error', message?: string}} WsError */
/** What to read anew of people; `all`: everything. @typedef {{type: 'directory', version: number, all: boolean, users: string[], groups: string[], sites: string[]}} DirectoryNews */
/** @typedef {Snapshot|Changes|Bye|Pong|WsError|DirectoryNews} Frame */

/** Every table of the board, in the order of the snapshot. @type {readonly Table[]} */
export const TABLES = ['pbxs', 'calls', 'agents', 'queues', 'trunks', 'alarms', 'desks', 'sessions'];
