"""Tags in a webhook's address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costing.ingest.record import read_record
from costing.ingest.stage_row import StageRow
from costing.ingest.tag import MOST_TAG_CHARACTERS, MOST_TAGS
from costing.service.tag import put_beneath, read_tags
from tests.service.running import prediction

TEXT = st.text(max_size=MOST_TAG_CHARACTERS + 2)
TAGS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), st.just("x"), max_size=150)


def _row(tags: dict[str, str]) -> StageRow:
    row = read_record(prediction(tags=tags, metrics={}), line=1)
    assert isinstance(row, StageRow)
    return row


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_tags_that_are_kept_could_be_a_records_own(pairs: list[tuple[str, str]]) -> None:
    address = read_tags(pairs)

    assert _row(dict(address.tags)).tags == address.tags


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_every_pair_is_a_tag_or_counted(pairs: list[tuple[str, str]]) -> None:
    address = read_tags(pairs)
    legal = [pair for pair in pairs if pair not in address.tags.items()]

    assert address.left_out <= len(legal)
    assert len({key for key, _ in pairs}) <= len(address.tags) + address.left_out


@given(TAGS, TAGS)
def test_records_own_tags_count_more_and_all_stay(
    own: dict[str, str], more: dict[str, str]
) -> None:
    own = {key: f"own {key}" for key in list(own)[:MOST_TAGS]}

    merged = put_beneath(_row(own), more).tags

    assert own.items() <= merged.items()
    assert merged.keys() <= own.keys() | more.keys()
    assert len(merged) == min(max(MOST_TAGS, len(own)), len(own.keys() | more.keys()))
