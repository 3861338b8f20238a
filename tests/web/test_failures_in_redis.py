"""Failed sign-ins are counted in Redis where several processes share one, and still without it."""

import os

import pytest

pytestmark = pytest.mark.redis


@pytest.fixture
def store():
    import redis

    opened = redis.Redis.from_url(os.environ["PORTFOLIO_TEST_REDIS"])
    opened.flushdb()
    yield opened
    opened.flushdb()
    opened.close()


def test_failures_are_counted_where_every_process_sees_them(make_app, people, store):
    client = make_app(redis_url=os.environ["PORTFOLIO_TEST_REDIS"]).test_client()
    for _ in range(10):
        assert client.sign_in("mei", "wrong").status_code == 401
    assert store.dbsize() > 0
    assert client.sign_in("mei").status_code == 429
    store.flushdb()  # the count is nowhere else
    assert client.sign_in("mei").status_code == 302


def test_without_redis_the_process_counts_for_itself(make_app, people):
    client = make_app(redis_url="redis://127.0.0.1:1/0").test_client()
    for _ in range(10):
        assert client.sign_in("mei", "wrong").status_code == 401
    assert client.sign_in("mei").status_code == 429
