//! One connection of `listen`.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use awc::ws::{Frame, Message};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::results::means;
use crate::config::{BaseUrl, Secret};
use crate::voice::wire::{KeyIn, Servers};
use crate::voice::words::without_secrets;
use crate::voice::{Next, Outlet, Told, VoiceError};

/// Bytes of a message.
const MOST: usize = 64 * 1024;
/// It closes what says nothing for 10 s.
const KEEP_ALIVE: Duration = Duration::from_secs(4);
/// For final words, once they are asked for.
const FINALIZE_WITHIN: Duration = Duration::from_millis(1_500);
/// Who said nothing for so long while sound came says nothing any more.
const DEAF_AFTER: Duration = Duration::from_secs(15);
/// For a message to be taken.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);

/// Until the caller is gone, or it cannot go on.
pub(super) async fn listen(
    servers: Rc<Servers>,
    server: Arc<BaseUrl>,
    key: Secret,
    path: String,
    mut outlet: Outlet,
    to: mpsc::Sender<Result<Told, VoiceError>>,
) -> Result<(), VoiceError> {
    let server = servers.get(&server)?;
    let socket = server.socket(&path, &key, KeyIn::Token, MOST).await?;
    let gone = || server.refused("it hung up");
    let (mut out, mut back) = socket.split();
    if to.send(Ok(Told::Listens)).await.is_err() {
        return Ok(());
    }
    let (mut sent_at, mut heard_at) = (Instant::now(), Instant::now());
    let mut finish_by: Option<Instant> = None;
    // what it thinks he says, until that is final
    let mut interim: Option<Told> = None;
    loop {
        let finalize = finish_by.unwrap_or(sent_at + DEAF_AFTER);
        let message = tokio::select! {
            frame = back.next() => {
                let text = match frame {
                    Some(Ok(Frame::Text(text))) => text,
                    Some(Ok(Frame::Ping(what))) => {
                        out.send(Message::Pong(what)).await.map_err(|_| gone())?;
                        continue;
                    }
                    Some(Ok(Frame::Pong(_))) => continue,
                    Some(Ok(Frame::Close(why))) => {
                        let why = why.and_then(|why| why.description).unwrap_or_else(|| "it hung up".into());
                        return Err(server.refused(without_secrets(&why, Some(&key))));
                    }
                    Some(Ok(Frame::Binary(_) | Frame::Continuation(_))) => {
                        return Err(server.refused("it says what is no text"));
                    }
                    Some(Err(problem)) => return Err(server.refused(problem)),
                    None => return Err(gone()),
                };
                heard_at = Instant::now();
                let means = means(&text).map_err(|why| server.refused(without_secrets(&why, Some(&key))))?;
                if let Some(ms) = means.settled_ms {
                    outlet.settled(ms);
                    interim = None;
                }
                for told in means.told {
                    if let Told::Words { last: false, .. } = told {
                        interim = Some(told.clone());
                    }
                    if told == Told::Finished {
                        finish_by = None;
                    }
                    if to.send(Ok(told)).await.is_err() {
                        return Ok(());
                    }
                }
                continue;
            }
            next = outlet.next() => match next {
                Next::Sound(samples) => {
                    if heard_at.elapsed() > DEAF_AFTER {
                        return Err(late(DEAF_AFTER));
                    }
                    Message::Binary(Bytes::from_iter(samples.iter().flat_map(|sample| sample.to_le_bytes())))
                }
                Next::Finish => {
                    finish_by = Some(Instant::now() + FINALIZE_WITHIN);
                    Message::Text(r#"{"type":"Finalize"}"#.into())
                }
                Next::Over => {
                    let _ = timeout(TAKEN_WITHIN, out.send(Message::Text(r#"{"type":"CloseStream"}"#.into()))).await;
                    return Ok(());
                }
            },
            () = sleep_until(sent_at + KEEP_ALIVE) => Message::Text(r#"{"type":"KeepAlive"}"#.into()),
            () = sleep_until(finalize), if finish_by.is_some() => {
                finish_by = None;
                // it does not say so where there was nothing to finish; who says nothing at all is dead
                if heard_at.elapsed() > DEAF_AFTER / 2 {
                    return Err(late(FINALIZE_WITHIN));
                }
                outlet.settled_all();
                let words = interim.take().map(|told| match told {
                    Told::Words { text, confidence, .. } => Told::Words { text, confidence, last: true },
                    other => other,
                });
                for told in words.into_iter().chain([Told::Finished]) {
                    if to.send(Ok(told)).await.is_err() {
                        return Ok(());
                    }
                }
                continue;
            }
        };
        match timeout(TAKEN_WITHIN, out.send(message)).await {
            Ok(Ok(())) => sent_at = Instant::now(),
            Ok(Err(_)) => return Err(gone()),
            Err(_) => return Err(late(TAKEN_WITHIN)),
        }
    }
}

fn late(after: Duration) -> VoiceError {
    VoiceError::TimedOut(u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
}
