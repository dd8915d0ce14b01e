"""The application whose tasks `celery_flows.py` sends to a worker."""

import os
import time

from celery import Celery

url = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/1"
app = Celery("celery_tasks", broker=url, backend=url)


@app.task
def add(left, right):
    return left + right


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def now():
    return time.time()


@app.task(bind=True, autoretry_for=(ValueError,), max_retries=3, retry_backoff=False, default_retry_delay=0.1)
def flaky(self):
    if self.request.retries < 2:
        raise ValueError("not yet")
    return self.request.retries


@app.task
def fails():
    raise KeyError("no")


@app.task
def note(name, number):
    with app.backend.client.pipeline() as pipe:
        pipe.rpush(name, number).execute()
