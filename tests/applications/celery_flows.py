"""Celery's ordinary flows, with the broker and the results at REDIS_PORT and settings as they are by default."""

import subprocess
import sys
import time

from celery import chain, chord, group

from celery_tasks import add, app, fails, flaky, note, now, total

WAIT = 60


def flow(name, run):
    start = time.monotonic()
    run()
    print(f"celery: {name} ({(time.monotonic() - start) * 1000:.0f} ms)", flush=True)


def many_tasks():
    results = [add.delay(number, number) for number in range(300)]
    assert [result.get(timeout=WAIT) for result in results] == [2 * number for number in range(300)]


def chains():
    assert chain(add.s(1, 2), add.s(3), add.s(4)).delay().get(timeout=WAIT) == 10


def groups():
    result = group(add.s(number, 1) for number in range(20)).delay()
    assert result.get(timeout=WAIT) == list(range(1, 21))


def chords():
    for _ in range(5):
        result = chord((add.s(number, number) for number in range(20)), total.s()).delay()
        assert result.get(timeout=WAIT) == 380
    nested = chain(group(add.s(1, 1), add.s(2, 2)), total.s(), add.s(4)).delay()
    assert nested.get(timeout=WAIT) == 10


def later():
    begun = time.time()
    assert now.apply_async(countdown=1).get(timeout=WAIT) >= begun + 1


def retries():
    assert flaky.delay().get(timeout=WAIT) == 2
    failed = fails.delay()
    try:
        failed.get(timeout=WAIT)
    except KeyError:
        pass
    assert failed.state == "FAILURE", failed.state
    assert "KeyError" in failed.traceback


def priorities():
    client = app.backend.client
    app.control.cancel_consumer("celery", reply=True, timeout=5)
    try:
        # Lists of their own for 0, 3, 6 and 9: 0 is the most urgent.
        for number in [9, 0, 6, 3]:
            note.apply_async(("order", number), priority=number)
    finally:
        app.control.add_consumer("celery", reply=True, timeout=5)
    until = time.monotonic() + WAIT
    while client.llen("order") < 4:
        assert time.monotonic() < until, client.lrange("order", 0, -1)
        time.sleep(0.05)


def control():
    assert list(app.control.inspect(timeout=5).ping().values()) == [{"ok": "pong"}]
    revoked = add.apply_async((1, 1), countdown=2)
    revoked.revoke()
    time.sleep(0.2)
    revoked_state = revoked.get(timeout=WAIT, propagate=False)
    assert "revoked" in str(revoked_state).lower(), revoked_state
    kept = add.delay(2, 2)
    assert kept.get(timeout=WAIT) == 4
    kept.forget()
    assert app.backend.get(app.backend.get_key_for_task(kept.id)) is None


def main():
    command = [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--concurrency", "4", "-l", "INFO"]
    with open("celery.log", "ab") as log:
        worker = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        flow("three hundred tasks", many_tasks)
        flow("chains", chains)
        flow("groups", groups)
        flow("chords", chords)
        flow("a task that is to run later", later)
        flow("retries and failures", retries)
        flow("priorities", priorities)
        flow("remote control, revoked and forgotten tasks", control)
    finally:
        worker.terminate()
        worker.wait(timeout=30)


main()
