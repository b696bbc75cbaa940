"""Pages of a log: any place of any file, in bounded work."""

import io
from pathlib import Path

import pytest

from engine.logs import pages
from engine.logs.pages import LogPage, find_line, read_page
from engine.progress import CalledOff, watched

LINES = [f"line {n} " + "x" * (n % 7) for n in range(200)]


@pytest.fixture(params=[1 << 16, 7])
def log(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of 200 lines, read in blocks larger than it and smaller than a line."""
    monkeypatch.setattr(pages, "BLOCK", request.param)
    monkeypatch.setattr(pages, "SEARCH_BLOCK", request.param + 5)
    path = tmp_path / "log.txt"
    path.write_text("\n".join(LINES) + "\n")
    return path


def texts(page: LogPage) -> list[str]:
    return [line.text for line in page.lines]


def test_a_page_has_the_lines_around_an_offset(log: Path) -> None:
    start = log.read_text().index("line 100 ")
    for offset in (start, start + 4, start + len(LINES[100])):
        assert texts(read_page(log, offset, 3, 2)) == LINES[97:102]
    page = read_page(log, start, 0, 1)
    assert (page.is_first, page.is_last, page.lines[0].start) == (False, False, start)


def test_pages_end_at_both_ends_of_the_file(log: Path) -> None:
    size = log.stat().st_size
    assert texts(read_page(log, 0, 5, 2)) == LINES[:2]
    assert read_page(log, 0, 5, 2).is_first
    for offset in (size, size + 10**9):
        page = read_page(log, offset, 3, 9)
        assert texts(page) == LINES[-3:]
        assert page.is_last
    assert texts(read_page(log, 0, 0, 10**4)) == LINES


def test_every_page_of_a_walk_joins_the_one_before(log: Path) -> None:
    offset, seen = 0, []
    while True:
        page = read_page(log, offset, 0, 7)
        seen += texts(page)
        if page.is_last:
            break
        offset = page.lines[-1].end
    assert seen == LINES


def test_a_search_finds_each_line_once_in_both_directions(log: Path) -> None:
    text = log.read_text()
    wanted = [text.index(f"line {n} ") for n in (19, *range(190, 200))]
    found, offset = [], 0
    while (at := find_line(log, "LINE 19".lower(), offset)) is not None:
        found.append(at)
        offset = read_page(log, at, 0, 1).lines[0].end
    assert found == wanted
    found, offset = [], 1 << 62
    while (at := find_line(log, "line 19", offset, forward=False)) is not None:
        found.append(at)
        offset = at
    assert found == wanted[::-1]


def test_a_text_with_capitals_is_found_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("an error\nAn Error\n")
    assert find_line(path, "Error", 0) == 9
    assert find_line(path, "error", 0) == 0
    assert find_line(path, "none", 0) is None
    assert find_line(path, "", 0) is None


def test_a_search_that_nobody_waits_for_ends(log: Path) -> None:
    def leave(*_: object) -> None:
        raise CalledOff

    with watched(leave), pytest.raises(CalledOff):
        find_line(log, "nothing", 0)


def test_a_progress_bar_is_one_line_in_its_last_state(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    bar = "".join(f"\r{n}%" for n in range(5000))
    path.write_bytes(f"before\r\n{bar}\r\nafter".encode())
    assert texts(read_page(path, 0, 0, 9)) == ["before", "4999%", "after"]


def test_of_a_very_long_line_both_ends_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("a" * 10**6 + "the end\nnext\n")
    first, second = texts(read_page(path, 500_000, 0, 2))
    assert first.startswith("aaa")
    assert first.endswith("the end")
    assert "bytes left out" in first
    assert second == "next"


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the kernel does not count what was read")
def test_a_page_of_a_hundred_megabytes_reads_little(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with path.open("wb") as file:
        file.truncate(10**8)
        file.seek(0, io.SEEK_END)
        file.write(b"\n" + b"tail\n" * 1000)

    def n_read() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    before = n_read()
    assert texts(read_page(path, 10**9, 50, 0)) == ["tail"] * 50
    assert n_read() - before < 10**7


def test_no_file_is_an_empty_page(tmp_path: Path) -> None:
    page = read_page(tmp_path / "none", 0, 5, 5)
    assert (page.lines, page.is_first, page.is_last) == ((), True, True)
    assert find_line(tmp_path / "none", "x", 0) is None
