//! `# CPU`: processor time, in seconds.

use super::Field;
use super::value::Value;

/// As `getrusage` tells it.
const DECIMALS: usize = 6;

pub(super) const FIELDS: &[Field] = &[
    Field("used_cpu_sys", |view| {
        Value::Decimal(view.process().system_s, DECIMALS)
    }),
    Field("used_cpu_user", |view| {
        Value::Decimal(view.process().user_s, DECIMALS)
    }),
    Field("used_cpu_sys_children", |view| {
        Value::Decimal(view.process().children_system_s, DECIMALS)
    }),
    Field("used_cpu_user_children", |view| {
        Value::Decimal(view.process().children_user_s, DECIMALS)
    }),
    Field("used_cpu_sys_main_thread", |view| {
        Value::Decimal(view.main_thread().system_s, DECIMALS)
    }),
    Field("used_cpu_user_main_thread", |view| {
        Value::Decimal(view.main_thread().user_s, DECIMALS)
    }),
];
