"""Labels are written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.sprint.label import SprintLabel, model_part, next_version, parse_label, slug
from model.search.declaration import OBJECTIVE, encoder_label

JOINT = OBJECTIVE["target"]
PAPER = "JointMRC-Bert-DTL-POS-GLOBAL-T6_V3_M25-E0_S0-1E_v1"


def test_the_papers_label_is_read_and_written() -> None:
    label = parse_label(PAPER)
    assert label == SprintLabel(model="JointMRC-Bert-DTL-POS-GLOBAL", fidelity="T6_V3_M25", suffix="1E", version=1)
    assert str(label) == PAPER


@given(
    st.text(min_size=1, max_size=40),
    st.integers(1, 99),
    st.integers(1, 99),
    st.integers(1, 400),
    st.integers(0, 50),
    st.integers(0, 10**6),
    st.from_regex(r"[\w.+]+", fullmatch=True),
    st.integers(1, 500),
)
def test_every_label_reads_back_as_it_was_written(
    thread: str, train: int, val: int, epochs: int, epoch: int, step: int, suffix: str, version: int
) -> None:
    label = SprintLabel(
        model=slug(thread),
        fidelity=f"T{train}_V{val}_M{epochs}",
        epoch=epoch,
        step=step,
        suffix=suffix,
        version=version,
    )
    assert parse_label(str(label)) == label


def test_a_model_part_that_looks_like_a_label_does_not_confuse_the_reader() -> None:
    label = SprintLabel(model=PAPER, fidelity="T1_V1_M25", epoch=7, step=1234, suffix="25E+Cal", version=12)
    assert parse_label(str(label)) == label


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ({"type": "JointMRC", "encoder": "bert-base-cased", "dtl": True, "pos": True}, "JointMRC-Bert-DTL-POS-GLOBAL"),
        (
            {
                "type": "JointMRC",
                "encoder": "allenai/longformer-base-4096",
                "pos": True,
                "dtl": True,
                "grouping": "LR0-L2",
            },
            "JointMRC-Long-DTL-LR0-L2",
        ),
        ({"type": "JointMRC", "encoder": "bert-base-cased", "asl": True, "pos": True}, "JointMRC-Bert-ASL-POS-GLOBAL"),
        ({"type": "Mention", "encoder": "minilm", "asl": False}, "Mention-MiniLM-GLOBAL"),
        ({"type": "JointGRC", "encoder": "/data/My Encoder/"}, "JointGRC-My-Encoder-GLOBAL"),
        ({}, "A-thread-of-mine"),
        ({"type": "MLP", "solver": "adam"}, "A-thread-of-mine"),
        ({"type": "JointMRC", "grouping": "LR0-L2"}, "JointMRC-LR0-L2"),
    ],
)
def test_the_model_part_names_type_variant_and_partitioning(model: dict[str, object], part: str) -> None:
    assert model_part("A thread / of mine", JOINT, model) == part


def test_another_objective_is_named_by_its_thread_whatever_its_options() -> None:
    model = {"type": "JointMRC", "encoder": "tiny", "pos": True}
    assert model_part("A thread / of mine", "mine:Net", model) == "A-thread-of-mine"


def test_the_papers_encoders_have_their_short_names() -> None:
    assert [encoder_label(e) for e in ("bert-base-cased", "allenai/longformer-base-4096", "minilm", "tiny")] == [
        "Bert",
        "Long",
        "MiniLM",
        "Tiny",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "must look like"),
        ("A-T6_V3_M25-E0_S0-1E", "suffix and a version"),
        ("A-T6_V3_M25-X0-1E_v1", "initialization"),
        ("A-T6_V3-E0_S0-1E_v1", "max_epochs"),
        ("A-T0_V3_M25-E0_S0-1E_v1", "fidelity"),
    ],
)
def test_what_is_no_label_is_refused_with_the_part_that_is_wrong(text: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        parse_label(text)


def test_a_suffix_with_a_hyphen_is_refused() -> None:
    with pytest.raises(EngineError, match="suffix"):
        SprintLabel(model="A", fidelity="T1_V1_M1", suffix="a-b")


def test_versions_count_up_per_suffix() -> None:
    taken = [("1E", 1), ("1E", 3), ("Warm", 1)]
    assert [next_version(suffix, taken) for suffix in ("1E", "Warm", "Full")] == [4, 2, 1]
