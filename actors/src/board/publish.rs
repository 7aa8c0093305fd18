//! One publication: from the inbox to rows, history and listeners.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use ahash::AHashMap;
use bytestring::ByteString;

use super::inbox::Pending;
use super::ring::Publication;
use super::rows::{Line, Row};
use super::{Board, frame};
use crate::view::{Table, Text, Trust};

/// What only the publisher knows.
#[derive(Default)]
pub(super) struct State {
    /// PBXs whose rows are not to be believed as they say.
    trusts: AHashMap<Text, Trust>,
    /// Reused for each row.
    buffer: Vec<u8>,
}

/// A row as it will stand.
struct Next {
    table: Table,
    id: Text,
    row: Option<Row>,
    received: Instant,
}

impl Board {
    /// Publishes all that waits and says whether there was anything. Called by the [`super::Publisher`];
    /// others may (a test, a benchmark): calls take turns.
    pub fn publish(&self) -> bool {
        let mut state = self.publishing.lock();
        let mut pending = Vec::new();
        let changed = self.inbox.take(&mut |table, id, change| pending.push((table, id, change)));
        if pending.is_empty() && changed.is_empty() {
            return false;
        }
        let retold = self.retell(&mut state, changed, &pending);
        let mut next: Vec<Next> = Vec::new();
        let mut bytes = 0;
        let mut published = false;
        let all = pending.into_iter().map(|(table, id, change)| (table, id, change, None));
        for (table, id, change, own) in all.chain(retold) {
            let Some(row) = self.next_row(&mut state, table, id, change, own) else { continue };
            bytes += row.row.as_ref().map_or(row.id.len(), |r| r.line.json.len());
            next.push(row);
            if bytes >= self.limits.frame_bytes {
                self.commit(std::mem::take(&mut next));
                (bytes, published) = (0, true);
            }
        }
        if !next.is_empty() {
            self.commit(next);
            published = true;
        }
        if let Some(mut cache) = self.cache.try_lock() {
            cache.tidy();
        }
        published
    }

    /// Rows to be shown again because the trust of their PBX changed.
    fn retell(
        &self,
        state: &mut State,
        changed: AHashMap<Text, Trust>,
        pending: &[(Table, Text, Pending)],
    ) -> Vec<(Table, Text, Pending, Option<Trust>)> {
        let now = Instant::now();
        let mut retold = Vec::new();
        for (pbx, trust) in changed {
            let before = state.trusts.get(&pbx).copied().unwrap_or_default();
            match trust {
                Trust::Live => state.trusts.remove(&pbx),
                other => state.trusts.insert(pbx.clone(), other),
            };
            if before == trust {
                continue;
            }
            let newer: ahash::AHashSet<(Table, &Text)> = pending.iter().map(|(t, id, _)| (*t, id)).collect();
            for (table, row) in self.rows.read().of_pbx(&pbx) {
                let id = row.line.view.id();
                if row.own.is_some() && !newer.contains(&(table, id)) {
                    let change = Pending { view: Some(row.line.view.clone()), received: now };
                    retold.push((table, id.clone(), change, row.own));
                }
            }
        }
        retold
    }

    /// The row as it will stand; `None` when nothing changes for those who look.
    fn next_row(
        &self,
        state: &mut State,
        table: Table,
        id: Text,
        change: Pending,
        own: Option<Trust>,
    ) -> Option<Next> {
        let Pending { view, received } = change;
        let Some(mut view) = view else {
            let known = self.rows.read().get(table, &id).is_some();
            return known.then_some(Next { table, id, row: None, received });
        };
        let own = own.or(view.trust());
        if let (Some(own), Some(pbx)) = (own, view.pbx()) {
            let over = state.trusts.get(pbx).copied().unwrap_or_default();
            let shown = own.max(over);
            if view.trust() != Some(shown) {
                Arc::make_mut(&mut view).set_trust(shown);
            }
        }
        state.buffer.clear();
        if let Err(problem) = serde_json::to_writer(&mut state.buffer, &*view) {
            log::error!("could not write {} {id} as JSON: {problem}", table.name());
            self.figures.rows_broken.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.figures.rows_serialised.fetch_add(1, Ordering::Relaxed);
        let rows = self.rows.read();
        let old = rows.get(table, &id);
        if old.is_some_and(|old| old.line.json.as_bytes() == &state.buffer[..] && old.own == own) {
            self.figures.unchanged.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if old.is_none() && rows.count() >= self.limits.rows {
            self.figures.rows_refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        drop(rows);
        let json = ByteString::try_from(state.buffer.as_slice()).ok()?;
        Some(Next { table, id, row: Some(Row { line: Line { view, json }, own }), received })
    }

    /// Gives the change its number and makes it seen.
    fn commit(&self, next: Vec<Next>) {
        let after = self.seq();
        let seq = after + 1;
        let now_ms = frame::now_ms();
        let changes: Vec<_> = next
            .iter()
            .map(|n| frame::Change {
                table: n.table,
                id: &n.id,
                json: n.row.as_ref().map(|row| &*row.line.json),
            })
            .collect();
        let (frame, entries) = frame::changes(&self.run, after, seq, now_ms, &changes);
        let evicted = self.ring.write().push(Publication { after, seq, now_ms, frame, entries });
        self.figures.ring_evictions.fetch_add(evicted.len() as u64, Ordering::Relaxed);
        drop(evicted);
        // history first, then the rows with their number: whoever sees the number finds its frame
        let mut replaced = Vec::with_capacity(next.len());
        let received: Vec<_> = next.iter().map(|n| n.received).collect();
        {
            let mut rows = self.rows.write();
            for Next { table, id, row, .. } in next {
                replaced.extend(rows.set(table, &id, row));
            }
            self.seq.store(seq, Ordering::Release);
        }
        drop(replaced);
        let now = Instant::now();
        for received in received {
            self.figures.delay(now.saturating_duration_since(received));
        }
        self.figures.published.fetch_add(1, Ordering::Relaxed);
        for listener in self.listeners.read().iter() {
            listener.published(seq);
        }
    }
}
