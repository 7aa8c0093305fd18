//! Sessions: tokens, cookies, tickets, and their end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{Desk, PASSWORD, Pass, cookies};
use crate::web::socket::{Heard, Socket};

#[test]
fn s41_s42_one_token_is_never_taken_for_another() {
    let (desk, first) = Desk::set_up();
    let as_bearer = |token: &str| Pass { token: token.to_owned(), cookies: vec![] };
    assert_eq!(desk.get(&first.token_of(), "/api/auth/me").status, 200);
    for token in
        [first.cookie("refreshToken"), first.cookie("vigie_session"), &desk.ticket(&first), "x", "a.b.c"]
    {
        assert_eq!(desk.get(&as_bearer(token), "/api/auth/me").told(), "401 not_logged_in", "{token}");
    }
    let as_refresh = |value: &str| Pass {
        token: String::new(),
        cookies: vec![("refreshToken".to_owned(), value.to_owned())],
    };
    for value in [first.token.as_str(), first.cookie("vigie_session"), "", ".", "x.y"] {
        let reply = desk.ask(&as_refresh(value), "POST", "/api/auth/refresh", None);
        assert_eq!(reply.told(), "401 not_logged_in", "{value}");
    }
    let huge = as_bearer(&"x".repeat(20_000));
    assert!((400..500).contains(&desk.get(&huge, "/api/auth/me").status), "more than 8 KB is not read");
    // a bad bearer does not fall back on a good cookie
    let both = Pass { token: "x".to_owned(), cookies: first.cookies.clone() };
    assert_eq!(desk.get(&both, "/api/auth/me").told(), "401 not_logged_in");
}

#[test]
fn s43_a_refresh_token_that_comes_again_ends_the_whole_session() {
    let (desk, first) = Desk::set_up();
    let refresh = |token: &str| {
        let pass = Pass { token: String::new(), cookies: vec![("refreshToken".into(), token.into())] };
        desk.ask(&pass, "POST", "/api/auth/refresh", None)
    };
    let old = first.cookie("refreshToken").to_owned();
    let reply = refresh(&old);
    assert_eq!(reply.status, 200);
    let flags = reply.headers("set-cookie").join("");
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/api/auth"] {
        assert!(flags.contains(flag), "{flags}");
    }
    let new = cookies(&reply)[0].1.clone();
    let tap = refresh(&old);
    assert_eq!(tap.status, 200, "a second tap within 5 s is forgiven");
    assert!(cookies(&tap).is_empty(), "and gets no token to go on with");
    assert_eq!(desk.get(&first, "/api/auth/me").status, 200);
    assert_eq!(refresh(&old).told(), "401 not_logged_in", "once");
    assert_eq!(refresh(&new).told(), "401 not_logged_in", "the other end is out too");
    assert_eq!(desk.get(&first, "/api/auth/me").told(), "401 not_logged_in");
    let stored = desk.database.run("select why from vigie.sessions");
    assert_eq!(stored, "reused");
}

#[test]
fn s45_a_cookie_changes_nothing_without_our_own_header() {
    let (desk, first) = Desk::set_up();
    let page = first.cookies_of();
    assert_eq!(desk.get(&page, "/api/auth/me").status, 200);
    let body = json!({"id": "lyon", "name": "Lyon"});
    assert_eq!(desk.post(&page, "/api/sites", &body).told(), "403 no_own_header");
    let from = |headers: &str| desk.ask_with(&page, "POST", "/api/sites", Some(&body), headers).told();
    let own = format!("X-Vigie: 1\r\nOrigin: http://{}\r\n", desk.server.address);
    assert_eq!(from("X-Vigie: 1\r\nOrigin: http://evil.example\r\n"), "403 foreign_origin");
    assert_eq!(from("X-Vigie: 1\r\nOrigin: null\r\n"), "403 foreign_origin");
    assert_eq!(from("X-Vigie: 1\r\nSec-Fetch-Site: cross-site\r\n"), "403 foreign_origin");
    assert_eq!(from(&own), "201");
}

#[test]
fn s46_s47_the_websocket_takes_a_ticket_once_and_from_our_page_only() {
    let (desk, first) = Desk::set_up();
    let at = |query: &str, headers: &str| Socket::at(&desk.server.address, query, headers).map(drop);
    assert_eq!(at("", ""), Err(401));
    let cookie = format!("Cookie: vigie_session={}\r\n", first.cookie("vigie_session"));
    assert_eq!(at("", &cookie), Err(401), "a cookie is not enough");
    assert_eq!(at(&format!("?ticket={}", first.token), ""), Err(401), "an access token is no ticket");
    let ticket = desk.ticket(&first);
    let address = &desk.server.address;
    for origin in [
        "null".to_owned(),
        "http://evil.example".into(),
        format!("https://{address}"),
        format!("http://{address}.evil.example"),
        format!("http://{address}0"),
        "http://localhost".into(),
        format!("http://evil.example@{address}"),
        "file://".into(),
    ] {
        assert_eq!(at(&format!("?ticket={ticket}"), &format!("Origin: {origin}\r\n")), Err(403), "{origin}");
    }
    assert_eq!(at(&format!("?ticket={ticket}"), &format!("Origin: http://{address}\r\n")), Ok(()));
    assert_eq!(at(&format!("?ticket={ticket}"), ""), Err(401), "a second time");
    assert_eq!(at("", &format!("Authorization: Bearer {}\r\n", first.token)), Ok(()), "a program");
}

/// Reads until it is closed; with what, and how long it took.
fn closed(socket: &mut Socket) -> (u16, Duration) {
    let began = Instant::now();
    loop {
        match socket.hear() {
            Heard::Closed(code) => return (code, began.elapsed()),
            Heard::Text(_) => assert!(began.elapsed() < Duration::from_secs(30), "it stays open"),
        }
    }
}

#[test]
fn s44_logout_disabling_and_another_role_hold_on_open_sockets() {
    let (desk, first) = Desk::set_up();
    desk.site(&first, "paris");
    desk.user(&first, "marie", "Superviseur", Some("paris"), None);
    let within = |took: Duration| assert!(took < Duration::from_secs(5), "{took:?}");

    let marie = desk.login("marie");
    let mut socket = desk.socket(&marie);
    assert_eq!(desk.ask(&marie.token_of(), "POST", "/api/auth/logout", None).status, 200);
    let (code, took) = closed(&mut socket);
    assert_eq!(code, 4001);
    within(took);
    assert_eq!(desk.get(&marie, "/api/board").told(), "401 not_logged_in");

    let marie = desk.login("marie");
    let mut socket = desk.socket(&marie);
    assert_eq!(desk.put(&first, "/api/users/marie", &json!({"role": "Agent"})).status, 200);
    let (code, took) = closed(&mut socket);
    assert_eq!(code, 4003);
    within(took);
    assert_eq!(desk.get(&marie, "/api/users").told(), "403 no_right", "the same token, the rights of now");

    let mut socket = desk.socket(&marie);
    assert_eq!(desk.put(&first, "/api/users/marie", &json!({"isActive": false})).status, 200);
    assert_eq!(closed(&mut socket).0, 4001);
    assert_eq!(desk.get(&marie, "/api/auth/me").told(), "401 not_logged_in");
}

#[test]
fn s44_what_an_administrator_changes_in_the_database_holds_too() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Superviseur", None, None);
    let marie = desk.login("marie");
    let mut socket = desk.socket(&marie);
    desk.database.run("update vigie.users set active = false where id = 'marie'");
    let (code, took) = closed(&mut socket);
    assert_eq!(code, 4001);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn s48_a_message_is_taken_with_the_rights_of_now() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Superviseur", None, None);
    let marie = desk.login("marie");
    let mut socket = desk.socket(&marie);
    desk.put(&first, "/api/users/marie", &json!({"isActive": false}));
    socket.say(r#"{"type":"ping"}"#);
    let mut pongs = 0;
    loop {
        match socket.hear() {
            Heard::Closed(code) => {
                assert_eq!(code, 4001);
                break;
            }
            Heard::Text(frame) => pongs += u32::from(frame["type"] == "pong"),
        }
    }
    assert_eq!(pongs, 0, "it was answered");
}

#[test]
fn f24_sessions_survive_a_restart_and_an_absent_database() {
    let (mut desk, first) = Desk::set_up();
    desk.restart();
    assert_eq!(desk.get(&first, "/api/auth/me").status, 200);
    desk.database.kill();
    assert_eq!(desk.get(&first, "/api/board").status, 200, "the floor does not need the database");
    let reply = desk.try_login("root", PASSWORD);
    assert_eq!(reply.told(), "503 database_away");
    let reply = desk.post(&first, "/api/sites", &json!({"id": "lyon", "name": "Lyon"}));
    assert_eq!(reply.told(), "503 database_away");
    assert!(!reply.text().contains("vigie.sites"), "S52: nothing of the inside");
    desk.database.start();
    super::desk::until("the database is back", || desk.try_login("root", PASSWORD).status == 200);
}

#[test]
fn f24_a_logout_while_the_database_is_away_holds_after_a_restart() {
    let (mut desk, first) = Desk::set_up();
    desk.database.kill();
    assert_eq!(desk.ask(&first.token_of(), "POST", "/api/auth/logout", None).status, 200);
    assert_eq!(desk.get(&first, "/api/board").told(), "401 not_logged_in");
    desk.restart_after(|database| database.start());
    assert_eq!(desk.get(&first, "/api/auth/me").told(), "401 not_logged_in");
    let why = || desk.database.run("select why from vigie.sessions where revoked is not null");
    super::desk::until("the database knows it", || why() == "logout");
}

#[test]
fn s44_a_login_with_the_old_password_waits_for_the_new_one_and_is_refused() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Superviseur", None, None);
    let change = "update vigie.users set password = 'another' where id = 'marie'";
    std::thread::scope(|both| {
        both.spawn(|| desk.database.run(&format!("begin; {change}; select pg_sleep(2); commit")));
        let sleeps = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
        super::desk::until("it is changed and not committed", || desk.database.run(sleeps) == "1");
        assert_eq!(desk.try_login("marie", PASSWORD).told(), "401 wrong_login");
    });
    assert_eq!(desk.database.run("select count(*) from vigie.sessions where user_id = 'marie'"), "0");
}

#[test]
fn a_change_of_people_reaches_who_may_see_it() {
    let (desk, first) = Desk::set_up();
    for site in ["paris", "lyon"] {
        desk.site(&first, site);
        desk.user(&first, &format!("chef-{site}"), "Superviseur", Some(site), None);
    }
    let mut paris = desk.socket(&desk.login("chef-paris"));
    let mut lyon = desk.socket(&desk.login("chef-lyon"));
    desk.user(&first, "marie", "Agent", Some("paris"), None);
    desk.user(&first, "paul", "Agent", Some("lyon"), None);
    let told = |socket: &mut Socket| -> Value {
        loop {
            match socket.hear() {
                Heard::Text(frame) if frame["type"] == "directory" => return frame["users"].clone(),
                Heard::Text(_) => {}
                Heard::Closed(code) => panic!("closed with {code}"),
            }
        }
    };
    assert_eq!(told(&mut paris), json!(["marie"]));
    assert_eq!(told(&mut lyon), json!(["paul"]));
}
