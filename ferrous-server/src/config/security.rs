//! Who may do what.

use super::table::section;
use super::value::{Choice, Flag, LONG_MAX, Number, Text, choices};

choices! {
    /// To whom something dangerous is open.
    Access { Nobody = "no", Everybody = "yes", Local = "local" }

    /// Which channels a new user may use.
    ChannelDefault { All = "allchannels", None = "resetchannels" }
}

impl Access {
    /// Whether a client may, given whether it is on the same machine.
    pub fn allows(self, is_local: bool) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::Local => is_local,
        }
    }
}

section! {
    /// Who may do what.
    Security at security;

    /// Password of the default user.
    requirepass: Text = ("requirepass", "").sensitive();

    /// Turns away clients from other machines while no password is set.
    protected_mode: Flag = ("protected-mode", "yes");

    /// File that users are read from.
    aclfile: Text = ("aclfile", "").immutable().planned("a file of users");

    /// Refusals that ACL LOG remembers.
    acllog_max_len: Number<u64> = ("acllog-max-len", "128").range(0, LONG_MAX).awaits("users");

    /// Channels that a new user may use.
    acl_pubsub_default: Choice<ChannelDefault> = ("acl-pubsub-default", "resetchannels").awaits("users");

    /// Who may set parameters that could be abused to write to any file.
    enable_protected_configs: Choice<Access> = ("enable-protected-configs", "no").immutable();

    /// Who may use DEBUG.
    enable_debug_command: Choice<Access> = ("enable-debug-command", "no").immutable();

    /// Who may use MODULE.
    enable_module_command: Choice<Access> = ("enable-module-command", "no").immutable()
        .without_effect("there are no modules");
}

impl Security {
    /// Whether clients have to give a password first.
    pub fn password_required(&self) -> bool {
        !self.requirepass.is_empty()
    }

    /// Whether `password` is the right one, or none is needed. The time taken tells the password's length and nothing else.
    pub fn password_matches(&self, password: &[u8]) -> bool {
        let expected = self.requirepass.load();
        if expected.is_empty() {
            return true;
        }
        let differing = expected
            .iter()
            .zip(password.iter().chain(std::iter::repeat(&0)));
        let difference = differing.fold(0, |difference, (a, b)| difference | (a ^ b));
        std::hint::black_box(difference) == 0 && password.len() == expected.len()
    }
}
