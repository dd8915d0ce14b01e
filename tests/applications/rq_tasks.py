"""The jobs that `rq_flows.py` enqueues."""

import os

from redis import Redis

redis = Redis(port=int(os.environ["REDIS_PORT"]))


def double(number):
    return number * 2


def note(name, word):
    redis.rpush(name, word)


def flaky(name):
    if redis.incr(name) < 3:
        raise ValueError("not yet")
    return "at last"


def fails():
    raise KeyError("no")
