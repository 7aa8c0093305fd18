//! What a session is told, and what it wants done.

use std::sync::Arc;

use crate::view::Text;

/// What is said belongs to one; who interrupts begins the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u32);

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The PBX has not told yet whose call it is; the greeting plays already.
    Identifying,
    /// The greeting plays.
    Greeting,
    /// The caller may speak.
    Listening,
    /// He does, or presses keys.
    UserSpeaking,
    /// What he said is being understood, or answered.
    Thinking,
    /// The answer plays.
    Speaking,
    /// A tool works for the answer.
    ToolCall,
    /// A human is being called.
    Transferring,
    /// A human has the call; the assistant is silent.
    Human,
    /// The last words play.
    Closing,
    /// It is over.
    Closed,
}

/// What worked, or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Speech to text.
    Ears,
    /// The model.
    Mind,
    /// Text to speech.
    Voice,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The PBX told whose call it is.
    Identified,
    /// The caller began to speak.
    SpeechBegan,
    /// He stopped, for now.
    SpeechEnded,
    /// What he said; not final, it may change still.
    Words {
        /// Empty and final: nothing was understood.
        text: Text,
        /// Percent.
        confidence: Option<u8>,
        /// It does not change any more.
        last: bool,
    },
    /// A key.
    Key(char),
    /// Of an answer, to be said.
    Sentence(Generation, Text),
    /// The answer is whole.
    Answered(Generation),
    /// The answer is the assistant's last: once it is heard, the caller goes to a human, or is said goodbye to. Who
    /// interrupts it stays.
    Ends(Generation, Next),
    /// The answer is whole, and wants tools: their names.
    ToolsWanted(Generation, Vec<Text>),
    /// They are done.
    ToolsDone(Generation, Vec<Arc<ToolUse>>, After),
    /// What is known of the caller, said behind the greeting while that plays: later it is no greeting any more.
    Welcome(Text),
    /// It failed, after what its provider tried again by itself.
    Failed(Generation, Part),
    /// The sentence of that number was heard to its end.
    Heard(u32),
    /// The human answered.
    Connected,
    /// He did not.
    NotConnected,
    /// A supervisor wants something.
    Ordered(Order),
    /// The caller hung up, or the connection is gone.
    Gone,
    /// A time has come.
    Time,
}

/// What a tool was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    /// As the model named it.
    pub name: String,
    /// An object of JSON.
    pub arguments: String,
    /// What the model is told.
    pub result: String,
}

/// What follows when tools are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The model says something to what came of them.
    GoOn,
    /// A human is called.
    Transfer,
    /// Goodbye.
    Hangup,
}

/// What a supervisor may want of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// The assistant uses it for its next answer; the caller does not hear it.
    Whisper(Text),
    /// The assistant says it.
    Say(Text),
    /// A human has the call from now on.
    TakeOver,
    /// The assistant has it again.
    HandBack,
    /// To the human whom the assistant would call.
    Transfer,
    /// Goodbye.
    End,
}

/// What follows for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// He is hung up on.
    Hangup,
    /// The dialplan goes on with him: to a queue.
    Fallback,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The caller may be heard by those who are paid for it.
    OpenEars,
    /// Said after what is being said; its number comes back when it was heard.
    Say {
        /// Of what it is a part.
        generation: Generation,
        /// Of the sentence.
        number: u32,
        /// What is said.
        text: Text,
    },
    /// What is older than that generation is silenced.
    Hush(Generation),
    /// The caller has finished: what was understood is wanted.
    FinishTurn,
    /// An answer is wanted.
    Think {
        /// Of the answer.
        generation: Generation,
        /// What he said, or his keys.
        said: Text,
    },
    /// The tools that the answer wants are to be done.
    RunTools(Generation),
    /// The human is to be called.
    Connect,
    /// The session is over.
    End(Next),
}
