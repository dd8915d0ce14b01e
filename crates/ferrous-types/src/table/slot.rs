//! The place of one element: looked up once, then read, changed, filled or emptied.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::bucket::Position;
use super::raw::Place;
use super::{Handle, Table};

/// Where [`Table::locate`] found an element: it is there until the next insertion or removal.
#[derive(Clone, Copy)]
pub struct Spot(pub(super) Place);

/// What [`Table::slot`] found.
pub enum Slot<'a, T: Handle> {
    /// The element is there.
    Occupied(Occupied<'a, T>),
    /// The element is absent.
    Vacant(Vacant<'a, T>),
}

/// An element of a table, borrowed together with the table.
pub struct Occupied<'a, T: Handle> {
    pub(super) table: &'a mut Table<T>,
    pub(super) place: Place,
}

impl<'a, T: Handle> Occupied<'a, T> {
    /// The element.
    pub fn get(&self) -> T::Ref<'_> {
        // SAFETY: the table owns the object, and `self` borrows the table.
        unsafe { T::borrow_raw(self.table.raw.object(self.place)) }
    }

    /// The element, for changes that keep it in its place.
    pub fn get_mut(&mut self) -> T::Mut<'_> {
        // SAFETY: the table owns the object, and `self` borrows the table exclusively.
        unsafe { T::borrow_raw_mut(self.table.raw.object(self.place)) }
    }

    /// The element, for as long as the table is borrowed.
    pub fn into_ref(self) -> T::Ref<'a> {
        // SAFETY: the table owns the object and stays borrowed for `'a`.
        unsafe { T::borrow_raw(self.table.raw.object(self.place)) }
    }

    /// The element, for changes in place, for as long as the table is borrowed.
    pub fn into_mut(self) -> T::Mut<'a> {
        // SAFETY: the table owns the object and stays borrowed exclusively for `'a`.
        unsafe { T::borrow_raw_mut(self.table.raw.object(self.place)) }
    }

    /// Lends the owning handle itself, for changes that may reallocate the object.
    ///
    /// The object must keep its hash. If `change` panics, the object is kept as it then is.
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the table owns the object. The guard stores its pointer again before anybody else
        // can look, and nobody drops the handle meanwhile.
        let handle = ManuallyDrop::new(unsafe { T::from_raw(self.table.raw.object(self.place)) });
        let mut borrowed = PutBack {
            handle,
            table: self.table,
            place: self.place,
        };
        change(&mut borrowed.handle)
    }

    /// Puts another handle with the same hash in its place and returns the old one. O(1).
    pub fn replace(&mut self, new: T) -> T {
        self.update(|handle| std::mem::replace(handle, new))
    }

    /// Takes the element out of the table.
    pub fn remove(self) -> T {
        // SAFETY: the table owned the object and has just forgotten it.
        unsafe { T::from_raw(self.table.raw.remove(self.place)) }
    }
}

/// Stores a lent handle in its slot again, also when a panic unwinds.
struct PutBack<'a, T: Handle> {
    handle: ManuallyDrop<T>,
    table: &'a mut Table<T>,
    place: Place,
}

impl<T: Handle> Drop for PutBack<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the handle is taken once, here, as the guard ends.
        let handle = unsafe { ManuallyDrop::take(&mut self.handle) };
        self.table.raw.replace(self.place, handle.into_raw());
    }
}

/// The place where an absent element would go.
pub struct Vacant<'a, T: Handle> {
    pub(super) table: &'a mut Table<T>,
    pub(super) position: Position,
    pub(super) handle: PhantomData<T>,
}

impl<'a, T: Handle> Vacant<'a, T> {
    /// Adds the element, which must have the hash that was looked up.
    pub fn insert(self, element: T) -> Occupied<'a, T> {
        let place = self.table.raw.insert(self.position, element.into_raw());
        Occupied {
            table: self.table,
            place,
        }
    }
}
