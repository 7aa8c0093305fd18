//! An answer to one action: its response, and its list if it is one.

use super::wire::Headers;

/// How an answer may be spoilt on purpose (F21, F22).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spoil {
    /// The list stops after so many items: no more items, no `...Complete`.
    pub cut_after: Option<usize>,
    /// Added to `ListItems`.
    pub wrong_count: i64,
}

/// The bytes of an answer being written.
#[derive(Debug)]
pub struct Reply {
    bytes: Vec<u8>,
    action_id: String,
    items: usize,
    spoil: Spoil,
}

impl Headers for Reply {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl Reply {
    /// Nothing yet.
    pub fn new(action_id: &str, spoil: Spoil) -> Self {
        Self { bytes: Vec::new(), action_id: action_id.to_owned(), items: 0, spoil }
    }

    /// The bytes to send.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn id(&mut self) {
        if !self.action_id.is_empty() {
            let id = std::mem::take(&mut self.action_id);
            self.line("ActionID", &id);
            self.action_id = id;
        }
    }

    fn end(&mut self) {
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// A response with headers of its own.
    pub fn response(&mut self, status: &str, headers: &[(&str, &str)]) {
        self.line("Response", status);
        self.id();
        for (name, value) in headers {
            self.line(name, value);
        }
        self.end();
    }

    /// `Response: Success`
    pub fn success(&mut self, message: &str) {
        self.response("Success", &[("Message", message)]);
    }

    /// `Response: Error`, in Asterisk's words.
    pub fn error(&mut self, message: &str) {
        self.response("Error", &[("Message", message)]);
    }

    /// A list begins.
    pub fn start(&mut self, message: &str) {
        self.response("Success", &[("EventList", "start"), ("Message", message)]);
    }

    /// An item whose ActionID comes first.
    pub fn item(&mut self, event: &str, write: impl FnOnce(&mut Self)) {
        self.write_item(event, true, write);
    }

    /// An item whose ActionID comes last: queues, `Status`, parked calls.
    pub fn item_id_last(&mut self, event: &str, write: impl FnOnce(&mut Self)) {
        self.write_item(event, false, write);
    }

    fn write_item(&mut self, event: &str, id_first: bool, write: impl FnOnce(&mut Self)) {
        if self.is_cut() {
            return;
        }
        self.items += 1;
        self.line("Event", event);
        if id_first {
            self.id();
        }
        write(self);
        if !id_first {
            self.id();
        }
        self.end();
    }

    fn is_cut(&self) -> bool {
        self.spoil.cut_after.is_some_and(|n| self.items >= n)
    }

    /// The list is whole.
    pub fn complete(&mut self, event: &str) {
        self.complete_with(event, |_, _| {});
    }

    /// The same with more headers, which may show the count again.
    pub fn complete_with(&mut self, event: &str, more: impl FnOnce(&mut Self, u64)) {
        if self.spoil.cut_after.is_some() {
            return;
        }
        let count = (self.items as i64 + self.spoil.wrong_count).max(0) as u64;
        self.line("Event", event);
        self.id();
        self.line("EventList", "Complete");
        self.num("ListItems", count);
        more(self, count);
        self.end();
    }
}
