//! The real worker with the real libraries, through its pipe. Needs libespeak-ng1, libpocketsphinx3, pocketsphinx-en-us and
//! flite, which speaks English as the voice of somebody else.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use worker::protocol::{Answer, Decoder, Message, Question, RATE, VERSION};
use worker::rate::resample;

struct Worker {
    process: Child,
    decoder: Decoder,
}

impl Worker {
    fn start(role: &str) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_vigie-voice"))
            .arg(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut this = Self { process, decoder: Decoder::default() };
        assert_eq!(this.says(), Some(Answer::Ready { version: VERSION }));
        this
    }

    /// What it says next; `None`: it ended.
    fn says(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.decoder.next_message().expect("a frame") {
                return Some(answer);
            }
            let mut bytes = [0; 4_096];
            match self.process.stdout.as_mut().expect("its output").read(&mut bytes).expect("it is read") {
                0 => return None,
                count => self.decoder.feed(&bytes[..count]),
            }
        }
    }

    fn asked(&mut self, question: &Question) -> Answer {
        let input = self.process.stdin.as_mut().expect("its input");
        input.write_all(&question.frame()).expect("it is written");
        self.says().expect("an answer")
    }

    fn speaks(&mut self, language: &str, voice: &str, text: &str) -> Answer {
        let (language, voice, text) = (language.into(), voice.into(), text.into());
        self.asked(&Question::Speak { id: 7, language, voice, text })
    }

    /// What it took, and what it would have been.
    fn hears(&mut self, language: &str, expects: &[&str], sound: &[i16]) -> (Option<String>, String) {
        let expects = expects.iter().map(ToString::to_string).collect();
        let asked = Question::Understand { id: 9, language: language.into(), expects, sound: sound.to_vec() };
        match self.asked(&asked) {
            Answer::Understood { id: 9, text, rejected, confidence, margin } => {
                assert_eq!(rejected, confidence == 0, "margin {margin}");
                ((!rejected).then(|| text.clone()), text)
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// As somebody says it into a telephone: 8 kHz, silence around it.
fn said(voice: &str, text: &str) -> Vec<i16> {
    let folder = std::env::temp_dir().join(format!("vigie-voice-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{voice}-{}.wav", text.replace(' ', "-")));
    let done = Command::new("flite").args(["-voice", voice, "-t", text, "-o"]).arg(&file).status();
    assert!(done.expect("flite is installed").success());
    let wav = std::fs::read(&file).expect("a file");
    std::fs::remove_file(&file).expect("it is ours");
    let rate = u32::from_le_bytes(wav[24..28].try_into().expect("four bytes"));
    let samples: Vec<i16> = wav[44..].chunks_exact(2).map(|s| i16::from_le_bytes([s[0], s[1]])).collect();
    telephone(&samples, rate)
}

fn telephone(samples: &[i16], rate: u32) -> Vec<i16> {
    let narrow = resample(samples, rate, RATE).expect("a rate");
    [vec![0; 1_600], narrow, vec![0; 4_000]].concat()
}

#[test]
fn it_speaks_english_and_french_at_the_rate_of_telephones() {
    let mut worker = Worker::start("speak");
    for (language, text) in [("en", "Hello, how can I help you today?"), ("fr", "Bonjour, je vous écoute.")]
    {
        let Answer::Sound { id: 7, sound } = worker.speaks(language, "", text) else { panic!("{language}") };
        assert!((8_000..40_000).contains(&sound.len()), "{language}: {} samples", sound.len());
        let loud = sound.iter().filter(|sample| sample.unsigned_abs() > 1_000).count();
        assert!(loud > sound.len() / 10, "{language}: {loud} of {} are loud", sound.len());
    }
    let Answer::Failed { id: 7, why } = worker.speaks("fr", "no-such-voice", "Bonjour.") else {
        panic!("a voice")
    };
    assert_eq!(why, "libespeak-ng has no voice `no-such-voice`");
    let other = Question::Understand { id: 3, language: "en".into(), expects: vec![], sound: vec![] };
    assert!(matches!(worker.asked(&other), Answer::Failed { id: 3, .. }), "one half each");
}

#[test]
fn it_tells_english_answers_apart_and_rejects_what_is_none_of_them() {
    let mut worker = Worker::start("hear");
    let topics =
        ["internet", "mobile", "invoice", "bill", "my internet does not work", "a person", "technician"];
    let yes_no = ["yes", "yes please", "no", "no thanks"];
    let mut taken = 0;
    for (voice, text, expects) in [
        ("rms", "internet", &topics[..]),
        ("rms", "mobile", &topics),
        ("rms", "invoice", &topics),
        ("rms", "my internet does not work", &topics),
        ("slt", "technician", &topics),
        ("awb", "a person", &topics),
        ("rms", "yes", &yes_no),
        ("rms", "no", &yes_no),
        ("awb", "yes please", &yes_no),
        ("slt", "no thanks", &yes_no),
    ] {
        let (heard, nearest) = worker.hears("en", expects, &said(voice, text));
        assert!(heard.as_deref().is_none_or(|heard| heard == text), "{voice}: {text} is heard as {nearest}");
        taken += usize::from(heard.is_some());
    }
    assert!(taken >= 9, "{taken} of 10");
    let mut wrong = Vec::new();
    for text in [
        "what is the weather like tomorrow",
        "I would like to order a pizza",
        "how much does that cost",
        "good morning",
    ] {
        let (heard, _) = worker.hears("en", &topics, &said("rms", text));
        wrong.extend(heard.map(|heard| (text, heard)));
    }
    assert_eq!(wrong, [], "what was not expected is rejected");
    assert_eq!(worker.hears("en", &topics, &[0; 8_000]).0, None, "silence is no answer");
    assert_eq!(worker.hears("en", &topics, &[]).0, None);
    assert_eq!(worker.hears("en", &["#"], &said("rms", "three five one")).0.as_deref(), Some("351"));
}

#[test]
fn it_tells_a_few_french_words_apart() {
    let (mut mouth, mut worker) = (Worker::start("speak"), Worker::start("hear"));
    let menu = ["internet", "mobile", "technicien", "facture", "conseiller", "panne"];
    let (mut taken, mut right) = (0, 0);
    for voice in ["fr", "fr+f2", "fr+f4"] {
        for (words, expects) in [(&["oui", "non"][..], &["oui", "non"][..]), (&menu, &menu)] {
            for word in words {
                let Answer::Sound { sound, .. } = mouth.speaks("fr", voice, word) else { panic!("{word}") };
                let (heard, nearest) = worker.hears("fr", expects, &telephone(&sound, RATE));
                right += usize::from(nearest == *word);
                taken += usize::from(heard.as_deref() == Some(*word));
            }
        }
    }
    // measured: 20 or more are nearest to themselves, 16 or more are taken
    assert!(right >= 18 && taken >= 13, "{right} right, {taken} taken, of 24");
    let asked = Question::Understand {
        id: 1,
        language: "fr".into(),
        expects: vec!["brouette".into()],
        sound: vec![0; 800],
    };
    let Answer::Failed { why, .. } = worker.asked(&asked) else { panic!("no such word") };
    assert_eq!(why, "none of the 1 answers that are expected is a known word");
}

#[test]
fn garbage_ends_it_and_so_does_the_end_of_its_input() {
    let mut worker = Worker::start("speak");
    worker.process.stdin.as_mut().expect("its input").write_all(b"GET / HTTP/1.1\r\n\r\n").expect("written");
    assert_eq!(worker.says(), None);
    assert!(!worker.process.wait().expect("it ended").success());
    let mut worker = Worker::start("speak");
    drop(worker.process.stdin.take());
    assert_eq!(worker.says(), None);
    assert!(worker.process.wait().expect("it ended").success());
}
