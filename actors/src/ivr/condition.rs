//! Cases of a condition: which of them holds, by what is known of the call and by the time.

use jiff::Timestamp;

use super::opening::Opening;
use super::template::Template;
use super::variables::Variables;
use crate::view::Text;

/// One exit, and all that must hold for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Where it leads.
    pub port: Text,
    /// All of them hold.
    pub tests: Vec<Test>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// That variable is so.
    Variable(Text, Is),
    /// It is that time.
    Time(Opening),
}

/// How a value must be.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as they are called
pub enum Is {
    Equal(Template),
    NotEqual(Template),
    StartingWith(Template),
    Containing(Template),
    Empty,
    Filled,
    /// As numbers; what is no number is not.
    Less(Template),
    /// The same.
    Greater(Template),
    /// As dialplans write it: `X` 0-9, `Z` 1-9, `N` 2-9, `.` one or more of anything, else itself.
    Pattern(Text),
    /// A telephone number that begins so, however both are written.
    Prefix(Template),
}

/// All spellings of a telephone number.
pub(super) type Spellings<'a> = &'a dyn Fn(&str) -> Vec<Text>;

impl Case {
    /// Whether all of it holds.
    pub(super) fn holds(&self, variables: &Variables, now: Timestamp, spellings: Spellings<'_>) -> bool {
        self.tests.iter().all(|test| match test {
            Test::Variable(name, is) => is.holds(variables.get(name), variables, spellings),
            Test::Time(opening) => opening.holds(now).is_some(),
        })
    }

    /// The templates in it.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.tests.iter().filter_map(|test| match test {
            Test::Variable(_, is) => is.template(),
            Test::Time(_) => None,
        })
    }

    /// The variables that it looks at.
    pub(super) fn looks_at(&self) -> impl Iterator<Item = &Text> {
        self.tests.iter().filter_map(|test| match test {
            Test::Variable(name, _) => Some(name),
            Test::Time(_) => None,
        })
    }
}

impl Is {
    fn template(&self) -> Option<&Template> {
        match self {
            Self::Equal(value)
            | Self::NotEqual(value)
            | Self::StartingWith(value)
            | Self::Containing(value)
            | Self::Less(value)
            | Self::Greater(value)
            | Self::Prefix(value) => Some(value),
            Self::Empty | Self::Filled | Self::Pattern(_) => None,
        }
    }

    fn holds(&self, value: &str, variables: &Variables, spellings: Spellings<'_>) -> bool {
        let filled = |template: &Template| template.filled(variables);
        let numbers = |template: &Template, so: fn(&f64, &f64) -> bool| {
            let both = (value.trim().parse::<f64>(), filled(template).trim().parse::<f64>());
            matches!(both, (Ok(value), Ok(other)) if so(&value, &other))
        };
        match self {
            Self::Equal(other) => value == filled(other),
            Self::NotEqual(other) => value != filled(other),
            Self::StartingWith(other) => value.starts_with(&filled(other)),
            Self::Containing(other) => value.contains(&filled(other)),
            Self::Empty => value.is_empty(),
            Self::Filled => !value.is_empty(),
            Self::Less(other) => numbers(other, f64::lt),
            Self::Greater(other) => numbers(other, f64::gt),
            Self::Pattern(pattern) => matches(pattern, value),
            Self::Prefix(other) => {
                let begins: String = filled(other).chars().filter(|c| !" .-()".contains(*c)).collect();
                !value.is_empty() && spellings(value).iter().any(|number| number.starts_with(begins.as_str()))
            }
        }
    }
}

fn matches(pattern: &str, value: &str) -> bool {
    let mut value = value.chars();
    for sign in pattern.chars() {
        let Some(char) = value.next() else { return false };
        let fits = match sign {
            '.' => return true,
            'X' => char.is_ascii_digit(),
            'Z' => ('1'..='9').contains(&char),
            'N' => ('2'..='9').contains(&char),
            own => own == char,
        };
        if !fits {
            return false;
        }
    }
    value.next().is_none()
}
