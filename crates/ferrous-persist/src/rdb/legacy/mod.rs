//! The compact encodings that listpacks replaced. Readers turn them into listpacks; writers of
//! versions that know nothing better turn listpacks into ziplists.

mod ziplist;
mod zipmap;

use ferrous_types::{Element, Listpack};

pub use ziplist::ZiplistError;
pub(crate) use ziplist::{
    from_listpack as ziplist_from_listpack, to_listpack as ziplist_to_listpack,
};
pub use zipmap::ZipmapError;
pub(crate) use zipmap::to_listpack as zipmap_to_listpack;

/// Appends `element` unless the listpack would grow beyond its limit.
fn push(listpack: &mut Listpack, element: Element<'_>) -> bool {
    let fits = listpack.fits(Listpack::entry_len(element));
    if fits {
        listpack.push_back(element);
    }
    fits
}
