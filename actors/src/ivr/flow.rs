//! A drawing made into what can be walked, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::drawing::{Drawing, DrawnNode};
use super::opening::Opening;
use crate::view::Text;

/// Nodes of one flow.
const MOST_NODES: usize = 500;

/// A flow that can be walked.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Of the drawing.
    pub id: Text,
    /// For people.
    pub name: Text,
    nodes: Vec<Node>,
    start: usize,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Within its flow.
    pub id: Text,
    /// For people.
    pub name: Text,
    /// What happens there.
    pub does: Does,
    exits: BTreeMap<Text, usize>,
}

/// What happens at a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Does {
    /// Nothing: where callers begin.
    Start,
    /// Plays that; a key ends it.
    Play(Text),
    /// Plays that and waits for one key.
    Menu(Menu),
    /// Leaves by the first event that holds now.
    Opening(Opening),
    /// Connects the caller to that number, queue or extension.
    Transfer(Text),
    /// Plays that, then records what the caller says.
    Voicemail(Text),
    /// Hangs up.
    Hangup,
}

/// A question with one key for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// What is played.
    pub prompt: Text,
    /// By their keys.
    pub options: Vec<MenuOption>,
    /// How long a key is waited for after the prompt, in ms.
    pub timeout_ms: u32,
    /// How often it is asked when the key is none of the options.
    pub tries: u8,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct MenuOption {
    /// 0 to 9, * or #.
    pub key: char,
    /// Where it leads.
    pub port: Text,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// It can be walked, and is not what anybody wants: not published without a mend.
    Flaw,
    /// It cannot be walked.
    Broken,
}

/// What is wrong, where, in words that name what was expected.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Fault {
    /// How bad.
    pub gravity: Gravity,
    /// Id of the node; `null` of the flow as a whole.
    pub node: Option<String>,
    /// Stable: `missing_exit`, `unreachable`, `bad_content` ...
    pub slug: &'static str,
    /// For people.
    pub words: String,
}

impl Flow {
    /// Where callers begin.
    pub fn start(&self) -> usize {
        self.start
    }

    /// All of them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// By its place.
    pub fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// Where that port leads.
    pub fn exit(&self, at: usize, port: &str) -> Option<usize> {
        self.nodes[at].exits.get(port).copied()
    }

    /// Of that id.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }
}

/// What can be walked of a drawing, with what is wrong; `Err` when nothing can.
///
/// # Errors
/// All faults, at least one of them [`Gravity::Broken`].
pub fn compile(drawing: &Drawing) -> Result<(Flow, Vec<Fault>), Vec<Fault>> {
    let mut faults = Faults::default();
    if drawing.nodes.len() > MOST_NODES {
        faults.broken(None, "too_many_nodes", format!("more than {MOST_NODES} nodes"));
        return Err(faults.0);
    }
    let places: BTreeMap<&str, usize> =
        drawing.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    if places.len() < drawing.nodes.len() {
        faults.broken(None, "same_id", "two nodes have the same id".into());
    }
    let mut nodes: Vec<Node> = drawing.nodes.iter().map(|node| read(node, &mut faults)).collect();
    for line in &drawing.connections {
        let Some(&from) = places.get(line.from_node_id.as_str()) else {
            faults.flaw(
                None,
                "unknown_node",
                format!("a line begins at {}, which is no node", line.from_node_id),
            );
            continue;
        };
        match places.get(line.to_node_id.as_str()) {
            Some(&to) => drop(nodes[from].exits.insert(line.from_port_id.as_str().into(), to)),
            None => faults.broken(
                Some(&nodes[from]),
                "unknown_node",
                format!("port {} leads to {}, which is no node", line.from_port_id, line.to_node_id),
            ),
        }
    }
    let starts: Vec<usize> = (0..nodes.len()).filter(|at| nodes[*at].does == Does::Start).collect();
    let start = match starts[..] {
        [start] => start,
        [] => {
            faults.broken(None, "no_start", "there is no start node".into());
            return Err(faults.0);
        }
        [_, second, ..] => {
            faults.broken(Some(&nodes[second]), "two_starts", "there is a second start node".into());
            return Err(faults.0);
        }
    };
    look(&nodes, start, &mut faults);
    if faults.0.iter().any(|fault| fault.gravity == Gravity::Broken) {
        return Err(faults.0);
    }
    let (id, name) = (drawing.id.as_str().into(), drawing.name.as_str().into());
    Ok((Flow { id, name, nodes, start }, faults.0))
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn flaw(&mut self, node: Option<&Node>, slug: &'static str, words: String) {
        self.add(Gravity::Flaw, node, slug, words);
    }

    fn broken(&mut self, node: Option<&Node>, slug: &'static str, words: String) {
        self.add(Gravity::Broken, node, slug, words);
    }

    fn add(&mut self, gravity: Gravity, node: Option<&Node>, slug: &'static str, words: String) {
        self.0.push(Fault { gravity, node: node.map(|node| node.id.to_string()), slug, words });
    }
}

/// Exits that lead nowhere, and nodes that nothing leads to.
fn look(nodes: &[Node], start: usize, faults: &mut Faults) {
    for node in nodes {
        for port in node.does.ports() {
            if !node.exits.contains_key(&port) {
                faults.flaw(
                    Some(node),
                    "missing_exit",
                    format!("port {port} leads nowhere: the call would end there"),
                );
            }
        }
    }
    let mut reached = BTreeSet::from([start]);
    let mut next = vec![start];
    while let Some(at) = next.pop() {
        next.extend(nodes[at].exits.values().copied().filter(|to| reached.insert(*to)));
    }
    for (_, node) in nodes.iter().enumerate().filter(|(at, _)| !reached.contains(at)) {
        faults.flaw(Some(node), "unreachable", "nothing leads to it".into());
    }
}

impl Does {
    /// The ports that must lead somewhere.
    pub fn ports(&self) -> Vec<Text> {
        match self {
            Self::Start | Self::Play(_) | Self::Transfer(_) => vec!["out".into()],
            Self::Menu(menu) => {
                let options = menu.options.iter().map(|option| option.port.clone());
                options.chain(["out-timeout".into()]).collect()
            }
            Self::Opening(opening) => {
                let events = opening.events.iter().map(|event| event.id.clone());
                events.chain(["out-default".into()]).collect()
            }
            Self::Voicemail(_) | Self::Hangup => Vec::new(),
        }
    }
}

fn read(drawn: &DrawnNode, faults: &mut Faults) -> Node {
    let node = |does| Node {
        id: drawn.id.as_str().into(),
        name: drawn.name.as_str().into(),
        does,
        exits: BTreeMap::new(),
    };
    match does(&drawn.kind, &drawn.content) {
        Ok(does) => node(does),
        Err((slug, words)) => {
            let node = node(Does::Hangup);
            faults.broken(Some(&node), slug, words);
            node
        }
    }
}

type Content = Map<String, Value>;
type Bad = (&'static str, String);

fn does(kind: &str, content: &Content) -> Result<Does, Bad> {
    Ok(match kind {
        "start" => Does::Start,
        "media" => Does::Play(text(content, "prompt")?),
        "menu" => Does::Menu(menu(content)?),
        "calendar" => Does::Opening(Opening::read(content).map_err(bad)?),
        "transfer" => Does::Transfer(text(content, "number")?),
        "voicemail" => Does::Voicemail(text(content, "prompt")?),
        "hangup" => Does::Hangup,
        other => return Err(("unknown_type", format!("no node of type {other:?} is known"))),
    })
}

fn bad(words: String) -> Bad {
    ("bad_content", words)
}

fn text(content: &Content, name: &str) -> Result<Text, Bad> {
    match content.get(name) {
        Some(Value::String(text)) if text.len() <= 4_000 => Ok(text.as_str().into()),
        Some(Value::Number(number)) => Ok(number.to_string().into()),
        None | Some(Value::Null) => Ok(Text::default()),
        Some(_) => Err(bad(format!("{name}: expected a text of at most 4,000 bytes"))),
    }
}

fn menu(content: &Content) -> Result<Menu, Bad> {
    let mut options: Vec<MenuOption> = Vec::new();
    let rows = match content.get("options") {
        Some(Value::Array(rows)) => rows.as_slice(),
        None | Some(Value::Null) => &[],
        Some(_) => return Err(bad("options: expected a list".into())),
    };
    for (n, row) in rows.iter().enumerate() {
        let field = |name: &str| row.get(name).and_then(Value::as_str);
        let mut key = field("key").unwrap_or_default().chars();
        let (Some(key @ ('0'..='9' | '*' | '#')), None) = (key.next(), key.next()) else {
            return Err(bad(format!("options[{n}].key: expected one of 0 to 9, * or #")));
        };
        let Some(port) = field("portId") else {
            return Err(bad(format!("options[{n}].portId: missing")));
        };
        if options.iter().any(|other| other.key == key) {
            return Err(bad(format!("options[{n}].key: {key} is an option already")));
        }
        options.push(MenuOption { key, port: port.into() });
    }
    Ok(Menu { prompt: text(content, "prompt")?, options, timeout_ms: 5_000, tries: 3 })
}
