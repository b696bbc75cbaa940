"""``trimtab model``: look at a model configuration, or make an encoder."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from model.boundary.console import visible_console
from model.boundary.streams import json_text
from model.thread_file import parse_settings, read_thread_file


@click.group(name="model", help="Parameter groups of a configuration; encoders for long documents.")
def model() -> None:
    """The group that model/cli.py mounts."""


@model.command(help="Show the parameter groups of a thread FILE's model, with rates and counts.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A model option or hyperparameter.")
@click.option("--names", is_flag=True, help="Also the name of every parameter.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def groups(file: Path, settings: tuple[str, ...], names: bool, as_json: bool) -> int:
    """The command."""
    from model.config import ModelConfig
    from model.data.schema import LabelSchema
    from model.encoder.loading import load_encoder
    from model.hyperparameters import Hyperparameters
    from model.losses.total import MultitaskLoss
    from model.network.joint import JointModel
    from model.optim.groups import parameter_groups, refuse_absent_layers

    thread = read_thread_file(file)
    given = parse_settings(settings)
    options = {
        key: value for key, value in given.items() if key in ModelConfig.__dataclass_fields__ and key != "dropout"
    }
    config = thread.model_config(options)
    hyperparameters = Hyperparameters.from_params({k: v for k, v in given.items() if k not in options}, config)
    # DocRED's counts: what matters here is which parameters there are, not what the types are called.
    schema = LabelSchema(
        entity_types=tuple(f"e{i}" for i in range(6)), relation_types=tuple(f"r{i}" for i in range(96))
    )
    network = JointModel(load_encoder(config.encoder, thread.base_dir).network, config, schema)
    loss = MultitaskLoss(config, hyperparameters)
    found = [*parameter_groups(network, config.grouping), *parameter_groups(loss, config.grouping)]
    refuse_absent_layers(found, hyperparameters)
    rows: list[dict[str, Any]] = [
        {
            "group": group.name,
            "l2": group.decays,
            "n_tensors": len(group.parameters),
            "n_parameters": group.n_parameters,
            "lr": hyperparameters.rate("lr", group.name),
            "weight_decay": hyperparameters.rate("weight_decay", group.name) if group.decays else 0.0,
            "names": list(group.parameters),
        }
        for group in found
    ]
    if as_json:
        click.echo(json_text({"grouping": config.grouping, "groups": rows}))
        return 0
    table = Table(box=None, title=f"{config.grouping} · {config.type} on {config.encoder}", title_justify="left")
    for name in ("group", "L2", "tensors", "parameters", "lr", "weight decay"):
        table.add_column(name, justify="left" if name in ("group", "L2") else "right")
    for row in rows:
        table.add_row(
            row["group"],
            "yes" if row["l2"] else "no",
            str(row["n_tensors"]),
            f"{row['n_parameters']:,}",
            f"{row['lr']:g}",
            f"{row['weight_decay']:g}" if row["l2"] else "–",
        )
        for name in row["names"] if names else ():
            table.add_row(f"  {name}")
    table.add_section()
    table.add_row("all", "", str(sum(r["n_tensors"] for r in rows)), f"{sum(r['n_parameters'] for r in rows):,}")
    visible_console().print(table)
    return 0


@model.group(help="Make encoders.")
def encoder() -> None:
    """The subgroup."""


@encoder.command(help="Turn the BERT-like encoder NAME into a Longformer one in FOLDER.")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--positions", default=4096, show_default=True, type=click.IntRange(2), help="Pieces a document may have."
)
@click.option("--window", default=256, show_default=True, type=click.IntRange(2), help="Pieces a piece attends to.")
def stretch(name: str, folder: Path, positions: int, window: int) -> int:
    """The command."""
    from model.encoder.loading import load_encoder
    from model.encoder.longformer import encoder_output, save_encoder
    from model.encoder.longformer import stretch as stretch_encoder

    encoder_output(folder).check_folder()
    source = load_encoder(name)
    save_encoder(stretch_encoder(source, positions=positions, window=window), source.tokenizer, folder, positions)
    visible_console().print(f"{folder}: {name} with {positions} positions, window {window}", highlight=False)
    return 0
