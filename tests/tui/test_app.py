import csv
from pathlib import Path

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.compare.screen import CompareScreen
from tui.dialogs.dialog import Card
from tui.drawing.styled_lines import plain, width_of
from tui.drawing.theme import INKS, THEMES, ink
from tui.shell.keymap import binding_ids
from tui.shell.palette import Palette
from tui.shell.state import Place, load_memory, save_memory
from tui.widgets.scroll_lines import ScrollLines


async def test_help_is_made_from_the_bindings_in_force(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        for key in "12345":
            await press(pilot, key)
            active = {b.binding.id for b in pilot.app.screen.active_bindings.values() if b.binding.id}
            await press(pilot, "question_mark")
            card = pilot.app.screen
            shown = {span for row in card.lines for span, _ in row}
            assert all(f"  {name}" in shown for name in active)
            await press(pilot, "escape")


async def test_help_shows_the_screens_own_keys_first_and_no_sentence_cut_off(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "1", "question_mark")
        first = screen_text(pilot)
        assert first.index("Create a thread with a form") < first.index("more lines")
        card = pilot.app.screen
        assert isinstance(card, Card)
        assert max(width_of(row) for row in card.lines) <= card.query_one(ScrollLines).container_size.width
        said = " ".join(" ".join(plain(row) for row in card.lines).split())
        assert "Show only rows that contain a text; !text excludes" in said
        titles = [plain(row) for row in card.lines if row and row[0][1] == "bold:text"]
        assert titles == ["on this screen", "in lists and texts", "on every screen", "everywhere"]
        await press(pilot, "G")
        assert "All keys can be remapped" in screen_text(pilot)
        assert "esc close" in screen_text(pilot)
        await press(pilot, "enter")
        assert pilot.app.screen is not card


async def test_a_readonly_viewer_sees_that_it_only_looks(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24), readonly=True) as pilot:
        await press(pilot, "2")
        assert "read-only" in screen_text(pilot).splitlines()[0]
        await press(pilot, "H")
        assert "change nothing" in screen_text(pilot).splitlines()[1]
        await press(pilot, "question_mark")
        rows = [plain(row) for row in pilot.app.screen.lines]
        assert any(row.endswith("Freeze the hyperparameter at a value, or unfreeze it (off)") for row in rows)
        assert "(off) not available now, or read-only" in rows
        widest = pilot.app.screen.query_one(ScrollLines).container_size.width
        assert max(map(len, rows)) <= widest


async def test_the_filter_in_force_stays_in_sight_and_says_how_to_leave(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "1", "slash", *"1E")
        assert "keep  esc clear" in screen_text(pilot)
        await press(pilot, "enter")
        top = screen_text(pilot).splitlines()[0]
        assert "threads /1E" in top
        await press(pilot, "escape")
        assert "/1E" not in screen_text(pilot).splitlines()[0]


async def test_a_remembered_filter_is_in_sight_and_can_be_edited(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "1", "slash", *"alp", "enter")
    async with open_app(ws) as pilot:
        await press(pilot, "1")
        assert "threads /alp" in screen_text(pilot).splitlines()[0]
        await press(pilot, "slash", "end", *"ha", "enter")
        assert "threads /alpha" in screen_text(pilot).splitlines()[0]


async def test_a_question_says_which_key_answers_it(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "1", "N")
        assert "take it  esc cancel" in screen_text(pilot)


async def test_every_binding_in_force_has_an_id_a_word_and_a_sentence(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        for key in "12345":
            await press(pilot, key)
            for active in pilot.app.screen.active_bindings.values():
                binding = active.binding
                if not binding.id:
                    assert active.node is pilot.app.screen or not binding.show
                else:
                    assert binding.description
                    assert binding.tooltip


async def test_the_palette_offers_the_actions_of_the_screen(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "colon")
        assert isinstance(pilot.app.screen, Palette)
        await until(pilot, lambda: "New thread" in screen_text(pilot))
        assert "Next row" not in screen_text(pilot), "what only moves the cursor comes last"
        await press(pilot, *"compare")
        await until(pilot, lambda: "Trials of" not in screen_text(pilot) and "Compare" in screen_text(pilot))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))


async def test_keys_are_remapped_by_a_file(ws: api.Workspace, open_app: Opener, tmp_path: Path) -> None:
    file = tmp_path / "config" / "trimtab" / "keys.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("app.compare: f9\n", encoding="utf-8")
    async with open_app(ws) as pilot:
        await press(pilot, "f9")
        assert isinstance(pilot.app.screen, CompareScreen)


async def test_an_unknown_binding_in_the_file_is_said_with_the_nearest(
    ws: api.Workspace, open_app: Opener, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "trimtab" / "keys.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("review.freze: F\n", encoding="utf-8")
    async with open_app(ws) as pilot:
        assert "did you mean review.freeze?" in screen_text(pilot)


def test_binding_ids_are_plentiful_and_named_by_their_screen() -> None:
    ids = binding_ids()
    assert {"review.freeze", "plan.launch", "live.stop", "threads.new", "app.quit"} <= ids
    assert all("." in name for name in ids)


@pytest.mark.parametrize("size", [(79, 24), (80, 22), (60, 18), (30, 5)])
async def test_a_screen_that_is_too_small_says_what_it_needs(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "H")
        assert " ".join(screen_text(pilot).split()) == f"Terminal too small: {size[0]}x{size[1]}, needs 80x23"
        await pilot.resize_terminal(80, 23)
        await settle(pilot)
        assert "alpha" in screen_text(pilot)


async def test_ascii_mode_sends_only_ascii(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, ascii=True) as pilot:
        for keys in (
            ("1",),
            ("2",),
            ("n", "escape"),
            ("x", "escape"),
            ("3",),
            ("4",),
            ("enter", "escape"),
            ("5",),
            ("question_mark",),
        ):
            await press(pilot, *keys)
            text = screen_text(pilot)
            assert text.isascii(), [c for c in text if not c.isascii()]


async def test_themes_go_round_and_each_has_every_ink(ws: api.Workspace, open_app: Opener) -> None:
    for theme in THEMES:
        assert all(ink(theme, name).color is not None for name in INKS)
    async with open_app(ws) as pilot:
        seen = [pilot.app.theme]
        for _ in THEMES:
            await press(pilot, "ctrl+t")
            seen.append(pilot.app.theme)
        assert set(seen) == set(THEMES)
        assert seen[0] == seen[-1]


async def test_the_screen_is_exported_as_csv_and_svg(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4", "x")
        assert any("is not running" in n.message for n in pilot.app._notifications)
        await press(pilot, "E")
        folder = ws.path / "exports"
        await until(pilot, lambda: any(folder.glob("live-*.csv")))
        rows = list(csv.reader(next(folder.glob("live-*.csv")).read_text(encoding="utf-8").splitlines()))
        assert rows[0][:2] == ["number", "state"]
        assert len(rows) == 25
        picture = next(folder.glob("live-*.svg")).read_text(encoding="utf-8")
        assert picture.startswith('<svg xml:space="preserve" ')
        assert "not&#160;running" not in picture
        assert any("ritten" in n.message for n in pilot.app._notifications)


@pytest.mark.parametrize("key", ["1", "2", "4", "5"])
async def test_an_export_holds_numbers_not_bars(ws: api.Workspace, open_app: Opener, key: str) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, key)
        await settle(pilot)
        await press(pilot, "E")
        folder = ws.path / "exports"
        await until(pilot, lambda: any(folder.glob("*.csv")))
        text = next(folder.glob("*.csv")).read_text(encoding="utf-8")
        assert len(text.splitlines()) > 1
        assert not set(text) & set("▁▂▃▄▅▆▇█▓╳"), text
        if key == "2":
            counts = next(row for row in csv.reader(text.splitlines()) if "weight_decay" in row[0])[2]
            assert sum(map(int, counts.split())) == 24


async def test_a_store_that_cannot_be_read_is_a_state_on_the_screen(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_ws: api.Workspace) -> int:
        raise OSError("disk gone")

    async with open_app(ws) as pilot:
        monkeypatch.setattr(api, "latest_event", broken)
        await pilot.pause(0.8)
        await settle(pilot)
        assert "! store: disk gone" in screen_text(pilot)


async def test_a_read_that_fails_is_a_state_on_the_screen_until_one_succeeds(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_ws: api.Workspace, **_options: object) -> list[api.ThreadView]:
        raise OSError("disk gone\nsecond line")

    async with open_app(ws) as pilot:
        with monkeypatch.context() as patched:
            patched.setattr(api, "list_threads", broken)
            await press(pilot, "ctrl+l")
            assert "! OSError: disk gone" in screen_text(pilot)
        await press(pilot, "ctrl+l")
        assert "disk gone" not in screen_text(pilot).splitlines()[0]


async def test_two_threads_are_compared_stage_by_stage(ws: api.Workspace, open_app: Opener, tmp_path: Path) -> None:
    from tests.tui.conftest import THREAD, fill

    file = tmp_path / "beta.yaml"
    file.write_text(THREAD.replace("alpha", "beta"), encoding="utf-8")
    api.create_thread(ws, api.load_thread_file(file))
    fill(ws, api.create_sprint(ws, api.default_plan(ws, "beta", "1E")).id, 9)
    fill(ws, api.create_sprint(ws, api.default_plan(ws, "beta", "Warm")).id, 9)
    fill(ws, api.create_sprint(ws, api.default_plan(ws, "alpha", "Warm")).id, 9)
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "5")
        text = screen_text(pilot)
        for word in ("1E", "WARM", "(1)", "alpha", "beta", "1E and Warm"):
            assert word in text, text


async def test_a_workspace_that_fails_to_open_closes_the_interface_with_the_reason(
    ws: api.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.app import TrimtabApp
    from tui.options import Options

    def broken(*_arguments: object, **_options: object) -> api.Workspace:
        raise OSError("disk gone")

    monkeypatch.setattr(api, "open_workspace", broken)
    app = TrimtabApp(Options(workspace=ws.path))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.problem is not None)
    assert "disk gone" in str(app.problem)


async def test_the_first_frame_waits_for_neither_screen_nor_store(ws: api.Workspace) -> None:
    from tui.app import TrimtabApp
    from tui.options import Options
    from tui.shell.splash import FirstScreen

    app = TrimtabApp(Options(workspace=ws.path))
    first: list[object] = []
    app.call_after_refresh = lambda *_arguments, **_options: first.append(app.screen) or True  # type: ignore[method-assign]
    async with app.run_test() as pilot:
        assert isinstance(first[0], FirstScreen)
        assert "Reading" in screen_text(pilot)
        assert not app.ready


async def test_a_first_start_shows_hints_until_someone_hides_them(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, guide=None) as pilot:
        assert "→ A thread is a series of sprints" in screen_text(pilot)
        for keys in (("4",), ("2", "d")):
            await press(pilot, *keys)
            await settle(pilot)
            assert " → " in screen_text(pilot)
        await press(pilot, "1", "H")
        await until(pilot, lambda: " → " not in screen_text(pilot))
        await press(pilot, "5")
        await settle(pilot)
        assert " → " not in screen_text(pilot)
    async with open_app(ws, guide=None) as pilot:
        assert " → " not in screen_text(pilot)
        await press(pilot, "H")
        await settle(pilot)
        assert " → " in screen_text(pilot)
    async with open_app(ws, guide=None) as pilot:
        assert " → " in screen_text(pilot)


def test_who_has_used_it_before_there_were_hints_sees_none(tmp_path: Path) -> None:
    kept = tmp_path / "state.json"
    kept.write_text('{"theme": "", "workspaces": {"/w": {"mode": "live"}}}')
    assert not load_memory(Path("/w"), kept).hints
    assert load_memory(Path("/w"), tmp_path / "none.json").hints


async def test_a_dialog_names_the_key_of_its_help_only_where_it_opens_it(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        for keys, asking, word in ((("2", "n"), "?", "question_mark"), (("1", "N"), "f1", "f1")):
            await press(pilot, *keys)
            dialog = pilot.app.screen
            row = next(row for row in screen_text(pilot).splitlines() if "esc cancel" in row)
            assert f" {asking} help" in row
            await press(pilot, word)
            assert isinstance(pilot.app.screen, Card)
            assert "Close without changes" in screen_text(pilot)
            await press(pilot, "escape")
            assert pilot.app.screen is dialog
            await press(pilot, "escape")


async def test_what_is_wrong_in_the_key_file_is_set_aside_and_the_rest_holds(
    ws: api.Workspace, open_app: Opener, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "trimtab" / "keys.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("review.freze: F\napp.compare: f9\nlive.stop: [x]\n", encoding="utf-8")
    async with open_app(ws) as pilot:
        assert "did you mean review.freeze?" in screen_text(pilot)
        assert "e.g. live.stop: F" in screen_text(pilot)
        await press(pilot, "f9")
        assert isinstance(pilot.app.screen, CompareScreen)


@pytest.mark.parametrize("damage", [b"\xff\xfe\x00", b"a: [", b"a: 2024-13-45\n", b"- x\n", b"\0" * 70_000])
async def test_a_damaged_key_file_never_stops_the_interface(
    damage: bytes, ws: api.Workspace, open_app: Opener, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "trimtab" / "keys.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(damage)
    async with open_app(ws) as pilot:
        assert "keys.yaml" in screen_text(pilot)
    assert file.read_bytes() == damage, "a person's own file stays where it is"


@pytest.mark.parametrize("damage", [b"{", b"\xff", b"[1]", b'{"workspaces": 3}', b"[" * 100_000, b""])
async def test_a_damaged_state_file_is_set_aside_and_said(
    damage: bytes, ws: api.Workspace, open_app: Opener, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "trimtab" / "state.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(damage)
    async with open_app(ws) as pilot:
        assert "state.json.damaged" in screen_text(pilot)
    assert (file.parent / "state.json.damaged").read_bytes() == damage
    assert load_memory(Path("/w"), file).notice == ""


def test_odd_values_in_a_sound_state_file_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    place = '{"thread": 3, "sprint": true, "dimension": null, "mode": [], "filters": {"live": 1}, "top_k": 1e99}'
    file.write_text(f'{{"theme": 7, "hints": "x", "workspaces": {{"/w": {place}, "/v": 5}}}}', encoding="utf-8")
    assert load_memory(Path("/w"), file).place == Place()
    assert load_memory(Path("/v"), file).place == Place()
    save_memory(load_memory(Path("/w"), file), Path("/w"), file)
    assert load_memory(Path("/w"), file).notice == ""
