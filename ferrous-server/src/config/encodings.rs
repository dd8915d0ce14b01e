//! At which sizes values change from a compact encoding to one that is quick at any size.

use ferrous_engine::limits::Limits;
use ferrous_types::field_map::HashLimits;
use ferrous_types::list::ListLimits;
use ferrous_types::set::SetLimits;
use ferrous_types::sorted_set::SortedSetLimits;
use ferrous_types::stream::StreamLimits;

use super::Effect;
use super::table::section;
use super::value::{Bytes, INT_MAX, INT_MIN, LONG_MAX, Number};

section! {
    /// At which sizes values change from a compact encoding to one that is quick at any size.
    Encodings at encodings;

    /// Most fields of a hash that is a listpack.
    hash_max_listpack_entries: Number<usize> = ("hash-max-listpack-entries", "512")
        .alias("hash-max-ziplist-entries").range(0, LONG_MAX).effect(Effect::Encodings);

    /// Longest field or value of a hash that is a listpack.
    hash_max_listpack_value: Bytes = ("hash-max-listpack-value", "64")
        .alias("hash-max-ziplist-value").effect(Effect::Encodings);

    /// Size of one listpack of a list: elements when positive, else -1 to -5 for 4, 8, 16, 32 or 64 KiB.
    list_max_listpack_size: Number<i32> = ("list-max-listpack-size", "-2")
        .alias("list-max-ziplist-size").range(INT_MIN, INT_MAX).effect(Effect::Encodings);

    /// Listpacks at each end of a list that are not compressed; 0 compresses none.
    list_compress_depth: Number<u32> = ("list-compress-depth", "0").range(0, INT_MAX)
        .effect(Effect::Encodings);

    /// Most members of a set that is an intset.
    set_max_intset_entries: Number<usize> = ("set-max-intset-entries", "512").range(0, LONG_MAX)
        .effect(Effect::Encodings);

    /// Most members of a set that is a listpack.
    set_max_listpack_entries: Number<usize> = ("set-max-listpack-entries", "128").range(0, LONG_MAX)
        .effect(Effect::Encodings);

    /// Longest member of a set that is a listpack.
    set_max_listpack_value: Bytes = ("set-max-listpack-value", "64").effect(Effect::Encodings);

    /// Most members of a sorted set that is a listpack.
    zset_max_listpack_entries: Number<usize> = ("zset-max-listpack-entries", "128")
        .alias("zset-max-ziplist-entries").range(0, LONG_MAX).effect(Effect::Encodings);

    /// Longest member of a sorted set that is a listpack.
    zset_max_listpack_value: Bytes = ("zset-max-listpack-value", "64")
        .alias("zset-max-ziplist-value").effect(Effect::Encodings);

    /// Longest sparse HyperLogLog.
    hll_sparse_max_bytes: Bytes = ("hll-sparse-max-bytes", "3000").effect(Effect::Encodings);

    /// Most bytes in one node of a stream; 0 for any.
    stream_node_max_bytes: Bytes = ("stream-node-max-bytes", "4096").effect(Effect::Encodings);

    /// Most entries in one node of a stream; 0 for any.
    stream_node_max_entries: Number<u64> = ("stream-node-max-entries", "100").range(0, LONG_MAX)
        .effect(Effect::Encodings);
}

impl Encodings {
    /// The limits that data commands obey, as far as they are set here.
    pub fn limits(&self) -> Limits {
        Limits {
            list: ListLimits {
                listpack_size: self.list_max_listpack_size.get(),
                compress_depth: self.list_compress_depth.get() as usize,
                ..ListLimits::default()
            },
            set: SetLimits {
                intset_entries: self.set_max_intset_entries.get(),
                listpack_entries: self.set_max_listpack_entries.get(),
                listpack_value: self.set_max_listpack_value.get() as usize,
            },
            hash: HashLimits {
                listpack_entries: self.hash_max_listpack_entries.get(),
                listpack_value: self.hash_max_listpack_value.get() as usize,
            },
            sorted_set: SortedSetLimits {
                entries: self.zset_max_listpack_entries.get(),
                value: self.zset_max_listpack_value.get() as usize,
            },
            stream: StreamLimits {
                node_bytes: self.stream_node_max_bytes.get() as usize,
                node_entries: self.stream_node_max_entries.get(),
            },
            sparse_hyperloglog_bytes: self.hll_sparse_max_bytes.get() as usize,
            ..Limits::default()
        }
    }
}
