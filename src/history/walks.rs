//! Where callers left the nodes of a flow.

use super::Reader;
use crate::db::Unavailable;

/// Those who left a node by one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Id of the node.
    pub node: String,
    /// The port; `None`: the flow ended there.
    pub port: Option<String>,
    /// How many stays.
    pub callers: i64,
}

impl Reader {
    /// Stays at nodes of that flow that ended since then, µs, summed by node and port.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn left(&self, flow: &str, since: i64) -> Result<Vec<Left>, Unavailable> {
        let text = "select node, port, count(*) as callers from vigie.visits
            where flow = $1 and left_at >= to_timestamp($2) group by node, port order by node, port nulls last";
        let rows = self.ask(text, &[&flow, &(since as f64 / 1e6)]).await?;
        let left =
            |row: &tokio_postgres::Row| Left { node: row.get(0), port: row.get(1), callers: row.get(2) };
        Ok(rows.iter().map(left).collect())
    }
}
