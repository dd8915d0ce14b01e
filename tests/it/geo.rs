//! Places on Earth: the exact replies of every command on them.

use crate::harness::Talk;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";
const NOT_FLOAT: &str = "-ERR value is not a valid float";
const UNIT: &str = "-ERR unsupported unit provided. please use M, KM, FT, MI";

#[test]
fn places_are_added_and_read() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        (
            "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
            ":2",
        ),
        ("GEOADD g NX 1 1 Palermo", ":0"),
        ("GEOADD g XX CH 13.361389 38.115556 Palermo 1 1 new", ":0"),
        ("GEOADD g NX XX 1 1 a", SYNTAX),
        (
            "GEOADD g 1 1",
            "-ERR wrong number of arguments for 'geoadd' command",
        ),
        ("GEOADD g 1 x a", NOT_FLOAT),
        (
            "GEOADD g 200 1 a",
            "-ERR invalid longitude,latitude pair 200.000000,1.000000",
        ),
        (
            "GEOADD g 1 86 a",
            "-ERR invalid longitude,latitude pair 1.000000,86.000000",
        ),
        ("GEOADD g nan 1 a", NOT_FLOAT),
        ("GEOADD g foo 1 1 a", SYNTAX),
        (
            "GEOADD g CH",
            "-ERR wrong number of arguments for 'geoadd' command",
        ),
        ("GEOADD s 1 1 a", WRONG_TYPE),
        (
            "GEOADD s 200 1 a",
            "-ERR invalid longitude,latitude pair 200.000000,1.000000",
        ),
        ("GEOADD g 1 1 a 2 x b", NOT_FLOAT),
        (
            "GEOPOS g Palermo nope",
            "[['13.36138933897018433', '38.11555639549629859'], nil[]]",
        ),
        ("GEOPOS g", "[]"),
        ("GEOPOS nokey a b", "[nil[], nil[]]"),
        ("GEOPOS s a", WRONG_TYPE),
        (
            "GEOHASH g Palermo nope Catania",
            "['sqc8b49rny0', nil, 'sqdtr74hyu0']",
        ),
        ("GEOHASH g", "[]"),
        ("GEOHASH nokey a", "[nil]"),
        ("GEOHASH s a", WRONG_TYPE),
        ("GEODIST g Palermo Catania", "'166274.1516'"),
        ("GEODIST g Palermo Catania km", "'166.2742'"),
        ("GEODIST g Palermo Catania MI", "'103.3182'"),
        ("GEODIST g Palermo Catania ft", "'545518.8700'"),
        ("GEODIST g Palermo Catania foo", UNIT),
        ("GEODIST g Palermo Catania km x", SYNTAX),
        ("GEODIST g Palermo nope", "nil"),
        ("GEODIST nokey a b foo", UNIT),
        ("GEODIST nokey a b", "nil"),
        ("GEODIST s a b", WRONG_TYPE),
    ]);
    t.check3(
        "GEOPOS g Palermo nope",
        "[[,13.36138933897018433, ,38.11555639549629859], _]",
    );
    t.check3("GEODIST g Palermo Catania", "'166274.1516'");
    t.check3("GEOHASH g nope", "[_]");
}

#[test]
fn areas_are_searched() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2"),
        ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km", "['Palermo', 'Catania']"),
        ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC", "['Catania', 'Palermo']"),
        ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km DESC WITHCOORD WITHDIST WITHHASH", "[['Palermo', '190.4424', :3479099956230698, ['13.36138933897018433', '38.11555639549629859']], ['Catania', '56.4413', :3479447370796909, ['15.08726745843887329', '37.50266842333162032']]]"),
        ("GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST", "[['Catania', '56.4413'], ['Palermo', '190.4424']]"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ASC COUNT 1", "['Palermo']"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 1 ANY WITHDIST", "[['Palermo', '0.0000']]"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 0", "-ERR COUNT must be > 0"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT x", NOT_INTEGER),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ANY", "-ERR the ANY argument requires COUNT argument"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ANY COUNT 1", "['Palermo']"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS -1 km", "-ERR radius cannot be negative"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS x km", "-ERR need numeric radius"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 foo", UNIT),
        ("GEOSEARCH g FROMMEMBER Palermo BYBOX -1 1 km", "-ERR height or width cannot be negative"),
        ("GEOSEARCH g FROMMEMBER Palermo BYBOX 1 x km", "-ERR need numeric height"),
        ("GEOSEARCH g FROMMEMBER Palermo BYBOX x 1 km", "-ERR need numeric width"),
        ("GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1 foo", UNIT),
        ("GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 km", SYNTAX),
        ("GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Palermo BYRADIUS 1 km", "['Palermo']"),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km BYBOX 1 1 km", SYNTAX),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km BYRADIUS 1 km", "['Palermo']"),
        ("GEOSEARCH g BYRADIUS 200 km ASC COUNT 1 WITHDIST", "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH"),
        ("GEOSEARCH g FROMLONLAT 200 1 BYRADIUS 1 km", "-ERR invalid longitude,latitude pair 200.000000,1.000000"),
        ("GEOSEARCH g FROMLONLAT x 1 BYRADIUS 1 km", NOT_FLOAT),
        ("GEOSEARCH g FROMLONLAT 1 BYRADIUS 1 km", NOT_FLOAT),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km foo", SYNTAX),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STOREDIST", SYNTAX),
        ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STORE d", SYNTAX),
        ("GEOSEARCH nokey FROMMEMBER Palermo BYRADIUS 1 km", "[]"),
        ("GEOSEARCH nokey FROMMEMBER Palermo BYRADIUS 1 km foo", SYNTAX),
        ("GEOSEARCH nokey FROMLONLAT 200 1 BYRADIUS x km", "-ERR invalid longitude,latitude pair 200.000000,1.000000"),
        ("GEOSEARCH s FROMMEMBER Palermo BYRADIUS 1 km", WRONG_TYPE),
        ("GEOSEARCH s FROMMEMBER Palermo BYRADIUS 1 km foo", WRONG_TYPE),
    ]);
    t.check3("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST WITHHASH WITHCOORD", "[['Catania', '56.4413', :3479447370796909, [,15.08726745843887329, ,37.50266842333162032]], ['Palermo', '190.4424', :3479099956230698, [,13.36138933897018433, ,38.11555639549629859]]]");
}

#[test]
fn results_are_stored() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        (
            "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
            ":2",
        ),
        ("GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km", ":2"),
        (
            "ZRANGE d 0 -1 WITHSCORES",
            "['Palermo', '3479099956230698', 'Catania', '3479447370796909']",
        ),
        (
            "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST ASC COUNT 1",
            ":1",
        ),
        (
            "ZRANGE d 0 -1 WITHSCORES",
            "['Catania', '56.4412578701582']",
        ),
        (
            "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
            "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
        ),
        ("GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 1 m", ":0"),
        ("EXISTS d", ":0"),
        ("GEOSEARCHSTORE d nokey FROMLONLAT 15 37 BYRADIUS 1 m", ":0"),
        (
            "GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 1 m",
            WRONG_TYPE,
        ),
    ]);
}

#[test]
fn older_searches() {
    let mut t = Talk::new();
    t.check("GEORADIUSBYMEMBER nokey a x KM", "[]");
    t.check("GEORADIUSBYMEMBER_RO nokey a -1 KM", "[]");
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2"),
        ("GEORADIUS g 15 37 200 km", "['Palermo', 'Catania']"),
        ("GEORADIUS g 15 37 200 km WITHDIST WITHCOORD ASC", "[['Catania', '56.4413', ['15.08726745843887329', '37.50266842333162032']], ['Palermo', '190.4424', ['13.36138933897018433', '38.11555639549629859']]]"),
        ("GEORADIUS g 15 37 200 km STORE d", ":2"),
        ("ZRANGE d 0 -1 WITHSCORES", "['Palermo', '3479099956230698', 'Catania', '3479447370796909']"),
        ("GEORADIUS g 15 37 200 km STOREDIST d WITHDIST", "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"),
        ("GEORADIUS g 15 37 200 km STOREDIST d", ":2"),
        ("GEORADIUS g 15 37 200 km STORE d STOREDIST e", ":2"),
        ("EXISTS d e", ":2"),
        ("DEL d e", ":2"),
        ("GEORADIUS g 15 37 200 km STORE d STORE e", ":2"),
        ("GEORADIUSBYMEMBER g Palermo 200 km STOREDIST e STORE d COUNT 1", ":1"),
        ("ZRANGE d 0 -1", "['Palermo']"),
        ("EXISTS d e", ":2"),
        ("GEORADIUS g 15 37 200 km STORE", SYNTAX),
        ("GEORADIUS g 200 37 200 km", "-ERR invalid longitude,latitude pair 200.000000,37.000000"),
        ("GEORADIUS g x 37 200 km", NOT_FLOAT),
        ("GEORADIUS g 15 37 x km", "-ERR need numeric radius"),
        ("GEORADIUS g 15 37 -1 km", "-ERR radius cannot be negative"),
        ("GEORADIUS g 15 37 200 foo", UNIT),
        ("GEORADIUS_RO g 15 37 200 km STORE d", SYNTAX),
        ("GEORADIUS_RO g 15 37 200 km DESC", "['Palermo', 'Catania']"),
        ("GEORADIUS nokey 15 37 200 km", "[]"),
        ("GEORADIUS nokey 15 37 200 km STORE d", ":0"),
        ("GEORADIUS s 15 37 200 km", WRONG_TYPE),
        ("GEORADIUS g 15 37 200 km COUNT 1 ASC WITHHASH", "[['Catania', :3479447370796909]]"),
        ("GEORADIUS g 15 37 200 km FROMLONLAT 1 1", SYNTAX),
        ("GEORADIUS g 15 37 200 km COUNT 1 ANY", "['Palermo']"),
        ("GEORADIUSBYMEMBER g Palermo 200 km", "['Palermo', 'Catania']"),
        ("GEORADIUSBYMEMBER g Palermo 200 km WITHDIST WITHHASH", "[['Palermo', '0.0000', :3479099956230698], ['Catania', '166.2742', :3479447370796909]]"),
        ("GEORADIUSBYMEMBER nokey nope 200 km", "[]"),
        ("GEORADIUSBYMEMBER s nope 200 km", WRONG_TYPE),
        ("GEORADIUSBYMEMBER g Palermo x km", "-ERR need numeric radius"),
        ("GEORADIUSBYMEMBER g Palermo 200 km STORE d", ":2"),
        ("GEORADIUSBYMEMBER_RO g Palermo 200 km STORE d", SYNTAX),
        ("GEORADIUSBYMEMBER_RO g Palermo 200 km", "['Palermo', 'Catania']"),
        ("ZRANGE d 0 -1 WITHSCORES", "['Palermo', '3479099956230698', 'Catania', '3479447370796909']"),
    ]);
}
