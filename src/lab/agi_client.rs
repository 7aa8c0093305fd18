//! Asterisk's side of `agi`, in a process of its own: so many sessions at once, each command answered at once.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::agi::{Asked, COMMANDS};

/// Hidden arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Of the server, on loopback.
    #[arg(long)]
    port: u16,
    /// Sessions at once.
    #[arg(long)]
    sessions: usize,
    /// Sessions altogether.
    #[arg(long)]
    total: usize,
    /// Connections beside them that say nothing.
    #[arg(long)]
    silent: Option<usize>,
}

/// For one session; one that takes longer is lost.
const WITHIN: Duration = Duration::from_secs(30);

/// Connects those that say nothing and says `silent N`; at the word `go` runs a session that is not counted, says
/// `ready 0`; at the next `go` asks, and says what came of it. Where none are asked for the first of these is left out.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("runtime: {e}"))?;
    let asked = runtime.block_on(async {
        let mut silent = tokio::task::JoinSet::new();
        for _ in 0..args.silent.unwrap_or(0) {
            let port = args.port;
            let first = TcpStream::connect(("127.0.0.1", port)).await.map_err(|e| format!("connect: {e}"))?;
            silent.spawn(says_nothing(port, first));
        }
        if let Some(silent) = args.silent {
            println!("silent {silent}");
            go().await?;
        }
        // everything is loaded
        session(args.port, 0, &mut histogram()?).await.map_err(|e| format!("the first session: {e}"))?;
        println!("ready 0");
        go().await?;
        ask(args).await
    })?;
    println!("{}", serde_json::to_string(&asked).map_err(|e| e.to_string())?);
    Ok(())
}

/// Waits for the word; those that say nothing go on meanwhile.
async fn go() -> Result<(), String> {
    let word = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    word.await.map_err(|e| e.to_string())?.map(|_| ()).map_err(|e| e.to_string())
}

/// Until it is closed, and again.
async fn says_nothing(port: u16, mut stream: TcpStream) {
    loop {
        let mut nothing = [0; 1];
        // closed or reset, it is gone
        let _ = stream.read(&mut nothing).await;
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(again) => stream = again,
            Err(_) => return,
        }
    }
}

fn histogram() -> Result<Histogram<u64>, String> {
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|e| e.to_string())
}

async fn ask(args: &Args) -> Result<Asked, String> {
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..args.sessions {
        let (port, sessions) = (args.port, args.sessions);
        let share = (args.total + sessions - 1 - lane) / sessions;
        let mut times = histogram()?;
        tasks.spawn(async move {
            let (mut done, mut lost) = (0_u64, 0_u64);
            for n in 0..share {
                match tokio::time::timeout(WITHIN, session(port, lane + n * sessions, &mut times)).await {
                    Ok(Ok(())) => done += 1,
                    Ok(Err(_)) | Err(_) => lost += 1,
                }
            }
            (done, lost, times)
        });
    }
    let (mut sessions, mut lost, mut times) = (0, 0, histogram()?);
    while let Some(lane) = tasks.join_next().await {
        let (done, broken, of_lane) = lane.map_err(|e| format!("a lane: {e}"))?;
        sessions += done;
        lost += broken;
        times.add(&of_lane).map_err(|e| e.to_string())?;
    }
    Ok(Asked {
        sessions,
        lost,
        commands: times.len(),
        seconds: began.elapsed().as_secs_f64(),
        p50_us: times.value_at_quantile(0.5),
        p99_us: times.value_at_quantile(0.99),
    })
}

/// One caller; the time of each command, from the answer before it.
async fn session(port: u16, n: usize, times: &mut Histogram<u64>) -> std::io::Result<()> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let (mut read, mut line) = (BufReader::new(read), String::new());
    let environment = format!(
        "agi_network: yes\nagi_network_script: 0170000001\nagi_request: agi://vigie/0170000001\n\
         agi_channel: PJSIP/trunk-{n:08x}\nagi_language: en\nagi_type: PJSIP\nagi_uniqueid: 1795224837.{n}\n\
         agi_version: 22.5.2\nagi_callerid: 0612345678\nagi_calleridname: unknown\nagi_callingpres: 0\n\
         agi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: 0170000001\nagi_rdnis: unknown\n\
         agi_context: from-provider\nagi_extension: 0170000001\nagi_priority: 3\nagi_enhanced: 0.0\n\
         agi_accountcode: \nagi_threadid: 140213\n\n"
    );
    let mut sent = Instant::now();
    write.write_all(environment.as_bytes()).await?;
    for _ in 0..COMMANDS {
        line.clear();
        if read.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let took = u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX);
        times.saturating_record(took.max(1));
        let answer: &[u8] = match line.as_str() {
            "HANGUP\n" => b"200 result=1\n",
            text if text.starts_with("STREAM") => b"200 result=0 endpos=8000\n",
            text if text.starts_with("SET") => b"200 result=1\n",
            _ => b"200 result=0\n",
        };
        sent = Instant::now();
        write.write_all(answer).await?;
    }
    line.clear();
    match read.read_line(&mut line).await? {
        0 => Ok(()),
        _ => Err(std::io::ErrorKind::InvalidData.into()),
    }
}
