//! The demo's callers walk a flow: drawn and published once, in a database where nobody has drawn any, and on the
//! built-in PBX only. From then on it is a flow like any other: changed, taken away, and not put back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::config::AgiConfig;
use crate::flows::{Denied, DidChange, FlowChange, Flows, Publish, Write};
use crate::pbx::Running;
use crate::pbx::agi::Handover;
use crate::pbx::dialplan::FLOW_NUMBERS;
use crate::prompts::Prompts;

const ID: &str = "demo";
const DRAWING: &str = include_str!("demo.json");
/// The database may still be on its way.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Sentences that are not spoken yet would be passed over by the first callers; without a voice nobody waits longer.
const SPOKEN_WITHIN: Duration = Duration::from_secs(30);

/// Lets the built-in PBX hand callers over to that port, once there is a flow for them. Must be called inside a
/// runtime.
pub(super) fn begin(pbx: &Arc<Running>, agi: &AgiConfig, flows: &Arc<Flows>, prompts: Option<Arc<Prompts>>) {
    let mut to = agi.addr;
    if to.ip().is_unspecified() {
        to.set_ip([127, 0, 0, 1].into());
    }
    let handover = Handover { to, token: agi.token.as_ref().map(|token| token.reveal().to_owned()) };
    // who stops does not wait for it
    let (pbx, flows) = (Arc::downgrade(pbx), Arc::downgrade(flows));
    tokio::spawn(async move {
        loop {
            let Some(flows) = flows.upgrade() else { return };
            if flows.now().is_some() && is_drawn(&flows).await {
                break;
            }
            drop(flows);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        if let Some(prompts) = prompts {
            until_spoken(&prompts).await;
        }
        let Some(pbx) = pbx.upgrade() else { return };
        let told = tokio::task::spawn_blocking(move || pbx.with(|hub| hub.hand_over(Some(handover)))).await;
        match told {
            Ok(Ok(())) => log::info!("some of the demo's callers walk flows from now on"),
            Ok(Err(problem)) => log::warn!("the demo has no callers in flows: {problem}"),
            Err(problem) => log::error!("the demo has no callers in flows: {problem}"),
        }
    });
}

/// Draws what is missing; false when the database could not be asked.
async fn is_drawn(flows: &Flows) -> bool {
    if flows.now().is_some_and(|book| !book.is_untouched()) {
        return true;
    }
    // `None`: another process was faster
    let drawn =
        flows.change(|book| if book.is_untouched() { Ok(Write::AddFlow(flow())) } else { Err(None) }).await;
    match drawn {
        Ok(_) => {}
        Err(None) => return true,
        Err(Some(denied)) => {
            log::warn!("the demo's flow is not drawn: {denied:?}");
            return !matches!(denied, Denied::Unavailable(_) | Denied::Unknowable);
        }
    }
    for (number, description) in FLOW_NUMBERS.iter().zip(["Accueil", "Accueil, publicité"]) {
        let did = DidChange {
            id: format!("demo-{number}"),
            number: (*number).to_owned(),
            description: description.to_owned(),
            trunk_id: None,
            ivr_flow_id: Some(ID.to_owned()),
        };
        // without its number it is still the oldest flow, which callers of any number walk
        if let Err(denied) = flows.change(|_| Ok::<_, Denied>(Write::AddDid(did))).await {
            log::warn!("the demo's called number {number} is not noted: {denied:?}");
        }
    }
    log::info!("a flow for the demo's callers is published");
    true
}

fn drawing() -> Value {
    let mut drawing: Value = serde_json::from_str(DRAWING).unwrap_or_default();
    drawing["id"] = json!(ID);
    drawing
}

/// As it is published for the first time.
fn flow() -> FlowChange {
    let publish = Publish { note: "Démonstration".to_owned(), by: String::new() };
    FlowChange { id: ID.to_owned(), name: "Accueil".to_owned(), draft: drawing(), publish: Some(publish) }
}

/// Sentences that its nodes say, each with its language.
fn sentences(drawing: &Value) -> Vec<(String, String)> {
    let contents = drawing["nodes"].as_array().into_iter().flatten().map(|node| &node["content"]);
    let said = |content: &Value| {
        let text = content["text"].as_str().or_else(|| content["prompt"].as_str())?;
        Some((text.to_owned(), content["language"].as_str().unwrap_or("fr").to_owned()))
    };
    contents.filter_map(said).collect()
}

/// Waits until what its first callers would hear is spoken.
async fn until_spoken(prompts: &Prompts) {
    let sentences = sentences(&drawing());
    let end = Instant::now() + SPOKEN_WITHIN;
    let spoken = |(text, language): &(String, String)| prompts.speech(text, Some(language)).is_some();
    while prompts.has_voice() && Instant::now() < end && !sentences.iter().all(spoken) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::judge;

    #[test]
    fn the_demo_s_flow_can_be_walked_without_a_fault_and_knows_the_queues_of_its_floor() {
        let (flow, faults) = judge(&drawing());
        assert_eq!(faults, []);
        let flow = flow.expect("it can be walked");
        assert_eq!((flow.id.as_str(), flow.nodes().len()), (ID, 16));
        let floor = crate::pbx::Settings::scripted().floor(1_795_224_414_000_000);
        let queues: Vec<&str> = flow
            .nodes()
            .iter()
            .filter_map(|node| match &node.does {
                actors::ivr::Does::Queue(stay) => Some(stay.queue.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(queues.len(), 3);
        assert!(queues.iter().all(|queue| floor.exchange.truth.queue_named(queue).is_some()), "{queues:?}");
    }
}
