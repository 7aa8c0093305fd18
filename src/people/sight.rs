//! What of the board somebody sees: its rows, and of a row what concerns him (S33).
//!
//! | Row | Whose it is |
//! |---|---|
//! | agent | his who sits at the endpoint: of his site and of his groups; of each queue he is in |
//! | queue | the site's that names it, and its own; in part of each whose agent is a member |
//! | call | of whom a leg is, of the site whose trunk it came by, of its queue |
//! | trunk | of the site that names it |
//! | desk | its agent's |
//! | conversation with an assistant | its call's |
//! | PBX | everybody's, without what was compared and why a link fails |
//! | alarm | who reaches everything |
//!
//! A queue that is somebody's in part shows him its callers, and of its members only his; its calls are his
//! while nobody took them. An agent himself sees how many wait, and not who.

use std::sync::Arc;

use actors::board::Board;
use actors::settings::Pattern;
use actors::view::{AgentView, AiSessionView, CallView, PbxView, QueueView, Table, TrunkView, View};

use super::directory::{Directory, Group, Person};
use crate::auth::Reach;

/// How much of a queue somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Nothing.
    No,
    /// That it is there, and himself in it.
    Own,
    /// Its callers, and his own of its members.
    Part,
    /// All.
    Whole,
}

/// A directory seen with that reach.
#[derive(Debug, Clone)]
pub struct Sight {
    directory: Arc<Directory>,
    reach: Reach,
    /// PBX unknown: a site's trunks are endpoints wherever they are.
    trunks: Vec<Pattern>,
}

impl Sight {
    /// Of that reach.
    pub fn new(directory: Arc<Directory>, reach: Reach) -> Self {
        let sites = reach.sites.iter().filter_map(|id| directory.sites.get(id));
        let trunks =
            sites.flat_map(|site| &site.trunks).map(|text| Pattern::Glob(text.as_str().into())).collect();
        Self { directory, reach, trunks }
    }

    /// Whether it is everything.
    pub fn is_everything(&self) -> bool {
        self.reach.all
    }

    /// Whether that user is within.
    pub fn person(&self, person: &Person) -> bool {
        let user = &person.user;
        self.reach.all
            || self.reach.own.as_ref() == Some(&user.id)
            || user.site_id.as_ref().is_some_and(|site| self.reach.sites.contains(site))
            || user.group_ids.iter().any(|group| self.reach.groups.contains(group))
    }

    /// Whether the whole group is within: it, or each of its members. One in part would tell who else there is.
    pub fn group(&self, group: &Group) -> bool {
        let within = |id: &String| self.directory.people.get(id).is_some_and(|person| self.person(person));
        self.reach.all
            || self.reach.groups.contains(&group.id)
            || !group.member_ids.is_empty() && group.member_ids.iter().all(within)
    }

    fn at(&self, pbx: &str, endpoint: &str) -> bool {
        self.directory.at_endpoint(pbx, endpoint).is_some_and(|person| self.person(person))
    }

    /// Whether a queue is his whole, by its name alone.
    fn names_queue(&self, pbx: &str, name: &str) -> bool {
        let id = format!("{pbx}~{name}");
        let of_site =
            |site: &String| self.directory.sites.get(site).is_some_and(|site| site.queues.contains(&id));
        self.reach.all || self.reach.queues.contains(&id) || self.reach.sites.iter().any(of_site)
    }

    /// Whether orders, on that agent, may name that queue (`on`: its row, when there is one): his, one he sees
    /// anything of, one of the agent's own site, or one that no site lists as its own.
    pub fn may_name(
        &self,
        pbx: &str,
        name: &str,
        agent: Option<&str>,
        on: Option<&View>,
        board: &Board,
    ) -> bool {
        let id = format!("{pbx}~{name}");
        let site = agent
            .and_then(|endpoint| self.directory.at_endpoint(pbx, endpoint))
            .and_then(|person| self.directory.sites.get(person.user.site_id.as_ref()?));
        self.names_queue(pbx, name)
            || site.is_some_and(|site| site.queues.contains(&id))
            || on.is_some_and(|row| self.sees(row, board))
            || !self.directory.sites.values().any(|site| site.queues.contains(&id))
    }

    /// Whether that agent is within.
    pub fn agent(&self, agent: &AgentView) -> bool {
        self.reach.all
            || self.at(&agent.pbx, &agent.endpoint)
            || agent
                .memberships
                .iter()
                .any(|m| self.reach.queues.contains(&format!("{}~{}", agent.pbx, m.queue)))
    }

    fn member(&self, pbx: &str, interface: &str) -> Option<&Arc<Person>> {
        let found = self.directory.at_interface(pbx, interface);
        found.or_else(|| self.directory.at_endpoint(pbx, interface)).filter(|person| self.person(person))
    }

    /// How much of a queue is seen.
    pub fn queue(&self, queue: &QueueView) -> Seen {
        if self.names_queue(&queue.pbx, &queue.name) {
            return Seen::Whole;
        }
        let of_member = |person: &Arc<Person>| match self.only_himself(person) {
            true => Seen::Own,
            false => Seen::Part,
        };
        let seen = queue.members.iter().filter_map(|m| self.member(&queue.pbx, &m.interface)).map(of_member);
        seen.max().unwrap_or(Seen::No)
    }

    /// He is within only because he is himself.
    fn only_himself(&self, person: &Person) -> bool {
        let user = &person.user;
        self.reach.own.as_ref() == Some(&user.id)
            && !user.site_id.as_ref().is_some_and(|site| self.reach.sites.contains(site))
            && !user.group_ids.iter().any(|group| self.reach.groups.contains(group))
    }

    /// Whether that call is within; `queue` says how much of a queue is seen.
    pub fn call(&self, call: &CallView, queue: impl Fn(&str) -> Seen) -> bool {
        let leg = |endpoint: &str, trunk: bool| match trunk {
            true => self.trunks.iter().any(|pattern| pattern.matches(endpoint)),
            false => self.at(&call.pbx, endpoint),
        };
        if self.reach.all || call.legs.iter().any(|l| leg(&l.endpoint, l.trunk)) {
            return true;
        }
        let Some(stint) = &call.queue else { return false };
        if self.names_queue(&call.pbx, &stint.name) {
            return true;
        }
        stint.outcome.is_none() && queue(&format!("{}~{}", call.pbx, stint.name)) >= Seen::Part
    }

    /// Whether that trunk is within.
    pub fn trunk(&self, trunk: &TrunkView) -> bool {
        self.reach.all || self.trunks.iter().any(|pattern| pattern.matches(&trunk.endpoint))
    }

    /// The row as he sees it; `None`: he does not. Other rows that decide are read from that board.
    pub fn row(&self, view: &Arc<View>, board: &Board) -> Option<Arc<View>> {
        if self.reach.all {
            return Some(view.clone());
        }
        let all = |within: bool| within.then(|| view.clone());
        match &**view {
            View::Pbx(pbx) => Some(Arc::new(View::Pbx(discreet(pbx)))),
            View::Agent(agent) => all(self.agent(agent)),
            View::Trunk(trunk) => all(self.trunk(trunk)),
            View::Call(call) => all(self.call(call, |id| self.queue_on(id, board))),
            View::Queue(queue) => match self.queue(queue) {
                Seen::No => None,
                Seen::Whole => all(true),
                seen => Some(Arc::new(View::Queue(self.in_part(queue, seen)))),
            },
            View::Alarm(_) => None,
            View::Desk(desk) => all(self.desk(&desk.id, board)),
            View::Session(session) => all(self.session(session, board)),
        }
    }

    /// Whether he sees anything of that row.
    pub fn sees(&self, view: &View, board: &Board) -> bool {
        match view {
            View::Pbx(_) => true,
            View::Alarm(_) => self.reach.all,
            View::Desk(desk) => self.desk(&desk.id, board),
            View::Session(session) => self.session(session, board),
            View::Agent(agent) => self.agent(agent),
            View::Trunk(trunk) => self.trunk(trunk),
            View::Queue(queue) => self.reach.all || self.queue(queue) != Seen::No,
            View::Call(call) => self.call(call, |id| self.queue_on(id, board)),
        }
    }

    /// Whether the agent of a desk is within.
    fn desk(&self, agent: &str, board: &Board) -> bool {
        match board.line(Table::Agents, agent).as_ref().map(|line| &*line.view) {
            Some(View::Agent(agent)) => self.agent(agent),
            _ => self.reach.all,
        }
    }

    /// Whether the call of a conversation is within.
    fn session(&self, session: &AiSessionView, board: &Board) -> bool {
        let call = session.call.as_deref().and_then(|call| board.line(Table::Calls, call));
        match call.as_ref().map(|line| &*line.view) {
            Some(View::Call(call)) => self.call(call, |id| self.queue_on(id, board)),
            _ => self.reach.all,
        }
    }

    fn queue_on(&self, id: &str, board: &Board) -> Seen {
        match board.line(Table::Queues, id).as_ref().map(|line| &*line.view) {
            Some(View::Queue(queue)) => self.queue(queue),
            _ => Seen::No,
        }
    }

    fn in_part(&self, queue: &QueueView, seen: Seen) -> QueueView {
        let mut queue = queue.clone();
        let pbx = queue.pbx.clone();
        queue.members.retain(|member| self.member(&pbx, &member.interface).is_some());
        if seen == Seen::Own {
            for caller in &mut queue.waiting {
                caller.party = Default::default();
                caller.channel = Default::default();
                caller.call = Default::default();
            }
        }
        queue
    }

    /// Endpoints of those who are within, by PBX: what a question about the past is limited to.
    pub fn endpoints(&self) -> Vec<(String, String)> {
        let within =
            |user: &String| self.directory.people.get(user).is_some_and(|person| self.person(person));
        let stations = self.directory.stations.iter().filter(|station| within(&station.user_id));
        stations.map(|station| (station.pbx.clone(), station.endpoint.clone())).collect()
    }

    /// Queues that are his whole, by PBX.
    pub fn queues(&self) -> Vec<(String, String)> {
        let of_sites = self.reach.sites.iter().filter_map(|id| self.directory.sites.get(id));
        let ids = of_sites.flat_map(|site| &site.queues).chain(&self.reach.queues);
        ids.filter_map(|id| id.split_once('~'))
            .map(|(pbx, queue)| (pbx.to_owned(), queue.to_owned()))
            .collect()
    }
}

/// The state of a link, without what names hosts and other people's channels.
fn discreet(pbx: &PbxView) -> PbxView {
    let mut pbx = pbx.clone();
    pbx.problem = Default::default();
    pbx.problem_slug = Default::default();
    pbx.problem_with.clear();
    pbx.unknown.clear();
    if let Some(comparison) = &mut pbx.comparison {
        comparison.examples.clear();
    }
    pbx
}
