"""What the client gives of all that Replicate's interface offers, from a real server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from costing.errors import UsageError
from costing.replicate.ahead import fetched_ahead
from costing.replicate.client import Client, Source
from costing.replicate.error import AddressRefused, AnswerUnexpected, ClientClosed, RecordMissing
from costing.replicate.page import Page
from costing.replicate.resource import Account, Deployment, Hardware, Model
from costing.setting_value import Secret
from tests.replicate.conftest import Connect
from tests.replicate.sample import (
    START,
    VERSION,
    make_deployment,
    make_id,
    make_model,
    make_prediction,
    make_running,
)
from tests.replicate.server import TOKEN, ReplicateServer, Reply


def ids(page: Page) -> list[str]:
    return [record["id"] for record in json.loads(page.body)["results"]]


def made(*numbers: int) -> list[str]:
    return [make_id(number) for number in numbers]


@pytest.mark.parametrize(
    ("records", "counts"),
    [(0, [0]), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])],
)
def test_predictions_come_in_pages_newest_first(
    server: ReplicateServer, client: Client, records: int, counts: list[int]
) -> None:
    server.store.predictions.put(*map(make_prediction, range(records)))

    pages = list(client.predictions())

    assert [page.count for page in pages] == counts
    assert [id_ for page in pages for id_ in ids(page)] == made(*reversed(range(records)))


def test_page_keeps_the_bytes_that_came(server: ReplicateServer, client: Client) -> None:
    exact = (
        b'{"next":null, "results":[{"id":"a","metrics":{"predict_time":0.10000000000000000001}}]}'
    )
    server.fail(Reply(body=exact))

    (page,) = client.predictions()

    assert page.body == exact


def test_page_may_hold_what_is_hard_to_read(server: ReplicateServer, client: Client) -> None:
    hard = b'{"results":[{"output":%s},{"n":%s},3]}' % (b"[" * 400 + b"]" * 400, b"9" * 5000)
    server.fail(Reply(body=hard))

    (page,) = client.predictions()

    assert (page.count, page.next, page.body) == (3, None, hard)


def test_predictions_are_narrowed_by_date(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(10)))
    east = timezone(timedelta(hours=2))
    after = (START + timedelta(seconds=3)).astimezone(east)

    (page,) = client.predictions(created_after=after, created_before=START + timedelta(seconds=6))

    assert ids(page) == made(5, 4, 3)


def test_narrowing_holds_on_every_page(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(400)))

    pages = list(client.predictions(created_after=START + timedelta(seconds=250)))

    assert [page.count for page in pages] == [100, 50]


def test_predictions_are_narrowed_by_source(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(30)))
    server.store.now = START + timedelta(days=14, seconds=10)

    (page,) = client.predictions(source=Source.WEB)

    assert ids(page) == made(20, 10)


def test_naive_instant_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        client.predictions(created_after=datetime(2026, 11, 1))  # noqa: DTZ001 - what is refused


def test_trainings_come_in_pages(server: ReplicateServer, client: Client) -> None:
    server.store.trainings.put(*map(make_prediction, range(150)))

    assert [page.count for page in client.trainings()] == [100, 50]


def test_pages_resume_at_a_stored_address(server: ReplicateServer, connect: Connect) -> None:
    server.store.predictions.put(*map(make_prediction, range(250)))
    first = next(connect().predictions())
    assert first.next is not None

    resumed = list(connect().pages(first.next))

    assert [page.count for page in resumed] == [100, 50]
    assert ids(resumed[-1])[-1] == make_id(0)


def test_page_can_be_asked_for_again(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(5)))
    page = next(client.predictions())

    assert client.page(page.address) == page


def test_records_that_arrive_between_two_pages_lose_none(
    server: ReplicateServer, client: Client
) -> None:
    server.store.predictions.put(*map(make_prediction, range(250)))
    arriving = iter(range(250, 1000))
    server.between = lambda: server.store.predictions.put(make_prediction(next(arriving)))

    seen = [id_ for page in client.predictions() for id_ in ids(page)]

    assert seen == made(*reversed(range(250)))


def test_repeated_and_mixed_records_are_given_as_they_come(
    server: ReplicateServer, client: Client
) -> None:
    server.store.predictions.put(*map(make_prediction, range(250)))
    server.store.predictions.overlap = 10

    seen = [id_ for page in client.predictions() for id_ in ids(page)]
    server.store.predictions.is_shuffled = True
    mixed = next(client.predictions())

    assert len(seen) > 250
    assert set(seen) == set(made(*range(250)))
    assert ids(mixed) != made(*reversed(range(150, 250)))
    assert set(ids(mixed)) == set(made(*range(150, 250)))


def test_record_that_ends_while_paging_is_served_as_it_is(
    server: ReplicateServer, client: Client
) -> None:
    server.store.predictions.put(make_running(0), *map(make_prediction, range(1, 150)))
    before = json.loads(client.prediction(make_id(0)))
    server.between = lambda: server.store.predictions.put(make_prediction(0))

    last = list(client.predictions())[-1]

    assert before["status"] == "processing"
    assert json.loads(last.body)["results"][-1]["status"] == "succeeded"
    assert json.loads(client.prediction(make_id(0)))["status"] == "succeeded"


def test_pages_are_fetched_ahead(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(250)))

    counts = [page.count for page in fetched_ahead(client.predictions())]

    assert counts == [100, 100, 50]


def test_single_records_are_given_as_bytes(server: ReplicateServer, client: Client) -> None:
    server.store.trainings.put(make_prediction(1))
    server.store.predictions.put(make_prediction(2))

    assert json.loads(client.training(make_id(1)))["id"] == make_id(1)
    assert json.loads(client.prediction(make_id(2)))["id"] == make_id(2)


@pytest.mark.parametrize("id_", ["nothing", "a/b", "a?b=c#d", "ü", "%2e%2e"])
def test_record_that_is_not_there_is_missing(
    server: ReplicateServer, client: Client, id_: str
) -> None:
    with pytest.raises(RecordMissing):
        client.prediction(id_)

    assert server.targets[0].startswith("/v1/predictions/")


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_id_that_would_change_the_path_is_refused(
    server: ReplicateServer, client: Client, id_: str
) -> None:
    with pytest.raises(UsageError):
        client.prediction(id_)

    assert server.requests == []


def test_deployments_come_with_their_release(server: ReplicateServer, client: Client) -> None:
    server.store.deployments = [make_deployment("idle", min_instances=1), make_deployment("b")]

    idle, other = client.deployments()

    assert idle == Deployment(
        owner="acme",
        name="idle",
        release=1,
        model="acme/model-0",
        version=VERSION,
        hardware="gpu-t4",
        min_instances=1,
        max_instances=5,
        created_at=START,
    )
    assert idle.created_at.tzinfo is UTC
    assert client.deployment("acme", "b") == other


def test_deployments_go_over_several_pages(server: ReplicateServer, client: Client) -> None:
    first = {"next": f"{server.url}/deployments?cursor=b", "results": [make_deployment("a")]}
    server.fail(Reply(body=json.dumps(first).encode()))

    assert [found.name for found in client.deployments()] == ["a", "lighthouse"]


@pytest.mark.parametrize(
    ("changes", "is_official", "version"),
    [
        ({}, False, VERSION),
        ({"is_official": True, "latest_version": None}, True, None),
        ({"is_official": None}, None, VERSION),
    ],
)
def test_model_tells_how_it_is_billed(
    server: ReplicateServer,
    client: Client,
    changes: dict[str, object],
    is_official: bool | None,
    version: str | None,
) -> None:
    server.store.models = [make_model("flux-1.1", **changes)]

    assert client.model("acme", "flux-1.1") == Model(
        owner="acme",
        name="flux-1.1",
        visibility="public",
        is_official=is_official,
        latest_version=version,
    )


def test_small_resources_are_read(client: Client) -> None:
    assert client.hardware()[1] == Hardware(sku="gpu-t4", name="Nvidia T4 GPU")
    assert client.account() == Account(type="organization", username="acme", name="Acme")
    secret = client.webhook_secret()
    assert secret == Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert "MfKQ" not in repr(secret)


def test_missing_member_is_named_and_nothing_is_quoted(
    server: ReplicateServer, client: Client
) -> None:
    deployment = make_deployment("a")
    deployment["current_release"] = {"number": 1, "model": "private-model"}
    server.store.deployments = [deployment]

    with pytest.raises(AnswerUnexpected, match=r"current_release\.version") as caught:
        list(client.deployments())

    assert "private-model" not in str(caught.value)


def test_webhook_key_of_another_form_is_not_quoted(server: ReplicateServer, client: Client) -> None:
    server.store.webhook_key = "secret-but-odd"

    with pytest.raises(AnswerUnexpected) as caught:
        client.webhook_secret()

    assert "odd" not in f"{caught.value} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:{port}/v1/predictions",
        "http://127.0.0.1:1/v1/predictions",
        "http://localhost:{port}/v1/predictions",
        "http://127.0.0.1:{port}@evil.example/v1",
        "http://user:word@127.0.0.1:{port}/v1",
        "//evil.example/v1",
        "/v1/predictions",
        "ftp://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/\x1b[2J",
        "http://[::1/",
        "",
    ],
)
def test_token_is_sent_to_no_other_origin(
    server: ReplicateServer, client: Client, address: str
) -> None:
    following = address.format(port=server.server_address[1])
    page = {"next": following, "results": []}
    server.fail(Reply(body=json.dumps(page).encode()))
    pages = client.predictions()
    next(pages)

    with pytest.raises(AddressRefused) as caught:
        next(pages)

    assert len(server.requests) == 1
    assert caught.value.where.isprintable()


def test_deployments_without_end_are_refused(server: ReplicateServer, client: Client) -> None:
    address = f"{server.url}/deployments?cursor="
    pages = [{"next": f"{address}{number}", "results": []} for number in range(2000)]
    server.fail(*(Reply(body=json.dumps(page).encode()) for page in pages))

    with pytest.raises(AnswerUnexpected, match="no end"):
        list(client.deployments())


@pytest.mark.parametrize("count", [-1, 2**31, 10**30], ids=["negative", "too-large", "huge"])
def test_counts_that_no_ledger_holds_are_refused(
    server: ReplicateServer, client: Client, count: int
) -> None:
    server.store.deployments = [make_deployment("odd", min_instances=count)]

    with pytest.raises(AnswerUnexpected, match="min_instances"):
        list(client.deployments())


def test_pages_that_run_in_a_circle_are_refused(server: ReplicateServer, client: Client) -> None:
    page = {"next": f"{server.url}/predictions?cursor={TOKEN}\u202e", "results": []}
    server.fail(Reply(body=json.dumps(page).encode()), times=5)

    with pytest.raises(AnswerUnexpected, match="circle") as caught:
        list(client.predictions())

    assert len(server.requests) == 2
    assert caught.value.where == f"{server.url}/predictions?cursor=(token not shown)"


def test_closed_client_asks_no_more(server: ReplicateServer, client: Client) -> None:
    client.close()

    with pytest.raises(ClientClosed):
        client.account()

    assert server.requests == []
