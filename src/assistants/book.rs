//! A picture of all assistants and their numbers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use actors::numbers::NumberPlan;
use actors::view::Text;

use super::form::Form;

/// Of a database in which nothing was changed.
const FIRST_VERSION: i64 = 1;

/// An assistant as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAssistant {
    /// Stands in addresses.
    pub id: String,
    /// What was written last.
    pub draft: Form,
    /// The version that shall answer.
    pub published: Option<i32>,
    /// That version.
    pub serving: Option<Arc<Form>>,
    /// For callers who are nobody's.
    pub is_default: bool,
    /// New callers go to its fallback.
    pub paused: bool,
    /// What leads to it, as it was written.
    pub numbers: Vec<String>,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    pub updated_at: String,
}

impl StoredAssistant {
    /// What was written last is not what is published.
    pub fn changed(&self) -> bool {
        self.serving.as_deref() != Some(&self.draft)
    }
}

/// By what an assistant was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The dialplan or a flow names it.
    ByName,
    /// The called number leads to it.
    ByNumber,
    /// It is the default one.
    ByDefault,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct AssistantBook {
    /// Moves with every change.
    pub version: i64,
    /// By id.
    pub assistants: BTreeMap<String, Arc<StoredAssistant>>,
    by_number: HashMap<Text, String>,
    plan: Arc<NumberPlan>,
}

impl AssistantBook {
    /// Of what is stored; numbers are compared by that plan.
    pub(super) fn new(version: i64, assistants: Vec<StoredAssistant>, plan: Arc<NumberPlan>) -> Self {
        let mut by_number = HashMap::new();
        for assistant in &assistants {
            for number in &assistant.numbers {
                let canonical = plan.canonical(number);
                // written by hand: over REST it is refused
                if let Some(first) = by_number.get(&canonical) {
                    log::warn!("{number} leads to assistants {first} and {}: the first counts", assistant.id);
                    continue;
                }
                by_number.insert(canonical, assistant.id.clone());
            }
        }
        let assistants = assistants.into_iter().map(|one| (one.id.clone(), Arc::new(one))).collect();
        Self { version, assistants, by_number, plan }
    }

    /// Nobody ever wrote one.
    pub fn is_untouched(&self) -> bool {
        self.version == FIRST_VERSION && self.assistants.is_empty()
    }

    /// Who answers a caller: the assistant that is named, by id or else by name; else that of the called number; else the
    /// default one. A name that nobody has is no name.
    pub fn choose(&self, named: &str, called: &str) -> Option<(&Arc<StoredAssistant>, Chosen)> {
        let by_name = || self.assistants.values().find(|one| one.draft.name.eq_ignore_ascii_case(named));
        let named = (!named.is_empty()).then(|| self.assistants.get(named).or_else(by_name)).flatten();
        if let Some(one) = named {
            return Some((one, Chosen::ByName));
        }
        if let Some(one) = self.owner(called) {
            return Some((one, Chosen::ByNumber));
        }
        self.assistants.values().find(|one| one.is_default).map(|one| (one, Chosen::ByDefault))
    }

    /// Whose that number is, however it is written.
    pub fn owner(&self, number: &str) -> Option<&Arc<StoredAssistant>> {
        if number.is_empty() {
            return None;
        }
        self.assistants.get(self.by_number.get(&self.plan.canonical(number))?)
    }

    /// Numbers that are the same are written the same.
    pub fn canonical(&self, number: &str) -> Text {
        self.plan.canonical(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: &str, numbers: &[&str], is_default: bool) -> StoredAssistant {
        StoredAssistant {
            id: id.into(),
            draft: Form { name: format!("The {id}"), ..Form::default() },
            published: Some(1),
            serving: None,
            is_default,
            paused: false,
            numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    #[test]
    fn who_is_named_comes_first_then_whose_number_it_is_then_the_default_one() {
        let all = vec![
            stored("sales", &["+33100000099", "600"], false),
            stored("a", &[], true),
            stored("b", &[], false),
        ];
        let book = AssistantBook::new(1, all, Arc::default());
        let told = |named, called| book.choose(named, called).map(|(one, by)| (one.id.as_str(), by));
        for called in ["0100000099", "+33100000099", "01 00 00 00 99", "600"] {
            assert_eq!(told("", called), Some(("sales", Chosen::ByNumber)), "{called}");
        }
        assert_eq!(told("b", "600"), Some(("b", Chosen::ByName)));
        assert_eq!(told("the B", "600"), Some(("b", Chosen::ByName)), "by its name");
        assert_eq!(told("nobody", "600"), Some(("sales", Chosen::ByNumber)));
        for (named, called) in [("", ""), ("", "601"), ("nobody", "s")] {
            assert_eq!(told(named, called), Some(("a", Chosen::ByDefault)), "{called}");
        }
        let none = AssistantBook::new(1, vec![stored("b", &["600"], false)], Arc::default());
        assert_eq!(none.choose("", "601"), None);
    }
}
