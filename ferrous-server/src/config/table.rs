//! The table of all parameters, and the macro that declares a section of it.

use super::{
    Parameter, clients, cluster, encodings, logging, memory, network, persistence, process,
    replication, scripting, security, tls,
};

/// Declares a section: the struct of its live values, and the rows that describe them.
///
/// A declaration reads `/// meaning`, then `field: Cell = ("name", "default").more_of_the_row(...);`. It yields the field,
/// the field's documentation, and the row with that documentation as its meaning, so that nothing is said twice.
macro_rules! section {
    (
        $(#[$about:meta])*
        $Section:ident at $section:ident;
        $(
            $(#[doc = $meaning:literal])+
            $field:ident: $Cell:ty = ($name:literal, $default:literal)
                $(.$attribute:ident($($argument:expr),*))*;
        )+
    ) => {
        $(#[$about])*
        #[derive(Debug, Default)]
        pub struct $Section {
            $($(#[doc = $meaning])+ pub $field: $Cell,)+
        }

        pub(super) const PARAMETERS: &[$crate::config::Parameter] = &[
            $($crate::config::Parameter::new($name, $default, concat!($($meaning),+), |config| &config.$section.$field)
                $(.$attribute($($argument),*))*,)+
        ];
    };
}

pub(super) use section;

const SECTIONS: [&[Parameter]; 12] = [
    network::PARAMETERS,
    clients::PARAMETERS,
    security::PARAMETERS,
    memory::PARAMETERS,
    encodings::PARAMETERS,
    persistence::PARAMETERS,
    replication::PARAMETERS,
    cluster::PARAMETERS,
    scripting::PARAMETERS,
    logging::PARAMETERS,
    process::PARAMETERS,
    tls::PARAMETERS,
];

/// All parameters, section by section.
pub fn parameters() -> impl Iterator<Item = &'static Parameter> {
    SECTIONS.into_iter().flatten()
}

/// The parameter that goes by `name`, in any letter case.
pub fn parameter(name: &[u8]) -> Option<&'static Parameter> {
    find(name).map(|(_, row)| row)
}

/// The parameter that goes by `name`, in any letter case, and which of its names that is.
pub(super) fn find(name: &[u8]) -> Option<(&'static str, &'static Parameter)> {
    parameters().find_map(|row| {
        let known = row
            .names()
            .find(|known| known.as_bytes().eq_ignore_ascii_case(name))?;
        Some((known, row))
    })
}
