//! `# Keyspace`: a line per database that holds keys.

use super::{Report, View};

pub(super) fn databases(view: &View<'_>, report: &mut Report) {
    for (index, size) in view.sizes().iter().enumerate() {
        if size.keys > 0 {
            let (keys, volatile) = (size.keys, size.volatile);
            let mean_ttl_ms = size.mean_ttl_ms(view.now_ms);
            let volatile_hashes = size.volatile_hashes;
            let figures = format!(
                "keys={keys},expires={volatile},avg_ttl={mean_ttl_ms},keys_with_volatile_items={volatile_hashes}"
            );
            report.line(format_args!("db{index}"), figures);
        }
    }
}
