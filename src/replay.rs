//! `vigie replay`: recorded AMI streams through the same states as live ones, printed as JSON.

use std::path::PathBuf;

use actors::keys::PbxName;
use actors::replay::Floor;
use actors::settings::{Pattern, Settings};

/// What `vigie replay` was asked.
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// Captures of one PBX: the raw bytes of a connection, from the banner on; further files are later
    /// connections to the same PBX.
    #[arg(required = true, value_name = "FILE.ami")]
    pub files: Vec<PathBuf>,
    /// Print one JSON object (the only form there is).
    #[arg(long)]
    pub json: bool,
    /// Which endpoints are trunks, `*` and `?` allowed; several separated by commas.
    #[arg(long, value_name = "PATTERN", default_value = "trunk-*", value_delimiter = ',')]
    pub trunks: Vec<String>,
}

/// Reads the files and writes the report to `out`. An error names the file.
pub fn run(args: &ReplayArgs, out: &mut dyn std::io::Write) -> Result<(), String> {
    let mut settings = Settings::new(PbxName("replay".into()));
    settings.trunks = args.trunks.iter().map(|p| Pattern::Glob(p.trim().into())).collect();
    let mut floor = Floor::new(settings);
    for file in &args.files {
        let bytes = std::fs::read(file).map_err(|e| format!("could not read {}: {e}", file.display()))?;
        floor.connection(&bytes).map_err(|e| format!("could not follow {}: {e}", file.display()))?;
        if floor.left_over() > 0 {
            log::warn!("{}: {} bytes at its end are no whole message", file.display(), floor.left_over());
        }
    }
    if floor.told_before() > 0 {
        let n = floor.told_before();
        log::warn!("{n} events are not newer than the end of an earlier file: are the files in order?");
    }
    let write = |e: std::io::Error| format!("could not write the report: {e}");
    serde_json::to_writer_pretty(&mut *out, &floor.report()).map_err(|e| write(e.into()))?;
    writeln!(out).map_err(write)
}
