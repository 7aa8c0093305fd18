//! The WebSocket in words: what OpenAPI has no form for.

use actors::view::Table;
use serde_json::{Value, json};

use crate::ws::protocol::{MAX_FRAME, MAX_PER_SECOND};

/// Of its operation.
pub(super) fn words() -> String {
    let tables: Vec<_> = Table::ALL.map(|table| format!("`{}`", table.name())).to_vec();
    format!(
        "A WebSocket of text frames, one JSON object each. First comes a `snapshot` of the board within the reach of \
         whoever connected, then `changes`, each with the number `after` which it follows: who stands at another \
         number connects again, with `run` and `seq` of what he has, and is told what he missed or gets a snapshot. \
         Topics are the board's tables: {}; `directory` says which users, groups and sites to read anew. \
         `x-websocket` has every message. With `protocol=operator` frames are `{{\"event\", \"data\"}}` instead.\n\n\
         The only message that is read is `{{\"type\": \"ping\"}}`. Frames over {MAX_FRAME} bytes close with 1009, more \
         than {MAX_PER_SECOND} a second with 1008; `bye` comes before a close and says why. Rights are those of now: \
         whose right or session is over is sent away.",
        tables.join(", ")
    )
}

/// Each message: its direction, when it comes, and one as an example.
pub(super) fn messages() -> Value {
    let rows = || {
        Table::ALL.iter().map(|table| (table.name().to_owned(), json!([]))).collect::<serde_json::Map<_, _>>()
    };
    let mut snapshot = json!({"type": "snapshot", "run": "r1", "seq": 7, "now_ms": 1_795_224_504_809_i64});
    if let Value::Object(fields) = &mut snapshot {
        fields.extend(rows());
    }
    json!([
        {"from": "server", "name": "snapshot", "example": snapshot,
            "words": "First, unless it resumes; again when it lagged beyond what is kept: every row within reach."},
        {"from": "server", "name": "changes",
            "words": "For each publication: rows that are new or different, and ids of those that are gone. Who does \
                not stand at `after` connects again.",
            "example": {"type": "changes", "run": "r1", "after": 7, "seq": 8, "now_ms": 1_795_224_505_000_i64,
                "set": {"calls": []}, "gone": {"calls": ["paris~1795220000~1795224504.17"]}}},
        {"from": "server", "name": "directory",
            "words": "People changed whom its reader may see; `all`: read everything anew.",
            "example": {"type": "directory", "version": 3, "all": false, "users": ["jeanne"], "groups": [], "sites": []}},
        {"from": "client", "name": "ping", "words": "Is anybody there?", "example": {"type": "ping"}},
        {"from": "server", "name": "pong", "words": "For each ping; with our clock.",
            "example": {"type": "pong", "now_ms": 1_795_224_505_000_i64}},
        {"from": "server", "name": "error", "words": "For a message that is none of these.",
            "example": {"type": "error", "message": "expected {\"type\":\"ping\"}"}},
        {"from": "server", "name": "bye",
            "words": "Before a close: restarting, slow, flood, too_large, bad_frame, logged_out or rights_changed, and \
                after how long to come back.",
            "example": {"type": "bye", "reason": "restarting", "retry_ms": 900}},
        {"from": "server", "name": "call:new", "words": "With protocol=operator: a call began.",
            "example": {"event": "call:new", "data": {"id": "1795224504.17", "callerId": "0612345678", "destination": "100",
                "startTime": 1_795_224_504_809_i64, "duration": 0, "channel": "PJSIP/1001-00000011", "state": "Ringing"}}},
        {"from": "server", "name": "call:state-change", "words": "With protocol=operator: its state is another.",
            "example": {"event": "call:state-change", "data": {"id": "1795224504.17", "state": "Up", "channel": "PJSIP/1001-00000011"}}},
        {"from": "server", "name": "call:hangup", "words": "With protocol=operator: it is over.",
            "example": {"event": "call:hangup", "data": {"id": "1795224504.17", "channel": "PJSIP/1001-00000011", "cause": 16,
                "causeText": "Normal Clearing"}}},
        {"from": "server", "name": "peer:status", "words": "With protocol=operator: an extension or a trunk is something else.",
            "example": {"event": "peer:status", "data": {"type": "extension", "id": "paris~PJSIP/1001", "status": "online"}}},
        {"from": "server", "name": "stats:update", "words": "With protocol=operator: totals, once after connecting and when they changed.",
            "example": {"event": "stats:update", "data": {"activeCalls": 3, "registeredExtensions": 12, "registeredTrunks": 1,
                "activeConferences": 0}}},
    ])
}
