"""The settings file and ``trimtab config``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import api
from tui.cli import settings_given, trimtab
from tui.shell.settings import SETTINGS, load_settings, set_setting, settings_file, settings_schema


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(trimtab, ["config", *words])
    return result.exit_code, result.output


def test_settings_are_set_shown_and_read_back_with_comments_kept() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("# mine\ntheme: dark  # at night\n", encoding="utf-8")
    assert run("set", "theme", "light") == (0, "theme: light\n")
    assert run("set", "mouse", "false")[0] == 0
    text = settings_file().read_text(encoding="utf-8")
    assert "# mine" in text
    assert "# at night" in text
    assert load_settings() == ({"theme": "light", "mouse": False}, [])
    assert run("get", "theme") == (0, "light\n")
    assert "(default)" in run("show")[1]
    assert run("path")[1].strip() == str(settings_file())


def test_what_is_wrong_in_the_file_is_said_and_the_rest_holds() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("thme: dark\nmouse: perhaps\nascii: true\n", encoding="utf-8")
    values, problems = load_settings()
    assert values == {"ascii": True}
    assert "did you mean theme" in str(problems[0])
    assert "line 2: mouse must be true or false" in str(problems[1])
    settings_file().write_text("- a\n- b\n", encoding="utf-8")
    assert settings_given()[0] == {}


@pytest.mark.parametrize(("name", "value"), [("interval", "0.1"), ("theme", "pink"), ("nothing", "1"), ("mouse", "1")])
def test_a_value_that_cannot_be_is_refused_before_anything_is_written(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(api.EngineError):
        set_setting(name, value, tmp_path / "settings.yaml")
    assert not list(tmp_path.glob("settings*"))


def test_the_schema_tells_every_setting() -> None:
    schema = json.loads(run("schema")[1])
    assert schema == settings_schema()
    assert set(schema["properties"]) == set(SETTINGS)
    assert schema["properties"]["interval"]["minimum"] == 0.25
    assert schema["additionalProperties"] is False
