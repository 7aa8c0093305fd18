//! A drawing made into what can be walked, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::drawing::{Drawing, DrawnNode};
use super::fault::{Fault, Faults, Gravity, Known, Unasked};
use super::flow::{Does, Flow, Node, To};
use super::read;
use super::template::Template;
use super::variables::ALWAYS;
use crate::view::Text;

/// Nodes of one flow.
const MOST_NODES: usize = 500;

/// What can be walked of a drawing, with what is wrong; `Err` when nothing can.
///
/// # Errors
/// All faults, at least one of them [`Gravity::Broken`].
pub fn compile(drawing: &Drawing) -> Result<(Flow, Vec<Fault>), Vec<Fault>> {
    compile_knowing(drawing, &Unasked)
}

/// The same, where it is known what there is outside of the drawing.
///
/// # Errors
/// As [`compile`].
pub fn compile_knowing(drawing: &Drawing, known: &dyn Known) -> Result<(Flow, Vec<Fault>), Vec<Fault>> {
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
    let mut nodes: Vec<Node> = drawing.nodes.iter().map(|node| node_of(node, &mut faults)).collect();
    connect(drawing, &places, &mut nodes, &mut faults);
    let is_start = |at: &usize| matches!(nodes[*at].does, Does::Start(_));
    let starts: Vec<usize> = (0..nodes.len()).filter(is_start).collect();
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
    exits(&nodes, start, &mut faults);
    variables(&nodes, &mut faults);
    for node in &nodes {
        outside(node, known, &mut faults);
    }
    if faults.0.iter().any(|fault| fault.gravity == Gravity::Broken) {
        return Err(faults.0);
    }
    let (id, name) = (drawing.id.as_str().into(), drawing.name.as_str().into());
    Ok((Flow { id, name, nodes, start }, faults.0))
}

fn node_of(drawn: &DrawnNode, faults: &mut Faults) -> Node {
    let node = |does| Node {
        id: drawn.id.as_str().into(),
        name: drawn.name.as_str().into(),
        does,
        exits: BTreeMap::new(),
    };
    match read::does(&drawn.kind, &drawn.content) {
        Ok(does) => node(does),
        Err((slug, words)) => {
            let node = node(Does::Hangup(0));
            faults.broken(Some(&node), slug, words);
            node
        }
    }
}

fn connect(drawing: &Drawing, places: &BTreeMap<&str, usize>, nodes: &mut [Node], faults: &mut Faults) {
    for line in &drawing.connections {
        let Some(&from) = places.get(line.from_node_id.as_str()) else {
            let words = format!("a line begins at {}, which is no node", line.from_node_id);
            faults.flaw(None, "unknown_node", words);
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
}

/// Exits that lead nowhere, and nodes that nothing leads to.
fn exits(nodes: &[Node], start: usize, faults: &mut Faults) {
    for node in nodes {
        for port in node.does.ports() {
            if !node.exits.contains_key(&port) {
                let words = format!("port {port} leads nowhere: the call would end there");
                faults.flaw(Some(node), "missing_exit", words);
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

/// Variables that nothing sets, and secret ones where others would read them.
fn variables(nodes: &[Node], faults: &mut Faults) {
    let set: BTreeSet<&str> =
        nodes.iter().flat_map(|node| node.does.sets()).map(Text::as_str).chain(ALWAYS).collect();
    let secret = nodes.iter().filter_map(|node| match &node.does {
        Does::Digits(entry) if entry.secret => Some(entry.variable.as_str()),
        _ => None,
    });
    let secret: BTreeSet<&str> = secret.collect();
    for node in nodes {
        let unknown: BTreeSet<&Text> =
            node.does.reads().into_iter().filter(|name| !set.contains(name.as_str())).collect();
        for name in unknown {
            faults.flaw(Some(node), "unknown_variable", format!("nothing sets {name}"));
        }
        for template in node.does.shows() {
            if let Some(name) = template.names().find(|name| secret.contains(name.as_str())) {
                let words = format!("{name} is secret, and others would read it there");
                faults.broken(Some(node), "secret_leaks", words);
            }
        }
    }
}

/// What a node names that must be there.
fn outside(node: &Node, known: &dyn Known, faults: &mut Faults) {
    let mut missing = |slug, words| faults.flaw(Some(node), slug, words);
    match &node.does {
        Does::Queue(stay) if !known.queue(&stay.queue) => {
            missing("unknown_queue", format!("there is no queue {}", stay.queue));
        }
        Does::Goto(flow) if !known.flow(flow) => {
            missing("unknown_flow", format!("there is no published flow {flow}"));
        }
        Does::Transfer(transfer) => match &transfer.to {
            To::Trunk(trunk) if !known.trunk(trunk) => {
                missing("unknown_trunk", format!("there is no trunk {trunk}"));
            }
            To::Trunk(_) | To::Number => {}
        },
        Does::Assistant(_) if !known.has_assistants() => {
            missing(
                "no_assistants",
                "no assistant answers callers here: AUDIOSOCKET_PORT, [assistant]".into(),
            );
        }
        Does::Assistant(id) if !id.is_empty() && !known.assistant(id) => {
            missing("unknown_assistant", format!("there is no assistant {id}"));
        }
        _ => {}
    }
    if let Some(prompt) = node.does.prompt()
        && !known.prompt(prompt)
    {
        // it may be a sound that somebody put on the PBX himself
        faults.warning(node, "missing_prompt", format!("nothing is known to play for {prompt}"));
    }
}

impl Does {
    /// What is played there; an empty one is none.
    fn prompt(&self) -> Option<&Text> {
        match self {
            Self::Play(prompt) | Self::Voicemail(prompt) => Some(prompt),
            Self::Menu(menu) => Some(&menu.prompt),
            Self::Digits(entry) => Some(&entry.prompt),
            _ => None,
        }
        .filter(|prompt| !prompt.is_empty())
    }

    /// The variables that it sets.
    fn sets(&self) -> Vec<&Text> {
        match self {
            Self::Start(expected) => expected.iter().collect(),
            Self::Digits(entry) => vec![&entry.variable],
            Self::Set(assign) => assign.variables.iter().map(|(name, _)| name).collect(),
            Self::Http(request) => request.save.iter().map(|save| &save.variable).collect(),
            Self::Lookup(save) => save.iter().map(|save| &save.variable).collect(),
            _ => Vec::new(),
        }
    }

    /// Its templates.
    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Transfer(transfer) => vec![&transfer.number],
            Self::Say(say) => vec![&say.text],
            Self::Condition(cases) => cases.iter().flat_map(|case| case.templates()).collect(),
            Self::Set(assign) => assign.variables.iter().chain(&assign.channel).map(|(_, t)| t).collect(),
            Self::Http(request) => {
                let mut all = vec![&request.url];
                all.extend(request.headers.iter().map(|(_, value)| value));
                if let Some(body) = &request.body {
                    body.templates(&mut all);
                }
                all
            }
            Self::Callback(wants) => vec![&wants.number, &wants.note],
            _ => Vec::new(),
        }
    }

    /// The variables that it reads.
    fn reads(&self) -> Vec<&Text> {
        let mut all: Vec<&Text> = self.templates().into_iter().flat_map(Template::names).collect();
        if let Self::Condition(cases) = self {
            all.extend(cases.iter().flat_map(|case| case.looks_at()));
        }
        all
    }

    /// Templates whose text is read by others: in logs, in events of the PBX, on pages.
    fn shows(&self) -> Vec<&Template> {
        match self {
            Self::Set(assign) => assign.channel.iter().map(|(_, value)| value).collect(),
            Self::Http(request) => vec![&request.url],
            Self::Callback(wants) => vec![&wants.number, &wants.note],
            Self::Transfer(transfer) => vec![&transfer.number],
            Self::Say(say) => vec![&say.text],
            _ => Vec::new(),
        }
    }
}
