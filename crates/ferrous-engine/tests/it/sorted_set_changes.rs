//! What the commands on sorted sets tell of their changes.

use crate::changes::{check, check_idle, check_verbatim};
use crate::host::Recorder;

#[test]
fn members_are_added_and_removed() {
    let mut host = Recorder::new();
    check_verbatim(&mut host, "ZADD z 1 a 2 b 3 c", "new z, zadd z", 3);
    check_idle(&mut host, "ZADD z 1 a");
    check_idle(&mut host, "ZADD z NX 5 a");
    check_idle(&mut host, "ZADD missing XX 5 a");
    check_verbatim(&mut host, "ZADD z 5 a 6 b", "zadd z", 2);
    check_verbatim(&mut host, "ZADD z XX CH 1 a", "zadd z", 1);
    check_verbatim(&mut host, "ZADD z INCR 1 a", "zincr z", 1);
    check_verbatim(&mut host, "ZINCRBY z 1 a", "zincr z", 1);
    check_idle(&mut host, "ZINCRBY z 0 a");
    check_idle(&mut host, "ZADD z NX INCR 1 a");
    check_verbatim(&mut host, "ZREM z a x", "zrem z", 1);
    check_idle(&mut host, "ZREM z x");
    check_verbatim(&mut host, "ZREM z b c", "zrem z, del z", 2);
}

#[test]
fn members_are_popped() {
    let mut host = Recorder::new();
    host.run("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f");
    check_verbatim(&mut host, "ZPOPMIN z", "zpopmin z", 1);
    check_verbatim(&mut host, "ZPOPMAX z 2", "zpopmax z", 2);
    check_idle(&mut host, "ZPOPMIN z 0");
    check_idle(&mut host, "ZPOPMIN missing");
    let effect = "ZPOPMIN z 2";
    check(
        &mut host,
        "ZMPOP 2 missing z MIN COUNT 2",
        effect,
        "zpopmin z",
        2,
    );
    let effect = "ZPOPMAX z 1";
    check(
        &mut host,
        "ZMPOP 1 z MAX COUNT 5",
        effect,
        "zpopmax z, del z",
        1,
    );
    check_idle(&mut host, "ZMPOP 1 z MAX");
}

#[test]
fn ranges_are_removed() {
    let mut host = Recorder::new();
    host.run("ZADD z 1 a 2 b 3 c");
    check_verbatim(&mut host, "ZREMRANGEBYRANK z 0 0", "zremrangebyrank z", 1);
    check_verbatim(&mut host, "ZREMRANGEBYSCORE z 2 2", "zremrangebyscore z", 1);
    check_idle(&mut host, "ZREMRANGEBYSCORE z 2 2");
    check_verbatim(
        &mut host,
        "ZREMRANGEBYLEX z - +",
        "zremrangebylex z, del z",
        1,
    );
}

#[test]
fn results_are_stored() {
    let mut host = Recorder::new();
    host.run("ZADD a 1 x 2 y");
    host.run("ZADD b 1 x 3 z");
    check_verbatim(&mut host, "ZUNIONSTORE d 2 a b", "new d, zunionstore d", 1);
    check_verbatim(&mut host, "ZINTERSTORE d 2 a b", "zinterstore d", 1);
    check_verbatim(&mut host, "ZDIFFSTORE d 2 a b", "zdiffstore d", 1);
    check_verbatim(&mut host, "ZDIFFSTORE d 2 a a", "del d", 1);
    check_idle(&mut host, "ZDIFFSTORE d 2 a a");
    check_verbatim(&mut host, "ZRANGESTORE d a 0 -1", "new d, zrangestore d", 1);
    check_verbatim(&mut host, "ZRANGESTORE d a 5 6", "del d", 1);
    check_idle(&mut host, "ZRANGESTORE d a 5 6");
}

#[test]
fn places_are_added_and_found() {
    let mut host = Recorder::new();
    let call = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";
    let effect = "ZADD g 3479099956230698 Palermo 3479447370796909 Catania";
    check(&mut host, call, effect, "new g, zadd g", 2);
    check_idle(&mut host, call);
    let effect = "ZADD g CH 3377822707026402 Palermo";
    check(&mut host, "GEOADD g CH 1 1 Palermo", effect, "zadd g", 1);
    let call = "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km";
    check_verbatim(&mut host, call, "new d, geosearchstore d", 1);
    let call = "GEORADIUS g 15 37 200 km STOREDIST d";
    check_verbatim(&mut host, call, "georadiusstore d", 1);
    check_verbatim(&mut host, "GEORADIUS g 15 37 1 m STORE d", "del d", 1);
    check_idle(&mut host, "GEORADIUS g 15 37 1 m STORE d");
    check_idle(&mut host, "GEORADIUS g 15 37 1 m");
}
