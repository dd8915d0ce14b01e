//! The check that what a stream's consumers have is what their group knows to be pending.

use ferrous_types::stream::StreamId;

use crate::rdb::error::StreamError;

/// Pending entries of one group, ascending, and whether somebody has been met who has them.
///
/// Costs 24 bytes per pending entry of the group, and O(log n) per entry of a consumer.
#[derive(Debug, Default)]
pub(super) struct PendingCheck {
    is_on: bool,
    entries: Vec<(StreamId, bool)>,
}

impl PendingCheck {
    /// Starts with another group; checks nothing unless `is_on`.
    pub(super) fn start(&mut self, is_on: bool) {
        self.is_on = is_on;
        self.entries.clear();
    }

    /// An entry is pending.
    pub(super) fn add(&mut self, id: StreamId) -> Result<(), StreamError> {
        if self.is_on {
            if self.entries.last().is_some_and(|&(last, _)| id <= last) {
                return Err(StreamError::Unsorted(id));
            }
            self.entries.push((id, false));
        }
        Ok(())
    }

    /// Somebody has the entry.
    pub(super) fn take(&mut self, id: StreamId) -> Result<(), StreamError> {
        if !self.is_on {
            return Ok(());
        }
        match self.entries.binary_search_by_key(&id, |&(id, _)| id) {
            Ok(index) if !self.entries[index].1 => {
                self.entries[index].1 = true;
                Ok(())
            }
            _ => Err(StreamError::Orphan(id)),
        }
    }

    /// The group is over.
    pub(super) fn finish(&self) -> Result<(), StreamError> {
        match self.entries.iter().find(|&&(_, taken)| !taken) {
            Some(&(id, _)) => Err(StreamError::Unowned(id)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_taken_once() {
        let id = |seq| StreamId { ms: 1, seq };
        let mut check = PendingCheck::default();
        check.start(true);
        check.add(id(1)).unwrap();
        check.add(id(3)).unwrap();
        assert_eq!(check.add(id(3)), Err(StreamError::Unsorted(id(3))));
        assert_eq!(check.take(id(2)), Err(StreamError::Orphan(id(2))));
        check.take(id(3)).unwrap();
        assert_eq!(check.take(id(3)), Err(StreamError::Orphan(id(3))));
        assert_eq!(check.finish(), Err(StreamError::Unowned(id(1))));
        check.take(id(1)).unwrap();
        assert_eq!(check.finish(), Ok(()));
    }
}
