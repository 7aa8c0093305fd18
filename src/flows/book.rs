//! A picture of all flows and called numbers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use actors::ivr::{Drawing, Fault, Flow, Gravity, Known, Unasked, compile_knowing};
use actors::numbers::NumberPlan;
use actors::view::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Of a database in which nothing was changed.
const FIRST_VERSION: i64 = 1;

/// A flow as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFlow {
    /// Stands in addresses.
    pub id: String,
    /// For people.
    pub name: String,
    /// For numbers that lead to none.
    pub is_default: bool,
    /// `{"id", "name", "nodes", "connections"}`: what was drawn last.
    pub draft: Value,
    /// What is wrong with that.
    pub faults: Vec<Fault>,
    /// The version that callers walk.
    pub published: Option<i32>,
    /// What was drawn last is not what is published.
    pub changed: bool,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    pub updated_at: String,
    /// The published version, where it can be walked.
    pub(super) walkable: Option<Arc<Flow>>,
    /// Moves with every change of its row.
    pub(super) mark: i64,
}

impl StoredFlow {
    /// What callers walk, where it can be walked.
    pub fn walkable(&self) -> Option<&Arc<Flow>> {
        self.walkable.as_ref()
    }
}

/// A called number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Did {
    /// Stands in addresses.
    pub id: String,
    /// As it was written; every spelling of it leads there.
    pub number: String,
    /// For people.
    pub description: String,
    /// Kept for front ends.
    pub trunk_id: Option<String>,
    /// The flow that it leads to; `null`: the default one.
    pub ivr_flow_id: Option<String>,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    pub updated_at: String,
}

/// By what a flow was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The called number leads to it.
    ByNumber,
    /// It is the default one.
    ByDefault,
    /// It is the oldest that is published.
    ByAge,
}

/// What a caller walks.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// That one.
    Flow {
        /// Compiled; its id and name are in it.
        flow: Arc<Flow>,
        /// Of what was published.
        version: i32,
        /// Why this one.
        chosen: Chosen,
    },
    /// Nothing is published.
    Nothing,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct FlowBook {
    /// Moves with every change.
    pub version: i64,
    /// By id.
    pub flows: BTreeMap<String, Arc<StoredFlow>>,
    /// By id.
    pub dids: BTreeMap<String, Arc<Did>>,
    by_number: HashMap<Text, String>,
    otherwise: Option<(String, Chosen)>,
    plan: Arc<NumberPlan>,
}

impl FlowBook {
    /// Of what is stored; numbers are compared by that plan.
    pub(super) fn new(
        version: i64,
        flows: Vec<Arc<StoredFlow>>,
        mut dids: Vec<Did>,
        plan: Arc<NumberPlan>,
    ) -> Self {
        let walkable = || flows.iter().filter(|flow| flow.walkable.is_some());
        let oldest = || walkable().min_by_key(|flow| (&flow.created_at, &flow.id));
        let otherwise = match walkable().find(|flow| flow.is_default) {
            Some(flow) => Some((flow.id.clone(), Chosen::ByDefault)),
            None => oldest().map(|flow| (flow.id.clone(), Chosen::ByAge)),
        };
        dids.sort_by(|a, b| (&a.created_at, &a.id).cmp(&(&b.created_at, &b.id)));
        let mut by_number = HashMap::new();
        for did in &dids {
            let number = plan.canonical(&did.number);
            // written by hand: over REST it is refused
            if let Some(first) = by_number.get(&number) {
                log::warn!("called numbers {first} and {} are the same, {number}: the first counts", did.id);
                continue;
            }
            by_number.insert(number, did.id.clone());
        }
        Self {
            version,
            flows: flows.into_iter().map(|flow| (flow.id.clone(), flow)).collect(),
            dids: dids.into_iter().map(|did| (did.id.clone(), Arc::new(did))).collect(),
            by_number,
            otherwise,
            plan,
        }
    }

    /// Nobody ever drew or noted anything.
    pub fn is_untouched(&self) -> bool {
        self.version == FIRST_VERSION && self.flows.is_empty() && self.dids.is_empty()
    }

    /// What who called that number walks: the flow of the number; else, or when that cannot be walked, the default
    /// one; else the oldest that is published.
    pub fn for_called(&self, called: &str) -> Choice {
        let did = self.did_of(called);
        let by_number =
            did.and_then(|did| did.ivr_flow_id.as_deref()).and_then(|id| self.walk(id, Chosen::ByNumber));
        let otherwise = || self.otherwise.as_ref().and_then(|(id, chosen)| self.walk(id, *chosen));
        by_number.or_else(otherwise).unwrap_or(Choice::Nothing)
    }

    /// What callers walk of that flow.
    pub fn published(&self, id: &str) -> Option<Arc<Flow>> {
        self.flows.get(id)?.walkable.clone()
    }

    /// That number, however it is written.
    pub fn did_of(&self, number: &str) -> Option<&Arc<Did>> {
        self.dids.get(self.by_number.get(&self.plan.canonical(number))?)
    }

    fn walk(&self, id: &str, chosen: Chosen) -> Option<Choice> {
        let stored = self.flows.get(id)?;
        Some(Choice::Flow { flow: stored.walkable.clone()?, version: stored.published?, chosen })
    }
}

/// What can be walked of a drawing, and what is wrong with it. What cannot be read as one is broken too.
pub fn judge(drawing: &Value) -> (Option<Flow>, Vec<Fault>) {
    judge_knowing(drawing, &Unasked)
}

/// The same, where it is known what there is outside of it.
pub fn judge_knowing(drawing: &Value, known: &dyn Known) -> (Option<Flow>, Vec<Fault>) {
    match Drawing::deserialize(drawing) {
        Ok(drawing) => match compile_knowing(&drawing, known) {
            Ok((flow, faults)) => (Some(flow), faults),
            Err(faults) => (None, faults),
        },
        Err(problem) => (None, vec![unreadable(&problem.to_string())]),
    }
}

/// What is no drawing.
pub(super) fn unreadable(why: &str) -> Fault {
    let words = why.chars().take(200).collect();
    Fault { gravity: Gravity::Broken, node: None, slug: "unreadable", words }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored(id: &str, created_at: &str, published: Option<i32>) -> StoredFlow {
        let draft = json!({"id": id, "name": id, "nodes": [
            {"id": "s", "type": "start"}, {"id": "h", "type": "hangup"}],
            "connections": [{"fromNodeId": "s", "fromPortId": "out", "toNodeId": "h"}]});
        let (flow, faults) = judge(&draft);
        assert_eq!(faults, []);
        StoredFlow {
            id: id.into(),
            name: id.into(),
            is_default: false,
            walkable: published.and(flow.map(Arc::new)),
            draft,
            faults,
            published,
            changed: false,
            created_at: created_at.into(),
            updated_at: created_at.into(),
            mark: 0,
        }
    }

    fn did(number: &str, flow: Option<&str>) -> Did {
        Did {
            id: format!("did-{number}"),
            number: number.into(),
            description: String::new(),
            trunk_id: None,
            ivr_flow_id: flow.map(str::to_owned),
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    fn book(flows: Vec<StoredFlow>, dids: Vec<Did>) -> FlowBook {
        FlowBook::new(1, flows.into_iter().map(Arc::new).collect(), dids, Arc::default())
    }

    fn told(choice: &Choice) -> String {
        match choice {
            Choice::Flow { flow, version, chosen } => format!("{} {version} {chosen:?}", flow.id),
            Choice::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn a_number_leads_to_its_flow_however_it_is_written() {
        let flows = vec![stored("old", "2026-01-01", Some(3)), stored("sales", "2026-02-01", Some(7))];
        let book = book(flows, vec![did("33100000099", Some("sales")), did("1000", Some("sales"))]);
        for called in ["33100000099", "+33100000099", "0033100000099", "0100000099", "01 00 00 00 99", "1000"]
        {
            assert_eq!(told(&book.for_called(called)), "sales 7 ByNumber", "{called}");
        }
        for called in ["0100000098", "s", "", "+", "100"] {
            assert_eq!(told(&book.for_called(called)), "old 3 ByAge", "{called}");
        }
    }

    #[test]
    fn else_it_is_the_default_one_else_the_oldest_that_is_published_else_nothing() {
        let numbers = || {
            vec![did("0100000001", None), did("0100000002", Some("draft")), did("0100000003", Some("gone"))]
        };
        let draft = stored("draft", "2025-01-01", None);
        let (old, young) = (stored("old", "2026-01-01", Some(1)), stored("young", "2026-02-01", Some(2)));
        let standard = StoredFlow { is_default: true, ..young.clone() };
        let all = ["0100000001", "0100000002", "0100000003", "unknown"];
        for (flows, expected) in [
            (vec![draft.clone(), old.clone(), standard], "young 2 ByDefault"),
            (vec![draft.clone(), young, old], "old 1 ByAge"),
            (vec![StoredFlow { is_default: true, ..draft }], "nothing"),
            (vec![], "nothing"),
        ] {
            let book = book(flows, numbers());
            assert!(all.iter().all(|called| told(&book.for_called(called)) == expected), "{expected}");
        }
    }

    #[test]
    fn what_is_published_and_cannot_be_walked_is_not_there() {
        let broken =
            StoredFlow { is_default: true, walkable: None, ..stored("broken", "2025-01-01", Some(4)) };
        let book = book(
            vec![broken, stored("other", "2026-01-01", Some(1))],
            vec![did("0100000001", Some("broken"))],
        );
        assert_eq!(told(&book.for_called("0100000001")), "other 1 ByAge");
    }

    #[test]
    fn of_two_spellings_that_were_written_by_hand_the_first_counts() {
        let flows = vec![stored("a", "2026-01-01", Some(1)), stored("b", "2026-01-02", Some(1))];
        let first = Did { created_at: "2026-01-01".into(), ..did("+33100000001", Some("b")) };
        let second = Did { created_at: "2026-01-02".into(), ..did("0100000001", Some("a")) };
        assert_eq!(told(&book(flows, vec![second, first]).for_called("0033100000001")), "b 1 ByNumber");
    }

    #[test]
    fn what_is_no_drawing_is_broken_and_says_why() {
        let (flow, faults) = judge(&json!({"name": "x", "nodes": [{"type": "start"}]}));
        assert_eq!((flow, faults[0].slug, faults[0].gravity), (None, "unreadable", Gravity::Broken));
        assert!(faults[0].words.contains("id"), "{}", faults[0].words);
    }
}
