//! Where each setting comes from, and what each mistake is answered.

use super::*;

fn read(env: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Config::read(folder.path(), None, env)
}

fn refused(env: &[(&str, &str)], files: &[(&str, &str)]) -> String {
    read(env, files).map(|_| ()).unwrap_err().to_string()
}

const ONE: &str = "[[pbx]]\nname = \"paris\"\nhost = \"127.0.0.1\"\nusername = \"u\"\nsecret = \"s-toml\"\n";

#[test]
fn without_any_setting_there_is_no_pbx_and_the_page_is_on_8080() {
    let config = read(&[], &[]).unwrap();
    assert_eq!(config.http_addr.to_string(), "127.0.0.1:8080");
    assert!(config.pbxs.is_empty());
}

#[test]
fn the_environment_wins_over_env_file_which_wins_over_toml() {
    let env_file = "AMI_USERNAME=from-file\nexport AMI_SECRET='s # file' # comment\nDB_HOST=elsewhere\n";
    let config = read(&[("AMI_SECRET", "s-env")], &[(".env", env_file), ("vigie.toml", ONE)]).unwrap();
    let pbx = &config.pbxs[0];
    assert_eq!(
        (pbx.name.as_str(), pbx.username.as_str(), pbx.secret.reveal()),
        ("paris", "from-file", "s-env")
    );
    let config = read(&[], &[(".env", env_file), ("vigie.toml", ONE)]).unwrap();
    assert_eq!(config.pbxs[0].secret.reveal(), "s # file");
}

#[test]
fn several_pbxs_and_a_key_for_one_of_them_is_refused() {
    let two = format!("{ONE}{}", ONE.replace("paris", "lyon"));
    assert_eq!(read(&[], &[("vigie.toml", &two)]).unwrap().pbxs.len(), 2);
    let error = refused(&[("AMI_HOST", "127.0.0.1")], &[("vigie.toml", &two)]);
    assert!(error.starts_with("environment: AMI_HOST: vigie.toml has 2 [[pbx]]"), "{error}");
    let error = refused(&[], &[("vigie.toml", &format!("{ONE}{ONE}"))]);
    assert!(error.starts_with("vigie.toml:6: name: `paris` is used"), "{error}");
}

#[test]
fn an_error_names_file_line_key_and_what_was_expected() {
    for (files, start) in [
        (("vigie.toml", "http_adr = \"127.0.0.1:1\""), "vigie.toml:1: unknown field `http_adr`, expected"),
        (
            ("vigie.toml", "\n[[pbx]]\nhost = 3\n"),
            "vigie.toml:3: host: `3` in [[pbx]] no. 1, expected a host name or an address in quotes",
        ),
        (("vigie.toml", "\n[[pbx]]\nhost = \"127.0.0.1\"\n"), "vigie.toml:2: username: missing, expected"),
        ((".env", "A=1\nhunter2\n"), ".env:2: no `=` in the line, expected KEY=VALUE"),
        ((".env", "AMI_SECRET=\"hunter2\\\n"), ".env:1: AMI_SECRET: a quote that is not closed"),
        ((".env", "VIGIE_ALOW_PLAIN_AMI=1\n"), ".env:1: VIGIE_ALOW_PLAIN_AMI: unknown key, expected one of"),
        ((".env", "AMI_PORT=65536\n"), ".env:1: AMI_PORT: `65536`, expected a port from 1 to 65535"),
        (
            (".env", "VIGIE_AUTH=off\nHTTP_ADDR=0.0.0.0:80\n"),
            ".env:2: HTTP_ADDR: `0.0.0.0:80` can be reached by others",
        ),
        (
            (".env", "DATABASE_URL=none\n"),
            ".env:1: DATABASE_URL: none: accounts stand in the database, expected",
        ),
        (
            (".env", "VIGIE_ORIGINS=vigie.example.com\n"),
            ".env:1: VIGIE_ORIGINS: `vigie.example.com`, expected",
        ),
        ((".env", "VIGIE_PROXIES=proxy\n"), ".env:1: VIGIE_PROXIES: `proxy`, expected an IP address"),
        ((".env", "VIGIE_METRICS_TOKEN=short\n"), ".env:1: VIGIE_METRICS_TOKEN: expected 16 to 200"),
        ((".env", "HTTP_ADDR=here\n"), ".env:1: HTTP_ADDR: `here`, expected an address and a port"),
    ] {
        let error = refused(&[], &[files]);
        assert!(error.starts_with(start), "{error:?} should start with {start:?}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_named_by_its_key_its_section_and_what_was_expected() {
    let second = |line: &str| format!("{ONE}{}{line}\n", ONE.replace("paris", "lyon"));
    for (line, problem) in [
        ("port = 70000", "port: `70000` in [[pbx]] `lyon`, expected a port from 1 to 65535"),
        ("port = -1", "port: `-1` in [[pbx]] `lyon`, expected a port from 1 to 65535"),
        ("port = \"hunter2\"", "port: a text in quotes in [[pbx]] `lyon`, expected a port from 1 to 65535"),
        ("tls = \"yes\"", "tls: a text in quotes in [[pbx]] `lyon`, expected true or false"),
        ("trunks = \"trunk-*\"", "trunks: a text in quotes in [[pbx]] `lyon`, expected a list of patterns"),
        ("agents = [1]", "agents: a list in [[pbx]] `lyon`, expected a list of patterns"),
        ("wrap_up_s = 1.5", "wrap_up_s: `1.5` in [[pbx]] `lyon`, expected a whole number of seconds"),
        ("transfer_context = 3", "transfer_context: `3` in [[pbx]] `lyon`, expected a context in quotes"),
    ] {
        let error = refused(&[], &[("vigie.toml", &second(line))]);
        assert!(error.starts_with(&format!("vigie.toml:11: {problem}")), "{error}");
        assert!(!error.contains("hunter2") && !error.contains("u16"), "{error}");
    }
    let error = refused(&[], &[("vigie.toml", &format!("{ONE}[pbx.wrap_up_s_by_queue]\nsupport = true\n"))]);
    assert!(
        error.starts_with("vigie.toml:7: wrap_up_s_by_queue.support: `true` in [[pbx]] `paris`"),
        "{error}"
    );
    let error = refused(&[], &[("vigie.toml", "http_addr = 8080\n")]);
    assert!(error.starts_with("vigie.toml:1: http_addr: `8080`, expected an address and a port"), "{error}");
    let error = refused(&[], &[("vigie.toml", "[pbx]\nhost = \"h\"\n")]);
    assert!(error.contains("pbx: a section, expected sections that each begin with [[pbx]]"), "{error}");
    let error = refused(&[], &[("vigie.toml", &ONE.replace("\"s-toml\"", "12345678"))]);
    assert!(!error.contains("12345678"), "a secret without quotes is one too: {error}");
}

#[test]
fn s07_a_secret_over_plain_tcp_to_another_machine_is_refused_unless_allowed() {
    let env = [("AMI_HOST", "192.0.2.7"), ("AMI_USERNAME", "u"), ("AMI_SECRET", "canary-secret")];
    let error = refused(&env, &[]);
    assert!(error.contains("over plain TCP") && error.contains("VIGIE_ALLOW_PLAIN_AMI=1"), "{error}");
    assert!(!error.contains("canary-secret"));
    let mut allowed = env.to_vec();
    allowed.push(("VIGIE_ALLOW_PLAIN_AMI", "1"));
    assert!(read(&allowed, &[]).unwrap().pbxs[0].plain_text);
    let mut tls = env.to_vec();
    tls.push(("AMI_TLS", "true"));
    let pbx = read(&tls, &[]).unwrap().pbxs.remove(0);
    assert!(pbx.tls && !pbx.plain_text && pbx.port == 5039);
    assert!(!format!("{pbx:?}").contains("canary-secret"), "s51: a secret cannot be printed");
    let here = [("AMI_HOST", "::1"), ("AMI_USERNAME", "u"), ("AMI_SECRET", "s")];
    assert!(!read(&here, &[]).unwrap().pbxs[0].plain_text);
}

fn database(env: &[(&str, &str)]) -> String {
    let env: Vec<_> = env.iter().copied().chain([("VIGIE_AUTH", "off")]).collect();
    match read(&env, &[]).unwrap().database {
        Database::Nothing => "nothing".to_owned(),
        Database::Private => "private".to_owned(),
        Database::Server(words) => words.reveal().to_owned(),
    }
}

#[test]
fn what_happened_is_kept_in_a_private_cluster_unless_told_otherwise() {
    assert_eq!(database(&[]), "private");
    assert_eq!(database(&[("DATABASE_URL", "none")]), "nothing");
    let url = "postgres://u:p@127.0.0.1/v";
    assert_eq!(
        database(&[("DATABASE_URL", url), ("DB_HOST", "elsewhere")]),
        url,
        "the whole wins over parts"
    );
    let parts =
        [("DB_HOST", "db"), ("DB_USER", "u"), ("DB_PASSWORD", "it's \\ secret"), ("DB_NAME", "asterisk")];
    let parsed: tokio_postgres::Config = database(&parts).parse().unwrap();
    assert_eq!(parsed.get_password(), Some("it's \\ secret".as_bytes()));
    assert_eq!(
        (parsed.get_user(), parsed.get_dbname(), parsed.get_ports()),
        (Some("u"), Some("asterisk"), &[5432][..])
    );
}

#[test]
fn s51_a_database_that_cannot_be_read_is_refused_without_its_password() {
    let words = refused(&[("DATABASE_URL", "postgres://u:canary@[/v")], &[]);
    assert!(words.contains("DATABASE_URL") && words.contains("postgres://user"), "{words}");
    assert!(!words.contains("canary"), "{words}");
    assert!(refused(&[("DB_HOST", "db"), ("DB_PORT", "x")], &[]).contains("DB_PORT"));
}

#[test]
fn with_accounts_other_addresses_may_be_served() {
    let config =
        read(&[("HTTP_ADDR", "0.0.0.0:80"), ("VIGIE_ORIGINS", "https://a.example, https://b.example")], &[]);
    let config = config.unwrap();
    assert!(config.auth && config.doors.any_address && config.doors.answers("b.example"));
    let config = read(&[("VIGIE_AUTH", "off"), ("DATABASE_URL", "none")], &[]).unwrap();
    assert!(!config.auth && !config.doors.any_address);
}

#[test]
fn callers_are_taken_where_a_pbx_is_configured_and_a_database_keeps_flows() {
    let agi = |more: &[(&str, &str)]| {
        let all = [("AMI_HOST", "127.0.0.1"), ("AMI_USERNAME", "u"), ("AMI_SECRET", "s")];
        let all: Vec<_> = all.iter().chain(more).copied().collect();
        read(&all, &[]).unwrap().agi.map(|agi| (agi.addr.to_string(), agi.is_asked_for))
    };
    assert_eq!(agi(&[]), Some(("127.0.0.1:4573".to_owned(), false)));
    assert_eq!(agi(&[("AGI_PORT", "4574")]), Some(("127.0.0.1:4574".to_owned(), true)));
    assert_eq!(agi(&[("AGI_HOST", "10.0.0.1")]), Some(("10.0.0.1:4573".to_owned(), false)));
    assert_eq!(agi(&[("AGI_PORT", "off")]), None);
    assert_eq!(agi(&[("DATABASE_URL", "none"), ("VIGIE_AUTH", "off")]), None);
    let built_in =
        |settings: &[(&str, &str)]| read(settings, &[]).unwrap().agi.map(|agi| agi.addr.to_string());
    assert_eq!(built_in(&[]).as_deref(), Some("127.0.0.1:0"), "the built-in PBX is told which");
    assert_eq!(built_in(&[("AGI_PORT", "4574")]).as_deref(), Some("127.0.0.1:4574"));
    assert_eq!(built_in(&[("DATABASE_URL", "none"), ("VIGIE_AUTH", "off")]), None);
    let asked = |hosts: &str, host: &str, port: u16| {
        let all = [("AMI_HOST", "127.0.0.1"), ("AMI_USERNAME", "u"), ("AMI_SECRET", "s")];
        let all: Vec<_> = all.into_iter().chain([("VIGIE_FLOW_HTTP_HOSTS", hosts)]).collect();
        let hosts = read(&all, &[]).unwrap().flow_http_hosts.unwrap();
        hosts.iter().any(|own| own.is(host, port))
    };
    let listed = "api.example.com, *.crm.example:8443, [::1]:80,10.0.0.5";
    for (host, port, is) in [
        ("api.example.com", 443, true),
        ("API.example.com", 80, true),
        ("x.api.example.com", 443, false),
        ("a.crm.example", 8443, true),
        ("a.crm.example", 443, false),
        ("crm.example", 8443, false),
        ("evilcrm.example", 8443, false),
        ("::1", 80, true),
        ("::1", 81, false),
        ("10.0.0.5", 1, true),
        ("10.0.0.50", 1, false),
    ] {
        assert_eq!(asked(listed, host, port), is, "{host}:{port}");
    }
    assert!(!asked("none", "example.com", 443));
    let tls = [("AMI_HOST", "192.0.2.7"), ("AMI_TLS", "true")];
    assert_eq!(agi(&tls[1..]), Some(("127.0.0.1:4573".to_owned(), false)));
    for (key, value, expected) in [
        ("AGI_PORT", "agi", "environment: AGI_PORT: `agi`, expected a port, or off"),
        ("AGI_HOST", "here", "environment: AGI_HOST: `here`, expected an address of this machine"),
        (
            "VIGIE_FLOW_HTTP_HOSTS",
            "http://a/",
            "environment: VIGIE_FLOW_HTTP_HOSTS: `http://a/`, expected a host such as api.example.com:8443 or \
             *.example.com",
        ),
        ("AGI_TOKEN", "hunter 2", "environment: AGI_TOKEN: expected 8 to 100 letters, digits, - and _"),
    ] {
        let all = [("AMI_HOST", "127.0.0.1"), ("AMI_USERNAME", "u"), ("AMI_SECRET", "s"), (key, value)];
        assert_eq!(refused(&all, &[]), expected);
    }
}

#[test]
fn s37_how_long_recordings_are_kept_is_told_apart_from_not_being_told() {
    let days = |env: &[(&str, &str)], toml: &str| {
        read(env, &[("vigie.toml", toml)]).unwrap().retention.recordings_days
    };
    let key = "VIGIE_KEEP_RECORDINGS_DAYS";
    assert_eq!(days(&[], ""), None);
    assert_eq!(days(&[], "[retention]\ncalls_days = 5\n"), None);
    assert_eq!(days(&[], "[retention]\nrecordings_days = 0\n"), Some(0));
    assert_eq!(days(&[(key, "90")], "[retention]\nrecordings_days = 0\n"), Some(90));
    assert_eq!(days(&[(key, "")], ""), None);
    for wrong in ["-1", "90d", "36501"] {
        let words = refused(&[(key, wrong)], &[]);
        assert!(words.contains(key) && words.contains("a number of days"), "{wrong:?}: {words}");
    }
}

#[test]
fn messages_are_mailed_by_a_server_that_is_described_whole() {
    assert!(read(&[], &[]).unwrap().smtp.is_none());
    let whole = [
        ("SMTP_HOST", "mail.example.com"),
        ("SMTP_FROM", "v@example.com"),
        ("SMTP_TO", "a@example.com, b@example.com"),
    ];
    let smtp = read(&whole, &[]).unwrap().smtp.unwrap();
    assert_eq!((smtp.port, smtp.tls, smtp.to.len(), smtp.account.is_none()), (587, SmtpTls::Start, 2, true));
    let with = |more: &[(&'static str, &'static str)]| read(&[&whole[..], more].concat(), &[]);
    let smtp =
        with(&[("SMTP_TLS", "tls"), ("SMTP_USER", "u"), ("SMTP_PASSWORD", "hunter2")]).unwrap().smtp.unwrap();
    assert_eq!(smtp.port, 465);
    assert!(!format!("{smtp:?}").contains("hunter2"), "{smtp:?}");
    for (more, key) in [
        ([("SMTP_TLS", "maybe")], "SMTP_TLS"),
        ([("SMTP_PORT", "0")], "SMTP_PORT"),
        ([("SMTP_USER", "u")], "SMTP_PASSWORD"),
        ([("SMTP_TO", "nobody")], "SMTP_TO"),
        ([("SMTP_FROM", "a b@example.com")], "SMTP_FROM"),
    ] {
        assert_eq!(with(&more).map(|_| ()).unwrap_err().key, key);
    }
    assert_eq!(read(&[("SMTP_HOST", "m")], &[]).map(|_| ()).unwrap_err().key, "SMTP_FROM");
}

#[test]
fn the_shared_folder_has_a_name_on_either_side() {
    let config =
        read(&[("VIGIE_SOUNDS", "/srv/sounds"), ("VIGIE_VOICE", "off"), ("VIGIE_LANGUAGE", "en")], &[])
            .unwrap();
    assert_eq!(config.sounds.as_deref(), Some(Path::new("/srv/sounds")));
    assert!(config.voice == Voice::Off && config.english);
    let with = |sounds: &str| read(&[], &[("vigie.toml", &format!("{ONE}sounds = \"{sounds}\"\n"))]);
    assert_eq!(with("/mnt/vigie").unwrap().pbxs[0].sounds.as_deref(), Some(Path::new("/mnt/vigie")));
    for wrong in ["relative", "/with space", "/a\\tb"] {
        assert_eq!(with(wrong).map(|_| ()).unwrap_err().key, "sounds", "{wrong}");
    }
    assert_eq!(read(&[("VIGIE_LANGUAGE", "de")], &[]).map(|_| ()).unwrap_err().key, "VIGIE_LANGUAGE");
}

#[test]
fn an_assistant_is_answered_where_pbxs_are_and_says_what_it_cannot_be() {
    let with = |env: &[(&str, &str)], text: &str| {
        let text = format!("{ONE}[assistant]\n{text}");
        read(env, &[("vigie.toml", &text)]).map(|config| config.assistant)
    };
    let usual = with(&[], "").unwrap().unwrap();
    assert_eq!((usual.addr, usual.human_key), ("127.0.0.1:9090".parse().ok(), Some('0')));
    let addr = |env: &[(&str, &str)]| with(env, "").unwrap().and_then(|it| it.addr).map(|it| it.to_string());
    assert_eq!(addr(&[("AUDIOSOCKET_PORT", "9000")]).as_deref(), Some("127.0.0.1:9000"));
    assert_eq!(addr(&[("AUDIOSOCKET_HOST", "10.0.0.1")]).as_deref(), Some("10.0.0.1:9090"));
    assert_eq!(addr(&[("AUDIOSOCKET_PORT", "off")]), None);
    let other_voicebots = [("AUDIOSOCKET_PORT", "9090")];
    assert!(read(&other_voicebots, &[("vigie.toml", ONE)]).unwrap().assistant.is_none(), "none is there");
    let whole = "human_key = \"off\"\nhuman_words = [\" Conseiller \"]\nfallback = \"queues,500,1\"\ntakes_unknown = true";
    let whole = with(&[], whole).unwrap().unwrap();
    assert_eq!(
        (whole.human_key, whole.human_words, whole.takes_unknown),
        (None, vec!["conseiller".into()], true)
    );
    for (text, expected) in [
        ("human_key = \"00\"", "assistant.human_key: `00`, expected one key such as \"0\", or \"off\""),
        ("language = \"de\"", "assistant.language: `de`, expected fr or en"),
        ("greeting = \" \"", "assistant.greeting: expected a sentence of 1 to 1000 letters"),
        (
            "fallback = \"queues,${EXTEN},1\"",
            "assistant.fallback: `queues,${EXTEN},1`, expected context,extension,priority such as \"queues,500,1\"",
        ),
        (
            "tools = [\"transfer\", \"pay\"]",
            "assistant.tools: `pay`, expected some of look_up_caller, open_ticket, call_back, transfer, hang_up",
        ),
        (
            "places = { support = \"0899\" }",
            "assistant.places.support: `0899`, expected context,extension,priority such as \"queues,500,1\"",
        ),
        ("silence_s = 0", "assistant.silence_s: `0`, expected 1 to 60 seconds"),
    ] {
        assert_eq!(with(&[], text).unwrap_err().to_string(), format!("vigie.toml:6: {expected}"));
    }
    let dial = |text: &str| read(&[("AUDIOSOCKET_DIAL", text)], &[("vigie.toml", ONE)]);
    for sound in ["vigie.example:9090", "10.0.0.1:1", "[::1]:9090"] {
        assert_eq!(dial(sound).unwrap().audiosocket_dial.as_deref(), Some(sound));
    }
    for wrong in ["vigie.example", ":9090", "vigie:0", "vigie:99999", "::1:9090", "a b:1", "${X}:1"] {
        assert_eq!(dial(wrong).map(|_| ()).unwrap_err().key, "AUDIOSOCKET_DIAL", "{wrong}");
    }
    let wrong = with(&[("AUDIOSOCKET_PORT", "audio")], "").unwrap_err().to_string();
    assert_eq!(wrong, "environment: AUDIOSOCKET_PORT: `audio`, expected a port, or off");
    assert!(with(&[], "greetings = \"a\"").unwrap_err().to_string().contains("unknown field `greetings`"));
}
