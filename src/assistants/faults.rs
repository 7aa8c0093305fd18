//! What hinders that an assistant answers callers on this server.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::form::Form;

/// What there is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    /// Who can speak, by name.
    pub mouths: Vec<&'static str>,
    /// Who can hear.
    pub ears: Vec<&'static str>,
    /// Who can think.
    pub minds: Vec<&'static str>,
    /// Who hears where nobody is named.
    pub usual_ears: Option<&'static str>,
    /// Who thinks then.
    pub usual_mind: &'static str,
    /// Mouths that have voices by name.
    pub voices: Vec<&'static str>,
    /// Names that engines may have, also where they are not set up here, with the setting that does it.
    pub known: BTreeMap<&'static str, &'static str>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AssistantFaultGravity")]
pub enum Gravity {
    /// It is not published.
    Broken,
    /// It may be meant.
    Warning,
}

/// One thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AssistantFault")]
pub struct Fault {
    /// How bad it is.
    pub gravity: Gravity,
    /// Which field of the form; `numbers`.
    pub field: &'static str,
    /// Stable word.
    pub slug: &'static str,
    /// For people, in English.
    pub words: String,
}

impl Fault {
    /// It is not published so.
    pub fn broken(field: &'static str, slug: &'static str, words: String) -> Self {
        Self { gravity: Gravity::Broken, field, slug, words }
    }

    /// It may be.
    pub fn warning(field: &'static str, slug: &'static str, words: String) -> Self {
        Self { gravity: Gravity::Warning, field, slug, words }
    }
}

/// All of that form, on a server that has this.
pub fn judge(form: &Form, offered: &Offered) -> Vec<Fault> {
    let mut found = Vec::new();
    let engines = [
        ("mouth", &form.mouth, &offered.mouths),
        ("ears", &form.ears, &offered.ears),
        ("mind", &form.mind, &offered.minds),
    ];
    for (field, wanted, there) in engines {
        let Some(name) = wanted.as_deref() else { continue };
        let is_nobody = name == "none" && field != "mouth";
        if !is_nobody && !there.contains(&name) {
            let how = match offered.known.get(name) {
                Some(setting) => format!("`{name}` is not set up on this server for it ({setting})"),
                None => format!("there is no engine `{name}`"),
            };
            found.push(Fault::broken(field, "engine_not_set_up", how));
        }
    }
    if let (Some(voice), Some(mouth)) = (&form.voice, &form.mouth)
        && !offered.voices.iter().any(|one| one == mouth)
    {
        let words = format!("`{mouth}` has no voice by name: `{voice}` is not asked for");
        found.push(Fault::warning("voice", "voice_not_chosen", words));
    }
    if form.voice.is_some() && form.mouth.is_none() {
        let words = "a voice is one of a mouth: say which".to_owned();
        found.push(Fault::broken("voice", "voice_of_nobody", words));
    }
    let mind = form.mind.as_deref().unwrap_or(offered.usual_mind);
    let ears = form.ears.as_deref().or(offered.usual_ears);
    if ears == Some("machine") && mind != "dialogue" {
        let words = "the ears of this machine hear only the answers that a dialogue expects".to_owned();
        found.push(Fault::broken("ears", "ears_need_dialogue", words));
    }
    if !form.tools.is_empty() && ["", "none", "dialogue"].contains(&mind) {
        let words = "no model thinks for it: its tools are never used".to_owned();
        found.push(Fault::warning("tools", "tools_without_mind", words));
    }
    if !form.places.is_empty() && !form.tools.iter().any(|tool| tool == "transfer") {
        let words = "it may not transfer callers: its places are never used".to_owned();
        found.push(Fault::warning("places", "places_without_transfer", words));
    }
    if let Err(why) = form.opening() {
        found.push(Fault::broken("hours", "hours_unreadable", why));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Offered {
        Offered {
            mouths: vec!["machine", "openai"],
            ears: vec!["machine", "openai"],
            minds: vec!["openai", "dialogue"],
            usual_ears: Some("openai"),
            usual_mind: "openai",
            voices: vec!["openai"],
            known: BTreeMap::from([("google", "GOOGLE_APPLICATION_CREDENTIALS")]),
        }
    }

    fn slugs(form: &Form, offered: &Offered) -> Vec<(&'static str, &'static str)> {
        judge(form, offered).iter().map(|fault| (fault.field, fault.slug)).collect()
    }

    #[test]
    fn an_engine_that_is_not_set_up_is_named_with_its_setting() {
        assert_eq!(judge(&Form::default(), &here()), []);
        let google = Form { ears: Some("google".into()), ..Form::default() };
        let found = judge(&google, &here());
        assert_eq!(slugs(&google, &here()), [("ears", "engine_not_set_up")]);
        assert!(found[0].words.contains("`google`") && found[0].words.contains("GOOGLE_APPLICATION"));
        let nobody = Form { mouth: Some("none".into()), ears: Some("none".into()), ..Form::default() };
        assert_eq!(slugs(&nobody, &here()), [("mouth", "engine_not_set_up")], "it must speak");
    }

    #[test]
    fn the_ears_of_this_machine_hear_what_a_dialogue_expects() {
        let ears = Some("machine".to_owned());
        let form = Form { ears, ..Form::default() };
        assert_eq!(slugs(&form, &here()), [("ears", "ears_need_dialogue")]);
        let follows = Form { mind: Some("dialogue".into()), ..form };
        assert_eq!(judge(&follows, &here()), []);
        let with_tools = Form { tools: vec!["hang_up".into()], ..follows };
        assert_eq!(slugs(&with_tools, &here()), [("tools", "tools_without_mind")]);
    }

    #[test]
    fn what_is_never_used_is_a_warning() {
        let form = Form {
            mind: Some("none".into()),
            tools: vec!["hang_up".into()],
            places: BTreeMap::from([("support".into(), "q,500,1".into())]),
            mouth: Some("machine".into()),
            voice: Some("Amélie".into()),
            ..Form::default()
        };
        let all = [
            ("voice", "voice_not_chosen"),
            ("tools", "tools_without_mind"),
            ("places", "places_without_transfer"),
        ];
        assert_eq!(slugs(&form, &here()), all);
        assert!(judge(&form, &here()).iter().all(|fault| fault.gravity == Gravity::Warning));
        let of_nobody = Form { voice: Some("alloy".into()), ..Form::default() };
        assert_eq!(slugs(&of_nobody, &here()), [("voice", "voice_of_nobody")]);
    }
}
