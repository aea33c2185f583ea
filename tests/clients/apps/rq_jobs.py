"""Jobs of an RQ application as any; they count their runs in the Redis at REDIS_URL."""
import os

import redis


def _count(key):
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as connection:
        return connection.incr(key)


def add(left, right):
    _count(f"ran:{left}")
    return left + right


def flaky(number):
    if _count(f"tries:{number}") < 3:
        raise ValueError("not yet")
    return number
