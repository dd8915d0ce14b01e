//! How willing the kernel is to kill the server when memory runs out, by the server's role.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Assign, Refusal, Staged, Value, integer, joined};
use crate::config::Parameter;

/// Adjustments of the kernel's score for a primary, a replica and a child process, each -2000 to 2000.
#[derive(Debug, Default)]
pub struct OomScores(ArcSwap<[i64; 3]>);

impl OomScores {
    /// The adjustments for a primary, a replica and a child process.
    pub fn get(&self) -> [i64; 3] {
        **self.0.load()
    }
}

impl Value for OomScores {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let words: [&[u8]; 3] = words.try_into().map_err(|_| "wrong number of arguments")?;
        let scores = words.map(|word| integer(word).filter(|score| (-2000..=2000).contains(score)));
        let [Some(primary), Some(replica), Some(child)] = scores else {
            return Err(
                "Invalid oom-score-adj-values, elements must be between -2000 and 2000.".into(),
            );
        };
        Ok(Box::new(move || {
            self.0.store(Arc::new([primary, replica, child]));
        }))
    }

    fn show(&self) -> Vec<u8> {
        joined(self.get())
    }
}
