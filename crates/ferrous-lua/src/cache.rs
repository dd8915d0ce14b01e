//! The scripts that a server knows by their digest.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use crate::script::{Script, Sha1};

/// How many scripts of EVAL are kept; those of SCRIPT LOAD are kept for good.
const EVAL_SCRIPTS_MAX: usize = 500;

/// Hashes digests, which are random already: their first digits are as good as any hash.
#[derive(Default)]
pub(crate) struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks_exact(8).take(3) {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

/// A map by digest.
pub(crate) type DigestMap<V> = HashMap<Sha1, V, BuildHasherDefault<DigestHasher>>;

/// A script that the cache knows, or knew.
#[derive(Debug)]
pub struct CachedScript {
    script: Script,
    /// False from the moment on when the cache forgot it.
    live: AtomicBool,
    /// It has run since it last came up for eviction.
    used: AtomicBool,
    /// SCRIPT LOAD made it stay.
    stays: AtomicBool,
}

impl CachedScript {
    fn new(script: Script, stays: bool) -> Arc<Self> {
        Arc::new(Self {
            script,
            live: AtomicBool::new(true),
            used: AtomicBool::new(false),
            stays: AtomicBool::new(stays),
        })
    }

    /// The script.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// True while the cache knows it.
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// Notes that it ran. As a rule it only reads, so that threads do not fight for a cache line.
    pub(crate) fn note_use(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }
}

/// The script cache, shared by all threads. Machines look here only for scripts that they have not compiled.
#[derive(Debug, Default)]
pub struct ScriptCache {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    scripts: DigestMap<Arc<CachedScript>>,
    /// Scripts of EVAL, oldest first; one that ran since gets another turn.
    evictable: VecDeque<Sha1>,
    body_bytes: usize,
    evicted: u64,
}

impl ScriptCache {
    /// The script of that digest.
    pub fn find(&self, sha1: &Sha1) -> Option<Arc<CachedScript>> {
        self.inner.read().scripts.get(sha1).map(Arc::clone)
    }

    /// Adds a script that EVAL ran; it may be evicted. Returns the one known before, if there is one.
    pub fn add(&self, script: Script) -> Arc<CachedScript> {
        let mut inner = self.inner.write();
        if let Some(known) = inner.scripts.get(&script.sha1()) {
            return Arc::clone(known);
        }
        while inner.evictable.len() >= EVAL_SCRIPTS_MAX {
            inner.evict_one();
        }
        inner.evictable.push_back(script.sha1());
        inner.insert(CachedScript::new(script, false))
    }

    /// Adds a script that stays until all are flushed, or makes a known one stay.
    pub fn add_for_good(&self, script: Script) -> Arc<CachedScript> {
        let mut inner = self.inner.write();
        if let Some(known) = inner.scripts.get(&script.sha1()).map(Arc::clone) {
            if !known.stays.swap(true, Ordering::Relaxed) {
                inner.evictable.retain(|sha1| *sha1 != script.sha1());
            }
            return known;
        }
        inner.insert(CachedScript::new(script, true))
    }

    /// Forgets all.
    pub fn flush(&self) {
        let old = std::mem::take(&mut *self.inner.write());
        for script in old.scripts.values() {
            script.live.store(false, Ordering::Relaxed);
        }
        self.inner.write().evicted = old.evicted;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.inner.read().scripts.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that they take, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let inner = self.inner.read();
        inner.body_bytes + inner.scripts.len() * (size_of::<CachedScript>() + size_of::<Sha1>())
    }

    /// How many have been evicted since the start.
    pub fn evicted(&self) -> u64 {
        self.inner.read().evicted
    }
}

impl Inner {
    fn insert(&mut self, script: Arc<CachedScript>) -> Arc<CachedScript> {
        self.body_bytes += script.script.body().len();
        self.scripts
            .insert(script.script.sha1(), Arc::clone(&script));
        script
    }

    /// Drops the script that has not run for longest, give or take one round of the queue.
    fn evict_one(&mut self) {
        while let Some(sha1) = self.evictable.pop_front() {
            let Some(script) = self.scripts.get(&sha1) else {
                return;
            };
            if script.used.swap(false, Ordering::Relaxed) {
                self.evictable.push_back(sha1);
                continue;
            }
            script.live.store(false, Ordering::Relaxed);
            self.body_bytes -= script.script.body().len();
            self.scripts.remove(&sha1);
            self.evicted += 1;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(number: usize) -> Script {
        Script::new(format!("return {number}").as_bytes()).expect("it has no first line of flags")
    }

    #[test]
    fn scripts_of_eval_make_room_for_one_another() {
        let cache = ScriptCache::default();
        let first = cache.add(script(0));
        let second = cache.add(script(1));
        let stays = cache.add_for_good(script(2));
        first.note_use();
        for number in 3..3 + EVAL_SCRIPTS_MAX {
            cache.add(script(number));
        }
        assert!(first.is_live(), "it ran, so it gets another turn");
        assert!(!second.is_live());
        assert!(stays.is_live());
        assert_eq!(cache.len(), EVAL_SCRIPTS_MAX + 1);
        assert_eq!(cache.evicted(), 2);
    }

    #[test]
    fn loading_makes_a_script_stay() {
        let cache = ScriptCache::default();
        let first = cache.add(script(0));
        cache.add_for_good(script(0));
        for number in 1..=2 * EVAL_SCRIPTS_MAX {
            cache.add(script(number));
        }
        assert!(first.is_live());
        cache.flush();
        assert!(!first.is_live() && cache.is_empty() && cache.heap_bytes() == 0);
    }
}
