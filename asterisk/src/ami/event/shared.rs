//! An event for several readers, on whatever thread: read once, where it was cut from the stream.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use self_cell::self_cell;

use super::{Event, Head, ShapeError};
use crate::ami::Message;

struct View<'a> {
    head: Head<'a>,
    event: Event<'a>,
}

self_cell! {
    struct Reading {
        owner: Message,
        #[covariant]
        dependent: View,
    }
}

/// An event with its view, or its bytes alone for one that is kept: the view is several times larger.
#[derive(Clone)]
pub struct SharedEvent(Held);

#[derive(Clone)]
enum Held {
    Read(Arc<Reading>),
    Bytes(Message),
}

impl SharedEvent {
    /// Reads it, once for all.
    ///
    /// # Errors
    /// The message back, and how its shape is wrong.
    pub fn read(message: Message) -> Result<Self, (Message, ShapeError)> {
        let reading = Reading::try_new_or_recover(message, |message| {
            Event::read_with_head(message).map(|(head, event)| View { head, event })
        })?;
        Ok(Self(Held::Read(Arc::new(reading))))
    }

    /// The message.
    pub fn message(&self) -> &Message {
        match &self.0 {
            Held::Read(reading) => reading.borrow_owner(),
            Held::Bytes(message) => message,
        }
    }

    /// Has a look at it. Bytes alone are read anew each time.
    ///
    /// # Errors
    /// How its shape is wrong, if it was never read.
    pub fn look<R>(&self, at: impl FnOnce(&Head<'_>, &Event<'_>) -> R) -> Result<R, ShapeError> {
        match &self.0 {
            Held::Read(reading) => {
                let View { head, event } = reading.borrow_dependent();
                Ok(at(head, event))
            }
            Held::Bytes(message) => {
                let (head, event) = Event::read_with_head(message)?;
                Ok(at(&head, &event))
            }
        }
    }

    /// A copy of its bytes, which keeps no read buffer alive.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self(Held::Bytes(Message::new(Bytes::copy_from_slice(self.message().bytes()))))
    }
}

/// To be read by whoever looks at it.
impl From<Message> for SharedEvent {
    fn from(message: Message) -> Self {
        Self(Held::Bytes(message))
    }
}

impl fmt::Debug for SharedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}
