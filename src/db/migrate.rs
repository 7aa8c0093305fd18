//! The schema, from the plain SQL of `migrations/`, brought up to date once by whoever comes first.

use tokio_postgres::Client;

use super::words;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Key of the advisory lock: two nodes that start together migrate one after the other.
const LOCK: i64 = 0x0076_6967_6965;

/// Brings the schema up to date.
///
/// # Errors
/// In words: also when the database is newer than this Vigie, or was changed by hand.
pub(super) async fn run(client: &mut Client) -> Result<(), String> {
    client.execute("select pg_advisory_lock($1)", &[&LOCK]).await.map_err(|e| words(&e))?;
    // before the runner looks for its table, so that it is in our schema from the first time on
    client.batch_execute("create schema if not exists vigie").await.map_err(|e| words(&e))?;
    let applied = embedded::migrations::runner()
        .set_migration_table_name("vigie_migrations")
        .run_async(client)
        .await
        .map_err(|e| format!("the schema could not be brought up to date: {e}").replace(['\r', '\n'], " "));
    // ends with the connection anyway
    let _ = client.execute("select pg_advisory_unlock($1)", &[&LOCK]).await;
    for migration in applied?.applied_migrations() {
        log::info!("database: applied {migration}");
    }
    Ok(())
}
