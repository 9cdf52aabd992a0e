"""The catalogue of observed hardware: what it says, when it is silent, and where it may change."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.catalogue import WINDOW, Catalogue, Observation, read_catalogue, shipped_catalogue
from pricing.error import MalformedFile
from pricing.rate import Confidence

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
WITHDRAWN_AFTER = {
    "gpu-a100-small": datetime(2024, 11, 15, tzinfo=UTC),
    "gpu-a40-small": datetime(2025, 12, 1, tzinfo=UTC),
    "gpu-a40-large": datetime(2025, 12, 1, tzinfo=UTC),
}
SOLD_FROM = {
    "gpu-l40s": datetime(2024, 11, 15, tzinfo=UTC),
    "gpu-h100": datetime(2025, 5, 16, tzinfo=UTC),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_sold_at(instant: datetime) -> Callable[[str], bool]:
    def is_sold(sku: str) -> bool:
        is_gone = sku in WITHDRAWN_AFTER and instant >= WITHDRAWN_AFTER[sku]
        return not is_gone and instant >= SOLD_FROM.get(sku, instant)

    return is_sold


def always(sku: str) -> bool:
    return bool(sku)


def seen(sku: str, day: str | None, *, line: int = 1, days: int = 1) -> Observation:
    start = at(day) if day else None
    end = start + days * DAY if start else None
    return Observation("owner/name", sku, sku, start, end, "here", Confidence.MEDIUM, line)


def answer(catalogue: Catalogue, instant: datetime, *, model: str = "owner/name") -> str | None:
    found = catalogue.observed_sku(model, instant, is_sold_at(instant))
    return found.sku if found else None


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return shipped_catalogue()


def test_shipped_catalogue_holds_every_observation(shipped: Catalogue) -> None:
    assert len(shipped.models) == 165
    assert sum(len(shipped.observations(model)) for model in shipped.models) == 200


@pytest.mark.parametrize(
    ("model", "day", "sku"),
    [
        pytest.param("stability-ai/sdxl", "2024-05-02", "gpu-a40-large", id="near-the-older"),
        pytest.param("stability-ai/sdxl", "2026-08-01", "gpu-l40s", id="near-the-newer"),
        pytest.param("stability-ai/sdxl", "2025-06-01", None, id="far-from-both-and-both-sold"),
        pytest.param("stability-ai/sdxl", "2025-12-02", "gpu-l40s", id="only-the-newer-is-sold"),
        pytest.param("cjwbw/rembg", "2025-02-01", "gpu-l40s", id="a-sighting-of-that-year"),
        pytest.param("openai/whisper", "2025-09-01", "gpu-t4", id="far-from-all-but-agreed"),
        pytest.param("meta/musicgen", "2024-06-11", "gpu-a100-small", id="dated-beats-undated"),
        pytest.param("meta/musicgen", "2023-06-01", None, id="undated-contradicts"),
        pytest.param("asppj/cog-comfyui-img", "2026-10-01", "gpu-t4", id="undated-alone"),
        pytest.param("ai-forever/kandinsky-2.2", "2026-10-01", None, id="tier-withdrawn"),
        pytest.param("nobody/nothing", "2026-10-01", None, id="never-seen"),
    ],
)
def test_shipped_catalogue_answers_for_real_models(
    shipped: Catalogue, model: str, day: str, sku: str | None
) -> None:
    assert answer(shipped, at(day), model=model) == sku


def test_nearer_sighting_wins_and_says_what_it_beat() -> None:
    catalogue = Catalogue([seen("gpu-t4", "2026-01-01"), seen("gpu-l40s", "2026-04-01", line=2)])
    found = catalogue.observed_sku("owner/name", at("2026-03-20"), always)
    assert found is not None
    assert found.sku == "gpu-l40s"
    assert found.note == "seen 2026-04-01, within 183 days; nearer than gpu-t4 (seen 2026-01-01)"


def test_sighting_of_a_day_beats_one_of_its_year_on_that_day() -> None:
    year = seen("gpu-t4", "2026-01-01", days=365)
    catalogue = Catalogue([year, seen("gpu-l40s", "2026-04-01", line=2)])
    assert answer(catalogue, at("2026-04-01")) == "gpu-l40s"
    assert answer(catalogue, at("2026-04-02")) == "gpu-t4"


@pytest.mark.parametrize(
    ("instant", "sku"),
    [
        pytest.param(at("2026-01-01") - WINDOW - MICROSECOND, None, id="before"),
        pytest.param(at("2026-01-01") - WINDOW, "gpu-t4", id="first"),
        pytest.param(at("2026-01-02") + WINDOW - MICROSECOND, "gpu-t4", id="last"),
        pytest.param(at("2026-01-02") + WINDOW, None, id="after"),
    ],
)
def test_window_is_half_open(instant: datetime, sku: str | None) -> None:
    catalogue = Catalogue([seen("gpu-t4", "2026-01-01"), seen("gpu-l40s", None, line=2)])
    assert answer(catalogue, instant) == sku


def test_lasting_answer_names_the_tier_and_its_last_date() -> None:
    catalogue = Catalogue([seen("gpu-t4", "2024-01-01"), seen("gpu-t4", "2025-01-01", line=2)])
    found = catalogue.observed_sku("owner/name", at("2026-10-01"), always)
    assert found is not None
    assert found.line == 2
    assert found.note == ("seen 2025-01-01; the tier is sold and no other sighting contradicts")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param('sku = "gpu-t4"', "model is no text", id="no-model"),
        pytest.param('model = "a/b"\nsku = 4', "sku is no text", id="sku-of-wrong-type"),
        pytest.param(
            'model = "a/b"\nsku = "gpu-t4"\nhardware = "T4"\nseen_from = 2026-01-01',
            "seen_from is no instant in UTC",
            id="day-for-instant",
        ),
        pytest.param(
            'model = "a/b"\nsku = "c"\nhardware = "T4"\nsource = "s"\nconfidence = "some"',
            "confidence is unknown",
            id="unknown-confidence",
        ),
    ],
)
def test_malformed_observation_is_told_with_its_line(text: str, wanted: str) -> None:
    with pytest.raises(MalformedFile, match=f"my.toml, line 3: {wanted}"):
        read_catalogue(f"# A comment.\n\n[[observation]]\n{text}\n", "my.toml")


FIRST = at("2023-01-01")
SPANS = st.builds(
    lambda days, length: (FIRST + days * DAY, FIRST + (days + length) * DAY),
    st.integers(0, 1460),
    st.sampled_from([1, 365]),
)


def sighting(
    sku: str, span: tuple[datetime, datetime] | None, confidence: Confidence, line: int
) -> Observation:
    start, end = span or (None, None)
    return Observation("owner/name", sku, sku, start, end, "here", confidence, line)


OBSERVATIONS = st.lists(
    st.builds(
        sighting,
        st.sampled_from(["gpu-t4", "gpu-l40s", "gpu-h100"]),
        st.none() | SPANS,
        st.sampled_from(list(Confidence)),
        st.integers(1, 99),
    ),
    max_size=6,
)
INSTANTS = st.integers(-365 * 24, 2190 * 24).map(lambda hours: FIRST + hours * DAY / 24)


@given(OBSERVATIONS, INSTANTS)
def test_answer_is_constant_between_breakpoints(
    observations: list[Observation], instant: datetime
) -> None:
    catalogue = Catalogue(observations)
    earlier = [point for point in catalogue.breakpoints("owner/name") if point <= instant]
    if not earlier:
        return
    here = catalogue.observed_sku("owner/name", instant, always)
    assert here == catalogue.observed_sku("owner/name", earlier[-1], always)


@given(OBSERVATIONS, INSTANTS)
def test_order_of_the_file_changes_no_answer(
    observations: list[Observation], instant: datetime
) -> None:
    by_line = {one.line: one for one in observations}
    forwards = Catalogue([by_line[line] for line in sorted(by_line)])
    backwards = Catalogue([by_line[line] for line in sorted(by_line, reverse=True)])
    assert answer(forwards, instant) == answer(backwards, instant)


@given(OBSERVATIONS, INSTANTS)
def test_tier_that_is_not_sold_is_never_named(
    observations: list[Observation], instant: datetime
) -> None:
    found = Catalogue(observations).observed_sku("owner/name", instant, lambda sku: sku == "gpu-t4")
    assert found is None or found.sku == "gpu-t4"


def test_sightings_made_later_are_not_known() -> None:
    catalogue = Catalogue([seen("gpu-t4", "2024-01-01"), seen("gpu-l40s", "2025-01-01", line=2)])

    known = catalogue.as_known_on(at("2025-01-01T23:59:59"))

    assert [one.sku for one in known.observations("owner/name")] == ["gpu-t4"]
    assert answer(known, at("2025-01-01")) == "gpu-t4"
    assert answer(catalogue.as_known_on(at("2025-01-02")), at("2025-01-01")) == "gpu-l40s"


def test_undated_sightings_are_always_known() -> None:
    known = Catalogue([seen("gpu-t4", None)]).as_known_on(at("2020-01-01"))

    assert [one.sku for one in known.observations("owner/name")] == ["gpu-t4"]
