"""What a training script can be told from outside: its options, as each command-line library spells them."""

from dataclasses import dataclass
from typing import Literal

from engine.values import Value

OptionKind = Literal["float", "int", "bool", "text"]
"""What an option's value is."""

Passing = Literal[
    "separate",
    "joined",
    "assigned",
    "positional",
    "switch",
    "switch-off",
    "switch-pair",
    "constant",
    "asked",
    "written",
]
"""How a value reaches the script: ``--lr 0.1``, ``--lr=0.1``, ``model.lr=0.1``, ``0.1``, ``--amp`` or nothing, nothing
or ``--no-amp``, ``--amp`` or ``--no-amp``, a module-level constant of a copy of the script, the script asks
``trimtab.params``, or not at all: it is written where it is used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One option of a training script.

    Attributes:
        name: As the script knows it: ``batch_size``, ``model.optimizer.lr``.
        passing: How its value reaches the script.
        flag: What stands before the value: ``--batch-size``, ``-b``, ``model.optimizer.lr``; empty for positionals.
            The flag of a ``switch-off`` makes its value false.
        off_flag: The other flag of a ``switch-pair``.
        kind: What its value is; None where the script does not say.
        default: Its default, where that is written as a literal.
        choices: The only values it takes; empty where there is no list.
        low: Lowest value the script allows, where it says so.
        high: Highest value the script allows, where it says so.
        required: Whether the script does not run without it.
        is_list: Whether it takes several values.
        spells_booleans: How ``--flag VALUE`` spells true and false, for a bool that takes a value.
        file: Script or configuration file that defines it.
        line: Line in that file; 0 where unknown.
        metavar: What the script calls its value, such as ``PATH``.
        help: The script's own words about it.
    """

    name: str
    passing: Passing
    flag: str = ""
    off_flag: str = ""
    kind: OptionKind | None = None
    default: Value | None = None
    choices: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False
    is_list: bool = False
    spells_booleans: tuple[str, str] = ("true", "false")
    file: str = ""
    line: int = 0
    metavar: str = ""
    help: str = ""

    @property
    def is_stuck(self) -> bool:
        """Whether it is a switch that is set already, so that no word of a command changes its value."""
        return (self.passing == "switch" and self.default is True) or (
            self.passing == "switch-off" and self.default is False
        )

    @property
    def key(self) -> str:
        """The name in lower case with underscores, without the groups before the last dot."""
        return self.name.rpartition(".")[2].replace("-", "_").lower()

    def words(self, value: str) -> str:
        """The words of a command that pass ``value``, a word or a placeholder's inside such as ``lr``."""
        if self.passing == "separate":
            return f"{self.flag} {value}"
        if self.passing in ("joined", "assigned"):
            return f"{self.flag}={value}"
        return value

    def placeholder(self, name: str) -> str:
        """The words of a command template that pass the hyperparameter ``name``."""
        if self.passing == "switch":
            return f"{{{name}:?{self.flag}}}"
        if self.passing == "switch-off":
            return f"{{{name}:?|{self.flag}}}"
        if self.passing == "switch-pair":
            return f"{{{name}:{self.flag}|{self.off_flag}}}"
        if self.kind == "bool":
            return self.words(f"{{{name}:{'|'.join(self.spells_booleans)}}}")
        return self.words(f"{{{name}}}")
