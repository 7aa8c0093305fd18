//! Whose a row is, so that only those are asked who may see it.

use actors::board::Board;
use actors::settings::Pattern;
use actors::view::{QueueView, Table, View};

use super::directory::{Directory, Person};
use crate::auth::Reach;

/// Something that a reach is made of, and a row belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A user, by id.
    User(String),
    /// A site, by id.
    Site(String),
    /// A group, by id.
    Group(String),
    /// A queue: `pbx~queue`.
    Queue(String),
}

impl Owner {
    /// What a reach is made of.
    pub fn of_reach(reach: &Reach) -> Vec<Self> {
        let sites = reach.sites.iter().cloned().map(Self::Site);
        let groups = reach.groups.iter().cloned().map(Self::Group);
        let queues = reach.queues.iter().cloned().map(Self::Queue);
        sites.chain(groups).chain(queues).chain(reach.own.iter().cloned().map(Self::User)).collect()
    }

    /// Everybody who may see that row: never fewer than [`super::Sight`] lets see it.
    pub fn of_row(directory: &Directory, view: &View, board: &Board) -> Vec<Self> {
        let mut owners = Vec::new();
        match view {
            View::Pbx(_) | View::Alarm(_) => {}
            View::Agent(agent) => {
                add(&mut owners, directory.at_endpoint(&agent.pbx, &agent.endpoint).map(|p| &**p));
                let queues = agent.memberships.iter().map(|m| format!("{}~{}", agent.pbx, m.queue));
                owners.extend(queues.map(Self::Queue));
            }
            View::Desk(desk) => {
                let agent = board.line(Table::Agents, &desk.id);
                if let Some(agent) = agent.filter(|line| matches!(&*line.view, View::Agent(_))) {
                    return Self::of_row(directory, &agent.view, board);
                }
            }
            View::Session(session) => {
                let call = session.call.as_deref().and_then(|call| board.line(Table::Calls, call));
                if let Some(call) = call.filter(|line| matches!(&*line.view, View::Call(_))) {
                    return Self::of_row(directory, &call.view, board);
                }
            }
            View::Trunk(trunk) => trunk_of(directory, &mut owners, &trunk.endpoint),
            View::Queue(queue) => queue_of(directory, &mut owners, queue),
            View::Call(call) => {
                for leg in &call.legs {
                    if leg.trunk {
                        trunk_of(directory, &mut owners, &leg.endpoint);
                    } else {
                        add(&mut owners, directory.at_endpoint(&call.pbx, &leg.endpoint).map(|p| &**p));
                    }
                }
                if let Some(stint) = &call.queue {
                    let id = format!("{}~{}", call.pbx, stint.name);
                    match board.line(Table::Queues, &id).as_ref().map(|line| &*line.view) {
                        Some(View::Queue(queue)) if stint.outcome.is_none() => {
                            queue_of(directory, &mut owners, queue);
                        }
                        _ => named(directory, &mut owners, id),
                    }
                }
            }
        }
        owners
    }
}

fn add(owners: &mut Vec<Owner>, person: Option<&Person>) {
    let Some(person) = person else { return };
    let user = &person.user;
    owners.push(Owner::User(user.id.clone()));
    owners.extend(user.site_id.iter().cloned().map(Owner::Site));
    owners.extend(user.group_ids.iter().cloned().map(Owner::Group));
}

fn trunk_of(directory: &Directory, owners: &mut Vec<Owner>, endpoint: &str) {
    let is = |text: &String| Pattern::Glob(text.as_str().into()).matches(endpoint);
    let sites = directory.sites.values().filter(|site| site.trunks.iter().any(is));
    owners.extend(sites.map(|site| Owner::Site(site.id.clone())));
}

fn named(directory: &Directory, owners: &mut Vec<Owner>, id: String) {
    let sites = directory.sites.values().filter(|site| site.queues.contains(&id));
    owners.extend(sites.map(|site| Owner::Site(site.id.clone())));
    owners.push(Owner::Queue(id));
}

fn queue_of(directory: &Directory, owners: &mut Vec<Owner>, queue: &QueueView) {
    for member in &queue.members {
        let found = directory.at_interface(&queue.pbx, &member.interface);
        add(owners, found.or_else(|| directory.at_endpoint(&queue.pbx, &member.interface)).map(|p| &**p));
    }
    named(directory, owners, format!("{}~{}", queue.pbx, queue.name));
}
