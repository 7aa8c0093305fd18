//! What callers leave, without a PBX: what is kept when a process ends, who sees which, what is mailed, what goes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use vigie::config::Secret;
use vigie::db::{Db, Source};
use vigie::messages::{Mail, Message, Messages, Settings, Sites, Tls};

use crate::support::postgres::Postgres;
use crate::support::sound::tone;

/// Longer than anything takes on a loaded machine.
const LONG: Duration = Duration::from_secs(90);

struct Kept {
    database: Postgres,
    db: Db,
    shared: tempfile::TempDir,
}

impl Kept {
    async fn new() -> Self {
        let database = Postgres::new();
        database.start();
        let db = Db::new(Source::Server(Box::new(database.url().parse().expect("a connection string"))));
        db.prepare().await.expect("the database");
        Self { database, db, shared: tempfile::tempdir().expect("a folder") }
    }

    fn start(&self, mail: Option<Mail>, days: u32) -> Arc<Messages> {
        let (shared, pbxs) = (self.shared.path().to_owned(), vec!["paris".to_owned()]);
        Messages::start(self.db.clone(), Settings { shared, pbxs, seen: Vec::new(), mail, days, audit: None })
    }

    fn folder(&self) -> std::path::PathBuf {
        self.shared.path().join("messages/paris")
    }

    /// Somebody speaks at a node, as Asterisk would write it.
    async fn speaks(&self, messages: &Messages, uniqueid: &str, flow: &str, sound: &[u8]) {
        let file = messages.place("paris", uniqueid, "0612345678", "0170000001").expect("a place");
        assert_eq!(messages.place("paris", uniqueid, "", "").as_ref(), Some(&file), "he is recorded once");
        until("the folder", async || self.folder().is_dir()).await;
        write(&self.shared.path().join(format!("{file}.wav")), sound);
        messages.ended("paris", uniqueid, flow, "vm");
    }
}

fn write(path: &Path, sound: &[u8]) {
    fs::write(path, sound).expect("written");
}

async fn until(what: &str, is: impl AsyncFn() -> bool) {
    let end = Instant::now() + LONG;
    while !is().await {
        assert!(Instant::now() < end, "waited for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn listed(messages: &Messages, count: usize) -> Vec<Message> {
    let list = async || messages.list(&Sites::All).await.unwrap_or_default();
    until("the messages", async || list().await.len() == count).await;
    list().await
}

#[tokio::test]
async fn messages_are_of_the_site_that_their_node_names() {
    let kept = Kept::new().await;
    let drawing = "{\"nodes\": [{\"id\": \"vm\", \"content\": {\"siteId\": \"lyon\"}}]}";
    kept.database.run(&format!(
        "insert into vigie.flows (id, name, draft, published) values ('f', 'Lyon by night', '{drawing}', 1); \
         insert into vigie.flow_versions (flow_id, version, drawing) values ('f', 1, '{drawing}')"
    ));
    let messages = kept.start(None, 183);
    kept.speaks(&messages, "1795224500.1", "f", &tone(500.0, 8_000, 1.0)).await;
    kept.speaks(&messages, "1795224500.2", "other", &tone(500.0, 8_000, 2.0)).await;
    // silence is no message
    kept.speaks(&messages, "1795224500.3", "f", &tone(0.0, 8_000, 2.0)).await;
    let all = listed(&messages, 2).await;
    let of = |message: &Message| (message.site_id.clone(), message.flow_name.clone(), message.duration_ms);
    let mut told: Vec<_> = all.iter().map(of).collect();
    told.sort();
    assert_eq!(told, [(None, String::new(), 2_000), (Some("lyon".into()), "Lyon by night".into(), 1_000)]);
    let count = async |sites: &[&str]| {
        let sites = Sites::Of(sites.iter().map(|site| (*site).to_owned()).collect());
        messages.list(&sites).await.expect("a list").len()
    };
    assert_eq!((count(&["lyon", "paris"]).await, count(&["paris"]).await, count(&[]).await), (1, 0, 0));
    let of_nobody = all.iter().find(|message| message.site_id.is_none()).expect("one");
    let lyon = Sites::Of(vec!["lyon".into()]);
    assert_eq!(messages.one(&of_nobody.id, &lyon).await.expect("asked"), None);
    messages.heard(&of_nobody.id, "anna").await.expect("marked");
    messages.heard(&of_nobody.id, "bob").await.expect("marked");
    let heard = messages.one(&of_nobody.id, &Sites::All).await.expect("asked").expect("there");
    assert!(heard.heard_by == "anna" && heard.heard_at.is_some(), "who was first stays: {heard:?}");
    until("the end of silence", async || fs::read_dir(kept.folder()).is_ok_and(|all| all.count() == 2)).await;
    assert!(messages.remove(&heard).await.expect("asked"));
    assert!(!messages.remove(&heard).await.expect("asked"), "once");
    assert_eq!(fs::read_dir(kept.folder()).expect("there").count(), 1);
}

#[tokio::test]
async fn f23_what_was_spoken_while_the_database_or_the_process_went_away_is_listed_when_they_are_back() {
    let kept = Kept::new().await;
    let messages = kept.start(None, 183);
    until("the folder", async || kept.folder().is_dir()).await;
    kept.database.kill();
    kept.db.is_away("stopped");
    kept.speaks(&messages, "1795224500.1", "f", &tone(500.0, 8_000, 1.0)).await;
    kept.database.start();
    until("the database", async || kept.db.prepare().await.is_ok()).await;
    listed(&messages, 1).await;
    // the process ends while somebody speaks, and nobody comes back for ten minutes
    drop(messages);
    let forgotten = kept.folder().join("m1795224500.9-1795224509123-abcdefgh.wav");
    write(&forgotten, &tone(500.0, 8_000, 3.0));
    let file = fs::OpenOptions::new().write(true).open(&forgotten).expect("there");
    file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).expect("its time");
    kept.database.run(
        "insert into vigie.voicemails (id, pbx, uniqueid, began_at, file) \
         values ('message-x', 'paris', '1.1', now() - interval '1 hour', 'm1.1-5-x')",
    );
    write(&kept.folder().join("m1.1-5-x.wav"), &tone(500.0, 8_000, 4.0));
    let again = kept.start(None, 0);
    until("what is there", async || {
        let all = again.list(&Sites::All).await.unwrap_or_default();
        all.iter().any(|message| message.duration_ms == 4_000)
    })
    .await;
    let row = "select count(*) from vigie.voicemails where uniqueid = '1795224500.9'";
    until("what nobody knew", async || kept.database.run(row) == "1").await;
}

#[tokio::test]
async fn s37_messages_go_when_they_are_old() {
    let kept = Kept::new().await;
    let messages = kept.start(None, 183);
    kept.speaks(&messages, "1795224500.1", "f", &tone(500.0, 8_000, 1.0)).await;
    kept.speaks(&messages, "1795224500.2", "f", &tone(500.0, 8_000, 1.0)).await;
    listed(&messages, 2).await;
    drop(messages);
    let old =
        "update vigie.voicemails set began_at = now() - interval '184 days' where uniqueid = '1795224500.1'";
    kept.database.run(old);
    let messages = kept.start(None, 183);
    listed(&messages, 1).await;
    until("its file", async || fs::read_dir(kept.folder()).is_ok_and(|all| all.count() == 1)).await;
}

/// A mail server that takes a letter only when `takes`: what it was given, and with which login.
struct Post {
    port: u16,
    takes: Arc<Mutex<bool>>,
    letters: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<usize>>,
}

impl Post {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (takes, letters, asked) = (Arc::new(Mutex::new(false)), Arc::default(), Arc::new(Mutex::new(0)));
        let this = Self { port, takes: takes.clone(), letters: Arc::clone(&letters), asked: asked.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (takes, letters) = (takes.clone(), letters.clone());
                *asked.lock() += 1;
                std::thread::spawn(move || converse(stream, &takes, &letters));
            }
        });
        this
    }
}

fn converse(mut to: std::net::TcpStream, takes: &Mutex<bool>, letters: &Mutex<Vec<String>>) -> Option<()> {
    let mut from = BufReader::new(to.try_clone().ok()?).lines();
    to.write_all(b"220 post\r\n").ok()?;
    let mut letter = String::new();
    loop {
        let line = from.next()?.ok()?;
        letter.push_str(&format!("{line}\n"));
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-post\r\n250 AUTH PLAIN",
            "AUTH" => "235 let in",
            "MAIL" if !*takes.lock() => "451 not now",
            "DATA" => {
                to.write_all(b"354 go on\r\n").ok()?;
                loop {
                    let line = from.next()?.ok()?;
                    if line == "." {
                        break;
                    }
                    letter.push_str(&format!("{line}\n"));
                }
                letters.lock().push(std::mem::take(&mut letter));
                "250 taken"
            }
            "QUIT" => return to.write_all(b"221 good bye\r\n").ok(),
            _ => "250 well",
        };
        to.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
}

#[tokio::test]
async fn a_message_is_mailed_once_also_when_the_mail_server_was_away_and_the_process_ended() {
    let (kept, post) = (Kept::new().await, Post::open());
    let mail = || Mail {
        host: "127.0.0.1".into(),
        port: post.port,
        tls: Tls::Off,
        account: Some(("vigie".into(), Secret::new("a-secret"))),
        from: "vigie@example.com".parse().expect("an address"),
        to: vec!["desk@example.com".parse().expect("an address")],
        english: false,
    };
    let messages = kept.start(Some(mail()), 183);
    kept.speaks(&messages, "1795224500.1", "f", &tone(500.0, 8_000, 1.0)).await;
    until("a refusal", async || *post.asked.lock() > 0).await;
    drop(messages);
    *post.takes.lock() = true;
    let messages = kept.start(Some(mail()), 183);
    until("the letter", async || !post.letters.lock().is_empty()).await;
    let letter = post.letters.lock()[0].clone();
    for part in [
        "MAIL FROM:<vigie@example.com>",
        "RCPT TO:<desk@example.com>",
        "Message vocal de 0612345678",
        "audio/wav",
        "Content-Disposition: attachment",
        "UklGR",
    ] {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    until("that it is noted", async || {
        messages.list(&Sites::All).await.is_ok_and(|all| all.len() == 1 && all[0].mailed_at.is_some())
    })
    .await;
    // a second one comes after it, and the first does not come again
    kept.speaks(&messages, "1795224500.2", "f", &tone(500.0, 8_000, 1.0)).await;
    until("the second letter", async || post.letters.lock().len() == 2).await;
    let due = "select count(*) from vigie.voicemails where mail_due_at is not null";
    until("that it is noted too", async || kept.database.run(due) == "0").await;
    assert_eq!(post.letters.lock().len(), 2);
}
