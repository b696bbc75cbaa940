"""Labels are written and read back."""

import pytest

from engine.errors import EngineError
from engine.sprint.label import SprintLabel, model_part, next_version
from model.search.declaration import OBJECTIVE, encoder_label

JOINT = OBJECTIVE["target"]
PAPER = "JointMRC-Bert-DTL-POS-GLOBAL-T6_V3_M25-E0_S0-1E_v1"


def test_a_label_is_written_as_the_papers() -> None:
    label = SprintLabel(model="JointMRC-Bert-DTL-POS-GLOBAL", fidelity="T6_V3_M25", suffix="1E", version=1)
    assert str(label) == PAPER


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


def test_a_suffix_with_a_hyphen_is_refused() -> None:
    with pytest.raises(EngineError, match="suffix"):
        SprintLabel(model="A", fidelity="T1_V1_M1", suffix="a-b")


def test_versions_count_up_per_suffix() -> None:
    taken = [("1E", 1), ("1E", 3), ("Warm", 1)]
    assert [next_version(suffix, taken) for suffix in ("1E", "Warm", "Full")] == [4, 2, 1]
