//! Running the calls that waited for a key, in the order in which they came.

use std::collections::VecDeque;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{Changes, Circumstances, DatabaseKey, Environment, Host as _, Key};
use ferrous_engine::scope::Scope;
use ferrous_engine::wait::{Answer, Awaited, Outcome, ParkedCall, Wait};
use ferrous_resp::Encoder;
use ferrous_types::Stream;
use ferrous_types::random::Rng;

use crate::server::Server;
use crate::worker::Worker;

/// How long those wait who are served with what a script holds for long, before it is tried again.
const LATER: Duration = Duration::from_millis(1);

const STREAM_GONE: CommandError = CommandError::fixed("UNBLOCKED the stream key no longer exists");

/// Ends a scope: tells the host what was done in it, answers those who waited for it, and lets its partitions go.
#[inline]
pub(crate) fn conclude(
    server: &'static Server,
    mut scope: Scope<'static, '_>,
    environment: Environment<'_>,
) {
    if scope.has_ready() {
        conclude_ready(server, scope, environment);
    } else {
        scope.commit(server);
    }
}

#[cold]
fn conclude_ready(
    server: &'static Server,
    mut scope: Scope<'static, '_>,
    environment: Environment<'_>,
) {
    scope.commit(server);
    let mut service = Service {
        server,
        environment,
        answered: Vec::new(),
        postponed: VecDeque::new(),
    };
    service.serve(&mut scope);
    drop(scope);
    service.wake();
    service.catch_up();
}

/// Answers those who wait for `ready`, none of whose partitions are held.
pub(crate) fn serve_all(
    server: &'static Server,
    ready: VecDeque<DatabaseKey>,
    circumstances: &Circumstances,
    random: &mut Rng,
) {
    let mut service = Service {
        server,
        environment: Environment {
            database: 0,
            circumstances,
            interests: server.interests(),
            limits: &server.limits(),
            random,
        },
        answered: Vec::new(),
        postponed: ready,
    };
    service.catch_up();
}

/// As [`serve_all`], in a moment.
async fn serve_later(server: &'static Server, ready: VecDeque<DatabaseKey>) {
    tokio::time::sleep(LATER).await;
    Worker::with(server, |worker| {
        let circumstances = server.circumstances(false);
        serve_all(server, ready, &circumstances, &mut worker.random);
    });
}

/// The answering of those who wait.
struct Service<'a> {
    server: &'static Server,
    environment: Environment<'a>,
    /// Calls that were answered, and whose clients are to be woken when the partitions are let go.
    answered: Vec<Arc<ParkedCall>>,
    /// Keys where those who wait need partitions that somebody else held.
    postponed: VecDeque<DatabaseKey>,
}

impl Service<'_> {
    /// Answers those who wait for keys that became ready within `scope`, and for those that become so by it. While
    /// the partitions are held nobody else can take what they wait for.
    fn serve(&mut self, scope: &mut Scope<'static, '_>) {
        while scope.has_ready() {
            for ready in scope.take_ready() {
                self.serve_key(scope, ready);
            }
        }
    }

    fn serve_key(&mut self, scope: &mut Scope<'static, '_>, ready: DatabaseKey) {
        let server = self.server;
        let key = server.keyspace.key(&ready.key);
        let mut ticket = 0;
        if !scope.try_add(iter::once(key.partition)) {
            return self.postponed.push_back(ready);
        }
        let environment = &mut self.environment;
        while let Some(call) = scope.with_db(environment.on(ready.database), |db| {
            db.next_parked(&ready, ticket)
        }) {
            if !scope.try_add(call.partitions(&key)) {
                // Those behind it wait as well, lest they be served before it.
                return self.postponed.push_back(ready);
            }
            ticket = call.ticket;
            if call
                .waiter
                .end_with(|| answer(server, scope, environment, &call, key))
            {
                scope.unpark_from(&call, &key);
                self.answered.push(call);
            }
        }
    }

    /// Serves what was postponed, its partitions held in the order in which everybody holds them. What a script holds
    /// for long is left for later.
    fn catch_up(&mut self) {
        let mut changes = Changes::default();
        let mut later = VecDeque::new();
        while let Some(ready) = self.postponed.pop_front() {
            if !self.serve_postponed(&ready, &mut changes) {
                later.push_back(ready);
            }
            self.wake();
        }
        self.server.lazy_free.discard(&mut changes.garbage);
        self.server.stats.add_tally(&changes.tally);
        if !later.is_empty() {
            tokio::spawn(serve_later(self.server, later));
        }
    }

    /// Serves those who wait for `ready`; false when somebody holds what it takes for long.
    fn serve_postponed(&mut self, ready: &DatabaseKey, changes: &mut Changes) -> bool {
        let keyspace = &self.server.keyspace;
        let key = keyspace.key(&ready.key);
        let Some(mut scope) = Scope::try_keys(keyspace, &[(0, key)], changes) else {
            return false;
        };
        let environment = self.environment.on(ready.database);
        let first = scope.with_db(environment, |db| db.next_parked(ready, 0));
        drop(scope);
        let Some(first) = first else { return true };
        let Some(mut scope) = Scope::try_partitions(keyspace, first.partitions(&key), changes)
        else {
            return false;
        };
        self.environment.interests = self.server.interests();
        self.serve_key(&mut scope, ready.clone());
        self.serve(&mut scope);
        true
    }

    fn wake(&mut self) {
        for call in self.answered.drain(..) {
            call.waiter.wake();
        }
    }
}

/// Runs a call that waited; nothing when it has to wait on.
fn answer(
    server: &'static Server,
    scope: &mut Scope<'static, '_>,
    environment: &mut Environment<'_>,
    call: &ParkedCall,
    ready: Key<'_>,
) -> Option<Outcome> {
    let started = server.ticks.raw();
    let mut answer = Answer::default();
    let outcome = run(scope, environment, call, ready, &mut answer.reply);
    match outcome {
        Ok(None) => {}
        Ok(Some(_)) => {
            // It waits on, and has made a consumer maybe.
            scope.commit_for_another(server);
            return None;
        }
        Err(error) => {
            answer.reply.clear();
            Encoder::new(&mut answer.reply, call.protocol).error(error.bytes());
            answer.error = Some(error);
        }
    }
    answer.logged = scope.commit_for_another(server);
    answer.nanos = server.ticks.delta_as_nanos(started, server.ticks.raw());
    Some(Outcome::Answered(answer))
}

fn run(
    scope: &mut Scope<'static, '_>,
    environment: &mut Environment<'_>,
    call: &ParkedCall,
    ready: Key<'_>,
    reply: &mut Vec<u8>,
) -> CommandResult<Option<Wait>> {
    let circumstances = Circumstances {
        no_touch: call.no_touch,
        ..*environment.circumstances
    };
    let mut environment = Environment {
        circumstances: &circumstances,
        ..environment.on(call.database)
    };
    if call.awaited == Awaited::Group {
        let stream = |db: &mut ferrous_engine::keyspace::Db<'_, '_>| {
            matches!(db.peek_collection::<Stream>(&ready), Ok(Some(_)))
        };
        if !scope.with_db(environment.on(call.database), stream) {
            return Err(STREAM_GONE);
        }
    }
    call.with_request(ready, |request| {
        scope.run(
            environment,
            request,
            &mut Encoder::new(reply, call.protocol),
        )
    })
}
