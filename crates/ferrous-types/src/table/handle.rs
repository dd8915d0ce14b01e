//! What a table can hold: one owning pointer per element.

use std::ptr::NonNull;

/// An owning pointer to one heap object, the only thing a [`Table`](super::Table) stores.
///
/// The table keeps the raw pointer together with bits of the hash in one word, so it lends objects
/// as the views [`Handle::Ref`] and [`Handle::Mut`] instead of as references to the handle.
///
/// # Safety
///
/// * `into_raw` gives up ownership and returns an address that is a multiple of 8 and below 2⁴⁸.
/// * `from_raw` of that pointer gives the same handle back.
/// * Between the two, views made by `borrow_raw` and `borrow_raw_mut` stay valid under the usual
///   rules for `&` and `&mut` of the object, and never free or move it.
pub unsafe trait Handle: Sized + 'static {
    /// The shared view of an object: `&'a Object`, or a small `Copy` type.
    type Ref<'a>;
    /// The exclusive view of an object. It may change it in place, but not move it.
    type Mut<'a>;

    /// Gives up ownership of the object.
    fn into_raw(self) -> NonNull<()>;

    /// Takes ownership back.
    ///
    /// # Safety
    ///
    /// `raw` came from `into_raw` and was not taken back since.
    unsafe fn from_raw(raw: NonNull<()>) -> Self;

    /// Lends the object.
    ///
    /// # Safety
    ///
    /// `raw` came from `into_raw`; for all of `'a` nobody takes it back or borrows it mutably.
    unsafe fn borrow_raw<'a>(raw: NonNull<()>) -> Self::Ref<'a>;

    /// Lends the object for changes in place.
    ///
    /// # Safety
    ///
    /// `raw` came from `into_raw`; for all of `'a` nobody takes it back or borrows it otherwise.
    unsafe fn borrow_raw_mut<'a>(raw: NonNull<()>) -> Self::Mut<'a>;
}

// SAFETY: a box is one pointer, aligned as its object is, and user space ends below 2⁴⁸ on every
// supported target. The views are plain references.
unsafe impl<T: 'static> Handle for Box<T> {
    type Ref<'a> = &'a T;
    type Mut<'a> = &'a mut T;

    fn into_raw(self) -> NonNull<()> {
        const { assert!(align_of::<T>() >= 8, "the low address bits must be zero") }
        NonNull::from(Box::leak(self)).cast()
    }

    unsafe fn from_raw(raw: NonNull<()>) -> Self {
        // SAFETY: `raw` came from `into_raw`, which leaked a box of `T`.
        unsafe { Self::from_raw(raw.cast().as_ptr()) }
    }

    unsafe fn borrow_raw<'a>(raw: NonNull<()>) -> &'a T {
        // SAFETY: the caller promises a live object without exclusive borrows.
        unsafe { raw.cast().as_ref() }
    }

    unsafe fn borrow_raw_mut<'a>(raw: NonNull<()>) -> &'a mut T {
        // SAFETY: the caller promises a live object without other borrows.
        unsafe { raw.cast().as_mut() }
    }
}
