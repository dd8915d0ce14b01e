//! The engine as its host sees it: calls in, replies and changes out.

mod any_arguments;
mod changes;
mod hash_changes;
mod host;
mod sorted_set_changes;
mod stream_changes;
