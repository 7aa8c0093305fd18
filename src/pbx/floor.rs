//! The floor: who works in the built-in contact centre, on which phones, in which queues, behind
//! which trunks. Everything follows from a seed and a size.

use super::exchange::Exchange;
use super::rng::Rng;
use super::truth::{
    DeviceState, Endpoint, EndpointId, EndpointKind, Member, Party, Queue, QueueId, Registration, Strategy,
    Text,
};

/// How large the floor is.
#[derive(Debug, Clone)]
pub struct Size {
    /// Agents, one phone each.
    pub agents: u32,
    /// Queues.
    pub queues: u32,
    /// Trunks.
    pub trunks: u32,
    /// Chance.
    pub seed: u64,
}

const FIRST_NAMES: [&str; 40] = [
    "Alice",
    "Bruno",
    "Chloé",
    "David",
    "Emma",
    "Fabien",
    "Gaëlle",
    "Hugo",
    "Inès",
    "Jérôme",
    "Karima",
    "Léo",
    "Maëlys",
    "Noé",
    "Océane",
    "Paul",
    "Quentin",
    "Renée",
    "Sébastien",
    "Théa",
    "Ulysse",
    "Valérie",
    "William",
    "Ximena",
    "Yannick",
    "Zoé",
    "André",
    "Béatrice",
    "Cédric",
    "Delphine",
    "Éloïse",
    "Françoise",
    "Grégory",
    "Hélène",
    "Ibrahima",
    "Joël",
    "Kévin",
    "Laëtitia",
    "Mathéo",
    "Noémie",
];

const LAST_NAMES: [&str; 40] = [
    "Martin",
    "Petit",
    "Durand",
    "Leroy",
    "Roux",
    "Noël",
    "Lefèvre",
    "Garnier",
    "Fournier",
    "Bérenger",
    "Benali",
    "Mercier",
    "Faure",
    "Blanchet",
    "Guérin",
    "Boyer",
    "Gauthier",
    "Perrin",
    "Clément",
    "Nguyễn",
    "Traoré",
    "Lemaître",
    "Rousseau",
    "Çelik",
    "Dupré",
    "Hébert",
    "Le Goff",
    "d'Aubigné",
    "Müller",
    "Gonçalves",
    "Morel",
    "Girard",
    "Bonnet",
    "François",
    "Legrand",
    "Chevalier",
    "Aït Saïd",
    "Renaud",
    "Lacroix",
    "Vidal",
];

const QUEUES: [(&str, Strategy); 4] = [
    ("support", Strategy::RingAll),
    ("ventes", Strategy::LeastRecent),
    ("facturation", Strategy::FewestCalls),
    ("technique", Strategy::RrMemory),
];

const SITES: [&str; 3] = ["paris", "lyon", "nantes"];

/// Where names come from.
pub fn name(nth: usize) -> String {
    let first = FIRST_NAMES[nth % FIRST_NAMES.len()];
    // A shift at each round keeps the pairs different for 1,600 names.
    let last = LAST_NAMES[(nth + nth / FIRST_NAMES.len()) % LAST_NAMES.len()];
    format!("{first} {last}")
}

/// Furnishes an exchange: trunks, queues, phones, members. Nothing is told: it is its boot.
pub fn furnish(exchange: &mut Exchange, size: &Size) {
    let mut rng = Rng::new(size.seed);
    for nth in 0..size.trunks.max(1) {
        let suffix = char::from(b'a' + (nth % 26) as u8);
        let name = if nth < 26 { format!("trunk-{suffix}") } else { format!("trunk-{suffix}{}", nth / 26) };
        add_trunk(exchange, &name, nth);
    }
    let login_s = exchange.seconds();
    for nth in 0..size.queues.clamp(1, 100) {
        let mut queue = queue(nth);
        // Nobody rings a hundred phones at once.
        if size.agents / size.queues.max(1) > 12 && queue.strategy == Strategy::RingAll {
            queue.strategy = Strategy::LeastRecent;
        }
        exchange.truth.queues.push(queue);
    }
    let queues = exchange.truth.queues.len();
    // Four digits as long as they suffice.
    let first = if size.agents <= 8_000 { 1_001 } else { 100_001 };
    for nth in 0..size.agents {
        let person = name(nth as usize);
        let site = SITES[nth as usize % SITES.len()];
        let phone = add_phone(exchange, &(first + nth).to_string(), &person, site, &mut rng);
        // Every queue has somebody; most agents stand where most callers come. Every third agent
        // helps in the next queue, less readily.
        let home = if (nth as usize) < queues { nth as usize } else { busy_queue(&mut rng, queues) };
        join(exchange, phone, home, &person, rng.below(3) as u32, login_s);
        if nth % 3 == 0 && queues > 1 {
            join(exchange, phone, (home + 1) % queues, &person, 5, login_s);
        }
    }
    exchange.out.clear();
}

/// One of the queues: the first are the busiest.
pub fn busy_queue(rng: &mut Rng, queues: usize) -> usize {
    rng.below(queues).min(rng.below(queues + queues / 2))
}

fn queue(nth: u32) -> Queue {
    let (base, strategy) = QUEUES[nth as usize % QUEUES.len()];
    let round = nth as usize / QUEUES.len();
    let name = if round == 0 { base.to_owned() } else { format!("{base}-{}", round + 1) };
    Queue {
        name: name.into(),
        exten: (500 + nth).to_string().into(),
        strategy,
        callers: Vec::new(),
        members: Vec::new(),
        ring_s: 15,
        retry_s: 2,
        max_wait_s: 90,
        wrapup_s: super::WRAP_UP_S,
        level_s: 20,
        recorded: base == "facturation",
        ring_in_use: false,
        hold_mean: 0,
        talk_mean: 0,
        completed: 0,
        abandoned: 0,
        completed_in_level: 0,
        abandoned_in_level: 0,
        turn: 0,
        told_callers: false,
        free: 0,
        told_free: false,
    }
}

/// A trunk of that name, registered and reachable.
pub fn add_trunk(exchange: &mut Exchange, name: &str, nth: u32) -> EndpointId {
    exchange.truth.add_endpoint(Endpoint {
        name: name.into(),
        interface: format!("PJSIP/{name}").into(),
        kind: EndpointKind::Trunk,
        party: Party::default(),
        site: Text::default(),
        context: "from-sip-provider".into(),
        uri: format!("sip:127.0.0.1:{}", 5_067 + nth % 1_000).into(),
        rtt_us: 812,
        reachable: true,
        registration: Registration::Registered,
        told: DeviceState::NotInUse,
        channels: Default::default(),
        memberships: Default::default(),
    })
}

/// A phone of that number, registered and reachable.
pub fn add_phone(
    exchange: &mut Exchange,
    number: &str,
    person: &str,
    site: &str,
    rng: &mut Rng,
) -> EndpointId {
    exchange.truth.add_endpoint(Endpoint {
        name: number.into(),
        interface: format!("PJSIP/{number}").into(),
        kind: EndpointKind::Phone,
        party: Party::new(number, person),
        site: site.into(),
        context: "from-phones".into(),
        uri: format!("sip:{number}@127.0.0.1:5061").into(),
        rtt_us: 400 + rng.below(1_200) as u32,
        reachable: true,
        registration: Registration::Registered,
        told: DeviceState::NotInUse,
        channels: Default::default(),
        memberships: Default::default(),
    })
}

/// A phone's person becomes a static member.
pub fn join(
    exchange: &mut Exchange,
    phone: EndpointId,
    queue: usize,
    name: &str,
    penalty: u32,
    login_s: u64,
) {
    let Some(interface) = exchange.truth.endpoint(phone).map(|e| e.interface.clone()) else { return };
    exchange.put_member(
        QueueId(queue as u16),
        Member {
            endpoint: phone,
            name: name.into(),
            interface,
            penalty,
            paused: false,
            reason: Text::default(),
            calls_taken: 0,
            last_call: 0,
            last_pause: 0,
            login_time: login_s,
            in_call: false,
            dynamic: false,
        },
    );
}
