//! The compact encodings and the types on top of them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ferrous_types::field_map::{HashLimits, NewExpiry};
use ferrous_types::hash::Seed;
use ferrous_types::list::{End, ListLimits};
use ferrous_types::set::SetLimits;
use ferrous_types::{Element, Hash, List, Listpack, Set, lzf};

const SEED: Seed = Seed::new(1, 2);
const MANY: usize = 1_000_000;

fn name(index: usize) -> [u8; 16] {
    let mut name = *b"member:000000000";
    let digits = index.to_string();
    name[16 - digits.len()..].copy_from_slice(digits.as_bytes());
    name
}

fn byte_len(element: Element<'_>) -> usize {
    element.byte_len()
}

fn listpack(c: &mut Criterion) {
    let mut group = c.benchmark_group("listpack");
    group.bench_function("push_128", |b| {
        b.iter(|| {
            (0..128).map(name).fold(Listpack::new(), |mut list, name| {
                list.push_back(&name);
                list
            })
        });
    });
    let list: Listpack =
        (0..64)
            .flat_map(|at| [name(at), name(at)])
            .fold(Listpack::new(), |mut list, name| {
                list.push_back(&name);
                list
            });
    group.bench_function("find_absent_in_64_pairs", |b| {
        b.iter(|| list.find(black_box(b"member:0000000xx"), 1));
    });
    group.bench_function("iterate_128", |b| b.iter(|| list.iter().count()));
    group.bench_function("validate_128", |b| {
        b.iter(|| Listpack::from_bytes(black_box(list.as_bytes())).is_ok());
    });
    group.finish();
}

fn list(c: &mut Criterion) {
    let mut group = c.benchmark_group("list");
    let limits = ListLimits::default();
    for (label, end) in [("head", End::Head), ("tail", End::Tail)] {
        group.bench_function(format!("push_and_pop_{label}"), |b| {
            let mut list = List::new();
            (0..100_000).for_each(|at| list.push(end, [name(at).as_slice()], limits));
            b.iter(|| {
                list.push(end, [black_box(b"member:000000001".as_slice())], limits);
                list.pop(end, limits, byte_len)
            });
        });
    }
    let mut list = List::new();
    (0..MANY).for_each(|at| list.push(End::Tail, [name(at).as_slice()], limits));
    group.bench_function("range_100", |b| {
        b.iter(|| {
            let mut bytes = 0;
            list.for_each(0..100, |element| bytes += element.byte_len());
            bytes
        });
    });
    group.bench_function("index_in_the_middle_of_1m", |b| {
        b.iter(|| list.get(black_box(MANY / 2), byte_len));
    });
    group.finish();
}

fn set(c: &mut Criterion) {
    let limits = SetLimits::default();
    let mut set = Set::new();
    for at in 0..MANY {
        set.insert(&name(at), &limits, SEED);
    }
    let mut at = 0;
    let mut next = move || {
        at = (at + 7_654_321) % MANY;
        name(at)
    };
    let mut group = c.benchmark_group("set_of_1m");
    group.bench_function("contains", |b| b.iter(|| set.contains(&next())));
    group.bench_function("remove_and_insert", |b| {
        b.iter(|| {
            let member = next();
            set.remove(&member) && set.insert(&member, &limits, SEED)
        });
    });
    group.finish();
}

fn hash(c: &mut Criterion) {
    let limits = HashLimits::default();
    let fill = |count| {
        let mut hash = Hash::new();
        for at in 0..count {
            hash.insert(&name(at), b"value", NewExpiry::Never, 0, &limits, SEED);
        }
        hash
    };
    let mut group = c.benchmark_group("hash");
    for (label, count) in [("10", 10), ("1m", MANY)] {
        let mut hash = fill(count);
        let mut at = 0;
        let mut next = move || {
            at = (at + 7_654_321) % count;
            name(at)
        };
        group.bench_function(format!("get_of_{label}"), |b| {
            b.iter(|| hash.get(&next(), 0).map(Element::byte_len));
        });
        group.bench_function(format!("overwrite_of_{label}"), |b| {
            b.iter(|| hash.insert(&next(), b"other", NewExpiry::Never, 0, &limits, SEED));
        });
    }
    group.bench_function("build_of_10", |b| b.iter(|| fill(10)));
    group.finish();
}

fn compression(c: &mut Criterion) {
    let mut list = Listpack::new();
    (0..400).for_each(|at| list.push_back(&name(at * 37)));
    let content = list.as_bytes();
    let stream = lzf::compress(content, usize::MAX).expect("no bound");
    let mut group = c.benchmark_group("lzf");
    group.throughput(Throughput::Bytes(content.len() as u64));
    group.bench_function("compress_a_node", |b| {
        b.iter(|| lzf::compress(content, usize::MAX));
    });
    group.bench_function("compress_a_node_with_the_lzf_crate", |b| {
        b.iter(|| ::lzf::compress(content));
    });
    group.bench_function("decompress_a_node", |b| {
        b.iter(|| lzf::decompress(&stream, content.len()));
    });
    group.bench_function("decompress_a_node_with_the_lzf_crate", |b| {
        b.iter(|| ::lzf::decompress(&stream, content.len()));
    });
    group.finish();
}

criterion_group!(benches, listpack, list, set, hash, compression);
criterion_main!(benches);
