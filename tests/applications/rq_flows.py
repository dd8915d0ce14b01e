"""RQ's ordinary flows, against the server at REDIS_PORT."""

import os
import subprocess
import time
from datetime import timedelta

from redis import Redis
from rq import Queue, Retry
from rq.job import Dependency, JobStatus
from rq.registry import FailedJobRegistry

import rq_tasks

port = os.environ["REDIS_PORT"]
redis = Redis(port=int(port))
queue = Queue(connection=redis)


def flow(name, run):
    start = time.monotonic()
    run()
    print(f"rq: {name} ({(time.monotonic() - start) * 1000:.0f} ms)", flush=True)


def start_worker(*arguments):
    command = ["rq", "worker", "--burst", "--url", f"redis://127.0.0.1:{port}", *arguments]
    with open("rq.log", "ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def work(*arguments):
    """Runs a worker until there is nothing left to do."""
    assert start_worker(*arguments).wait(timeout=120) == 0


def many_jobs():
    jobs = [queue.enqueue(rq_tasks.double, number) for number in range(60)]
    more = [Queue.prepare_data(rq_tasks.double, (number,)) for number in range(60, 100)]
    jobs += queue.enqueue_many(more)
    assert queue.count == 100
    for worker in [start_worker(), start_worker()]:
        assert worker.wait(timeout=120) == 0
    assert [job.return_value(refresh=True) for job in jobs] == [2 * number for number in range(100)]


def priorities():
    low, high = Queue("low", connection=redis), Queue("high", connection=redis)
    low.enqueue(rq_tasks.note, "order", "low")
    high.enqueue(rq_tasks.note, "order", "high")
    low.enqueue(rq_tasks.note, "order", "first of low", at_front=True)
    work("high", "low")
    assert redis.lrange("order", 0, -1) == [b"high", b"first of low", b"low"]


def dependencies():
    first = queue.enqueue(rq_tasks.note, "chain", "first")
    queue.enqueue(rq_tasks.note, "chain", "second", depends_on=first)
    failed = queue.enqueue(rq_tasks.fails)
    kept = queue.enqueue(rq_tasks.note, "chain", "never", depends_on=failed)
    queue.enqueue(rq_tasks.note, "chain", "anyway", depends_on=Dependency(failed, allow_failure=True))
    work()
    assert redis.lrange("chain", 0, -1) == [b"first", b"second", b"anyway"]
    assert kept.get_status() == JobStatus.DEFERRED
    registry = FailedJobRegistry(queue=queue)
    assert failed.id in registry
    registry.requeue(failed)
    work()
    assert failed.id in registry


def later_and_again():
    begun = time.time()
    late = queue.enqueue_in(timedelta(seconds=2), rq_tasks.double, 4)
    flaky = queue.enqueue(rq_tasks.flaky, "tries", retry=Retry(max=3, interval=1))
    deadline = time.monotonic() + 60
    while {late.get_status(), flaky.get_status()} != {JobStatus.FINISHED}:
        assert time.monotonic() < deadline, (late.get_status(), flaky.get_status())
        work("--with-scheduler")
        time.sleep(0.2)
    late.refresh()
    assert late.return_value() == 8 and late.ended_at.timestamp() >= begun + 2
    assert flaky.return_value(refresh=True) == "at last" and redis.get("tries") == b"3"


flow("a hundred jobs, two workers", many_jobs)
flow("queues by priority", priorities)
flow("dependencies, failures, and jobs put back", dependencies)
flow("jobs that are to run later, and again", later_and_again)
