"""A Celery application as any: broker and result backend are the Redis at REDIS_URL, all else is Celery's default."""
import os

import celery
import redis


def made(url):
    app = celery.Celery("celery_app", broker=url, backend=url)
    app.conf.task_routes = {"celery_app.slow": {"queue": "slow"}}
    counts = redis.Redis.from_url(url)

    @app.task(name="celery_app.add")
    def add(left, right):
        counts.incr(f"ran:{left}")
        return left + right

    @app.task(name="celery_app.flaky", bind=True, max_retries=3)
    def flaky(self, number):
        if self.request.retries < 2:
            raise self.retry(countdown=0.1)
        return number

    @app.task(name="celery_app.slow")
    def slow(number):
        return number

    @app.task(name="celery_app.total")
    def total(numbers):
        return sum(numbers)

    return app


if "REDIS_URL" in os.environ:
    app = made(os.environ["REDIS_URL"])
