//! A server with accounts, and somebody who asks it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::Postgres;
use crate::support::server::Server;
use crate::web::site::Reply;
use crate::web::socket::Socket;

pub(super) const PASSWORD: &str = "gris-loutre-7-canape";

/// See the module. The database and the folder outlive the server.
pub(super) struct Desk {
    pub(super) server: Server,
    pub(super) database: Postgres,
    pub(super) data: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

/// What somebody shows: nothing, a bearer token, or cookies.
#[derive(Debug, Clone, Default)]
pub(super) struct Pass {
    pub(super) token: String,
    pub(super) cookies: Vec<(String, String)>,
}

impl Desk {
    /// With no account yet.
    pub(super) fn start() -> Self {
        Self::with(&[])
    }

    pub(super) fn with(settings: &[(&str, &str)]) -> Self {
        let database = Postgres::new();
        database.start();
        let data = tempfile::tempdir().expect("a temporary folder");
        let server = serve(&database, &data, settings);
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { server, database, data, settings: settings.iter().map(own).collect() }
    }

    /// With its first administrator, logged in.
    pub(super) fn set_up() -> (Self, Pass) {
        let desk = Self::start();
        let pass = desk.first();
        (desk, pass)
    }

    pub(super) fn first(&self) -> Pass {
        let body = json!({"code": self.code(), "loginId": "root", "password": PASSWORD, "lastName": "First"});
        let reply = self.ask(&Pass::default(), "POST", "/api/auth/setup", Some(&body));
        assert_eq!(reply.status, 201, "{}", reply.text());
        Pass::of(&reply)
    }

    /// Ends the server as a crash would, and starts it again on the same data.
    pub(super) fn restart(&mut self) {
        self.restart_after(|_| ());
    }

    /// The same; that is done to the database while there is no server.
    pub(super) fn restart_after(&mut self, meanwhile: impl FnOnce(&Postgres)) {
        self.server.crash();
        meanwhile(&self.database);
        let settings: Vec<_> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.server = serve(&self.database, &self.data, &settings);
    }

    /// The setup code, from what the server printed.
    pub(super) fn code(&self) -> String {
        let mut code = String::new();
        until("the setup code", || {
            let log = self.server.log();
            let mut lines = log.lines().skip_while(|line| !line.contains("setup code"));
            code = lines.nth(2).unwrap_or_default().trim().to_owned();
            !code.is_empty()
        });
        code
    }

    pub(super) fn ask(&self, pass: &Pass, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.ask_with(pass, method, path, body, "")
    }

    /// With further headers.
    pub(super) fn ask_with(
        &self,
        pass: &Pass,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &str,
    ) -> Reply {
        self.raw(&self.request(pass, method, path, body, headers))
    }

    fn request(&self, pass: &Pass, method: &str, path: &str, body: Option<&Value>, headers: &str) -> String {
        let body = body.map(Value::to_string).unwrap_or_default();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let address = &self.server.address;
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{kind}{}{headers}\
             Content-Length: {}\r\n\r\n{body}",
            pass.headers(),
            body.len()
        )
    }

    /// Asks, and hears no answer yet.
    pub(super) fn begin(&self, pass: &Pass, method: &str, path: &str, body: &Value) -> TcpStream {
        let mut socket = TcpStream::connect(&self.server.address).expect("the server listens");
        socket.write_all(self.request(pass, method, path, Some(body), "").as_bytes()).expect("it reads");
        socket
    }

    /// Asks, and is gone after that long, before there is an answer.
    pub(super) fn cut_off(&self, pass: &Pass, path: &str, body: &Value, after: Duration) {
        let socket = self.begin(pass, "POST", path, body);
        std::thread::sleep(after);
        let _ = socket.shutdown(std::net::Shutdown::Both); // it may have closed it already
    }

    /// A file as the body.
    pub(super) fn send(&self, pass: &Pass, method: &str, path: &str, file: &[u8]) -> Reply {
        self.send_as(pass, method, path, "text/html", file)
    }

    pub(super) fn send_as(&self, pass: &Pass, method: &str, path: &str, kind: &str, file: &[u8]) -> Reply {
        let (address, length) = (&self.server.address, file.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{}Content-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n",
            pass.headers()
        );
        self.bytes(&[head.as_bytes(), file].concat())
    }

    pub(super) fn raw(&self, request: &str) -> Reply {
        self.bytes(request.as_bytes())
    }

    fn bytes(&self, request: &[u8]) -> Reply {
        let mut socket = TcpStream::connect(&self.server.address).expect("the server listens");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        // who answers before he has read all closes his end
        let _ = socket.write_all(request);
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).expect("it answers");
        Reply::parse(&bytes)
    }

    pub(super) fn get(&self, pass: &Pass, path: &str) -> Reply {
        self.ask(pass, "GET", path, None)
    }

    pub(super) fn post(&self, pass: &Pass, path: &str, body: &Value) -> Reply {
        self.ask(pass, "POST", path, Some(body))
    }

    pub(super) fn put(&self, pass: &Pass, path: &str, body: &Value) -> Reply {
        self.ask(pass, "PUT", path, Some(body))
    }

    pub(super) fn try_login(&self, login: &str, password: &str) -> Reply {
        self.post(&Pass::default(), "/api/auth/login", &json!({"loginId": login, "password": password}))
    }

    pub(super) fn login(&self, login: &str) -> Pass {
        let reply = self.try_login(login, PASSWORD);
        assert_eq!(reply.status, 200, "{}", reply.text());
        Pass::of(&reply)
    }

    /// A user of that role who is at that site, with a station on the built-in PBX when he is given one.
    pub(super) fn user(
        &self,
        by: &Pass,
        login: &str,
        role: &str,
        site: Option<&str>,
        endpoint: Option<&str>,
    ) {
        let user = json!({"id": login, "loginId": login, "lastName": login, "role": role, "siteId": site,
            "password": PASSWORD});
        let reply = self.post(by, "/api/users", &user);
        assert_eq!(reply.status, 201, "{}", reply.text());
        if let Some(endpoint) = endpoint {
            let station = endpoint.split('/').nth(1).unwrap_or_default();
            let stations = json!({"stations": [{"pbx": "demo", "station": station, "endpoint": endpoint}]});
            let reply = self.put(by, &format!("/api/users/{login}/stations"), &stations);
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
    }

    pub(super) fn site(&self, by: &Pass, id: &str) {
        let reply = self.post(by, "/api/sites", &json!({"id": id, "name": id}));
        assert_eq!(reply.status, 201, "{}", reply.text());
    }

    pub(super) fn ticket(&self, pass: &Pass) -> String {
        let reply = self.ask(pass, "POST", "/api/auth/ticket", None);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["ticket"].as_str().expect("a ticket").to_owned()
    }

    /// His WebSocket.
    pub(super) fn socket(&self, pass: &Pass) -> Socket {
        let ticket = self.ticket(pass);
        Socket::at(&self.server.address, &format!("?ticket={ticket}"), "").expect("let in")
    }

    /// The rows of a table of the board, as he sees it.
    pub(super) fn rows(&self, pass: &Pass, table: &str) -> Vec<Value> {
        let reply = self.get(pass, &format!("/api/board/{table}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json().as_array().cloned().unwrap_or_default()
    }

    /// Waits until the built-in PBX is on the board.
    pub(super) fn until_live(&self, pass: &Pass) {
        until("the floor", || {
            let pbxs = self.rows(pass, "pbxs");
            pbxs.iter().any(|pbx| pbx["link"] == "live") && self.rows(pass, "agents").len() > 3
        });
    }
}

fn serve(database: &Postgres, data: &tempfile::TempDir, settings: &[(&str, &str)]) -> Server {
    let url = database.url();
    let data = data.path().to_str().expect("text");
    let mut all = vec![("DATABASE_URL", url.as_str()), ("VIGIE_AUTH", "on"), ("VIGIE_DATA", data)];
    all.extend(settings);
    let server = Server::start(&all, &[]);
    until("the accounts", || {
        let (_, state) = server.get("/api/auth/state");
        state["ready"] == true
    });
    server
}

impl Pass {
    /// What an answer gave.
    pub(super) fn of(reply: &Reply) -> Self {
        let token = reply.json()["accessToken"].as_str().unwrap_or_default().to_owned();
        Self { token, cookies: cookies(reply) }
    }

    /// The cookies alone.
    pub(super) fn cookies_of(&self) -> Self {
        Self { token: String::new(), cookies: self.cookies.clone() }
    }

    /// The token alone.
    pub(super) fn token_of(&self) -> Self {
        Self { token: self.token.clone(), cookies: Vec::new() }
    }

    pub(super) fn cookie(&self, name: &str) -> &str {
        self.cookies.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn headers(&self) -> String {
        let mut headers = String::new();
        if !self.token.is_empty() {
            headers.push_str(&format!("Authorization: Bearer {}\r\n", self.token));
        }
        if !self.cookies.is_empty() {
            let all: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.push_str(&format!("Cookie: {}\r\n", all.join("; ")));
        }
        headers
    }
}

/// Cookies that an answer sets.
pub(super) fn cookies(reply: &Reply) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let pair = line.split(';').next().unwrap_or_default();
        pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    reply.headers("set-cookie").into_iter().filter_map(pair).collect()
}

pub(super) fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !seen() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}
