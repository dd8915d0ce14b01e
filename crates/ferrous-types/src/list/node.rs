//! One node of a quicklist.

use std::borrow::Cow;
use std::mem;
use std::ops::{ControlFlow, Range};

use super::{End, ListLimits};
use crate::element::Element;
use crate::listpack::Listpack;
use crate::lzf;
use crate::thin_bytes::{PREFIX_LEN, ThinBytes};
use crate::word::LISTPACK_TAG;

/// Listpacks below this length are not worth compressing.
const COMPRESS_MIN: usize = 48;

/// What compression has to gain at least, in bytes.
const GAIN_MIN: usize = 8;

/// A run of elements of a list: 16 bytes, and what they point to.
#[derive(Clone)]
pub(super) enum Node {
    /// A listpack of `count` elements.
    Packed { count: u32, list: Listpack },
    /// The same, compressed.
    Compressed {
        count: u32,
        list: CompressedListpack,
    },
    /// One element too large to be in a listpack.
    Plain(Box<PlainElement>),
}

/// An element by itself, boxed once more so that every node is small.
#[derive(Clone)]
pub(super) struct PlainElement(pub(super) Box<[u8]>);

/// The bytes of a listpack as an LZF stream, behind four bytes that tell its length.
#[derive(Clone)]
pub(super) struct CompressedListpack(ThinBytes<LISTPACK_TAG>);

impl CompressedListpack {
    fn new(list: &Listpack) -> Option<Self> {
        let len = list.byte_len();
        let len_max = len.checked_sub(GAIN_MIN).filter(|_| len >= COMPRESS_MIN)?;
        let stream = lzf::compress(list.as_bytes(), len_max)?;
        Some(Self(ThinBytes::from_parts(&[
            &(len as u32).to_le_bytes(),
            &stream,
        ])))
    }

    /// The length of the listpack in bytes, and the stream.
    pub(super) fn parts(&self) -> (usize, &[u8]) {
        let content = &self.0.as_slice()[PREFIX_LEN..];
        let (len, stream) = content
            .split_first_chunk()
            .expect("the length is written first");
        (u32::from_le_bytes(*len) as usize, stream)
    }

    fn expand(&self) -> Listpack {
        let (len, stream) = self.parts();
        let bytes = lzf::decompress(stream, len).expect("what was compressed here expands again");
        Listpack::from_valid_bytes(&bytes)
    }
}

impl Node {
    /// A node of one element.
    pub(super) fn of(value: Element<'_>, limits: ListLimits) -> Self {
        match value {
            Element::Bytes(bytes) if limits.makes_plain(bytes.len()) => Self::plain(bytes),
            value => Self::packed([value].into_iter().collect()),
        }
    }

    pub(super) fn packed(list: Listpack) -> Self {
        Self::Packed {
            count: list.len() as u32,
            list,
        }
    }

    pub(super) fn plain(bytes: impl Into<Box<[u8]>>) -> Self {
        Self::Plain(Box::new(PlainElement(bytes.into())))
    }

    /// The number of elements.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Packed { count, .. } | Self::Compressed { count, .. } => *count as usize,
            Self::Plain(_) => 1,
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// The bytes of the elements, uncompressed.
    pub(super) fn byte_len(&self) -> usize {
        match self {
            Self::Packed { list, .. } => list.byte_len(),
            Self::Compressed { list, .. } => list.parts().0,
            Self::Plain(element) => element.0.len(),
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Packed { list, .. } => list.heap_bytes(),
            Self::Compressed { list, .. } => list.0.capacity(),
            Self::Plain(element) => size_of::<PlainElement>() + element.0.len(),
        }
    }

    /// True when one more value of `len` bytes may go into this node.
    pub(super) fn has_room_for(&self, len: usize, limits: ListLimits) -> bool {
        !self.is_plain()
            && !limits.makes_plain(len)
            && !limits.exceeded_by_adding(self.byte_len(), self.count(), len)
    }

    /// True when this node and `other` may become one.
    pub(super) fn may_merge(&self, other: &Self, limits: ListLimits) -> bool {
        let overlap = Listpack::new().byte_len();
        !self.is_plain()
            && !other.is_plain()
            && !limits.exceeded_by(
                self.byte_len() + other.byte_len() - overlap,
                self.count() + other.count(),
            )
    }

    /// The listpack, or `None` when the node is plain.
    pub(super) fn listpack(&self) -> Option<Cow<'_, Listpack>> {
        match self {
            Self::Packed { list, .. } => Some(Cow::Borrowed(list)),
            Self::Compressed { list, .. } => Some(Cow::Owned(list.expand())),
            Self::Plain(_) => None,
        }
    }

    /// Changes the listpack of a node that is not plain, uncompressing it for good.
    pub(super) fn edit<R>(&mut self, change: impl FnOnce(&mut Listpack) -> R) -> R {
        self.expand();
        let Self::Packed { count, list } = self else {
            unreachable!("callers edit nodes that are not plain");
        };
        let result = change(list);
        *count = list.len() as u32;
        result
    }

    /// Takes the listpack out of a node that is not plain, leaving it empty.
    pub(super) fn take_listpack(&mut self) -> Listpack {
        self.edit(mem::take)
    }

    /// Compresses the node when it pays.
    pub(super) fn compress(&mut self) {
        if let Self::Packed { count, list } = self
            && let Some(compressed) = CompressedListpack::new(list)
        {
            *self = Self::Compressed {
                count: *count,
                list: compressed,
            };
        }
    }

    /// Undoes [`compress`](Self::compress).
    pub(super) fn expand(&mut self) {
        if let Self::Compressed { count, list } = self {
            *self = Self::Packed {
                count: *count,
                list: list.expand(),
            };
        }
    }

    /// Calls `visit` with the elements of this node that are in `range`, from one of its ends.
    pub(super) fn visit<B>(
        &self,
        range: Range<usize>,
        from: End,
        visit: &mut impl FnMut(Element<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match self {
            Self::Packed { list, .. } => visit_listpack(list, range, from, visit),
            Self::Compressed { list, .. } => visit_listpack(&list.expand(), range, from, visit),
            Self::Plain(element) if range.contains(&0) => visit(Element::Bytes(&element.0)),
            Self::Plain(_) => ControlFlow::Continue(()),
        }
    }
}

/// Calls `visit` with the elements of `list` that are in `range`, from one of its ends.
pub(super) fn visit_listpack<B>(
    list: &Listpack,
    range: Range<usize>,
    from: End,
    visit: &mut impl FnMut(Element<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    match from {
        End::Head => list
            .iter_at(range.start)
            .take(range.len())
            .try_for_each(visit),
        End::Tail => list
            .iter_before(range.end)
            .rev()
            .take(range.len())
            .try_for_each(visit),
    }
}
