//! The `vigie` command.

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "vigie", version, about = "Live lookout of an Asterisk contact centre")]
enum Command {
    /// The built-in PBX: a small Asterisk with a contact centre in it
    Pbx(vigie::pbx::Args),
    /// Recorded AMI streams through the same states as live ones, as JSON
    Replay(vigie::replay::ReplayArgs),
}

fn main() -> std::process::ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    let done = match Command::parse() {
        Command::Pbx(args) => vigie::pbx::run(args).map_err(|e| e.to_string()),
        Command::Replay(args) => vigie::replay::run(&args, &mut std::io::stdout().lock()),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
