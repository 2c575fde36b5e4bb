"""Files of votes, good and hostile, and `swarm consensus rank`."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.consensus import csv_columns, votes_file
from swarm_env.consensus.bradley_terry import fit
from swarm_env.consensus.votes_file import read_votes

from swarm_env.errors import ConfigError
from tests.cli.programs import swarm

VOTES = """winner,loser,rater,weight,tie,first
ant,bee,r1,1,,ant
bee,cat,r1,2,no,cat
 ant , cat ,r2,1.5,0,
cat,ant,r2,1,true,cat
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "votes.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def test_all_columns_are_read(write):
    found = read_votes(write(VOTES))
    assert found.items == ("ant", "bee", "cat") and found.raters == ("r1", "r2")
    assert found.winner.tolist() == [0, 1, 0, 2] and found.loser.tolist() == [1, 2, 2, 0]
    assert found.weight is not None and found.weight.tolist() == [1.0, 2.0, 1.5, 1.0]
    assert found.tie is not None and found.tie.tolist() == [False, False, False, True]
    assert found.rater is not None and found.rater.tolist() == [0, 0, 1, 1]
    assert found.slot is not None and found.slot.tolist() == [0, 1, -1, 0]


def test_two_columns_are_enough_in_any_order_among_more(write):
    found = read_votes(write("time,Loser, WINNER \n12:00,b,a\n\n12:01,a,c\n"))
    assert found.items == ("a", "b", "c")
    assert found.winner.tolist() == [0, 2] and found.loser.tolist() == [1, 0]
    assert [found.weight, found.tie, found.rater, found.slot] == [None] * 4


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfwinner,loser\r\na,b\r\n",
        "winner,loser\na,b",
        'winner,loser\n"a","b"\n,\n\n',
        "winner,loser\n a,b \n",
    ],
    ids=["BOM and CRLF", "no last newline", "quotes and empty lines", "spaces"],
)
def test_files_as_programs_write_them(write, text):
    found = read_votes(write(text))
    assert found.items == ("a", "b") and found.winner.tolist() == [0]


def test_names_may_hold_commas_quotes_and_any_script(write):
    found = read_votes(write('winner,loser\n"a, b","say ""no"""\nжук,蟻\n'))
    assert found.items == ("a, b", 'say "no"', "жук", "蟻")


def test_a_file_with_only_names_of_columns_has_no_votes(write, capsys):
    found = read_votes(write("winner,loser,weight\n"))
    assert found.items == () and len(found.winner) == 0
    done = swarm(capsys, "consensus", "rank", write("winner,loser\n"))
    assert (done.status, done.out) == (0, "No votes, nothing to rank.\n")


HOSTILE = {
    "empty": ("", "no column 'winner'"),
    "no header": ("a,b\nb,c\n", "no column 'winner'"),
    "misspelt": ("winer,loser\na,b\n", "Did you mean 'winer'"),
    "one column twice": ("winner,loser,winner\na,b,c\n", "more than one column 'winner'"),
    "short row": ("winner,loser\na\n", "line 2: 1 entries where the first line names 2"),
    "long row": ("winner,loser\na,b\na,b,c\n", "line 3: 3 entries"),
    "semicolons": ("winner;loser\na;b\n", "separated by commas"),
    "no name": ("winner,loser\na,\n", "line 2: loser '' is no name"),
    "escape sequence": ("winner,loser\na,\x1b[31mred\n", r"loser '\\x1b\[31mred' is no name"),
    "NUL": ("winner,loser\na,b\0c\n", "is no name"),
    "line break in a name": ('winner,loser\na,"b\nc"\n', "is no name"),
    "endless name": ("winner,loser\na," + "b" * 201 + "\n", "1 to 200 characters"),
    "huge field": ("winner,loser\na," + "b" * 200_000 + "\n", "field larger than"),
    "open quote": ('winner,loser\na,"b\n', "no file of comma-separated values"),
    "itself": ("winner,loser\na, a\n", "line 2: 'a' cannot be judged against itself"),
    "weight not a number": ("winner,loser,weight\na,b,much\n", "line 2: weight 'much'"),
    "weight nan": ("winner,loser,weight\na,b,nan\n", "weight 'nan'"),
    "weight infinite": ("winner,loser,weight\na,b,1e999\n", "weight '1e999'"),
    "weight negative": ("winner,loser,weight\na,b,-1\n", "weight '-1'"),
    "weight missing": ("winner,loser,weight\na,b,\n", "weight ''"),
    "tie unclear": ("winner,loser,tie\na,b,perhaps\n", "tie 'perhaps' is neither"),
    "first is another": ("winner,loser,first\na,b,c\n", "first is 'c', which is neither 'a' nor 'b'"),
    "no rater": ("winner,loser,rater\na,b,\n", "rater '' is no name"),
    "not UTF-8": (b"winner,loser\n\xff\xfe,b\n", "not UTF-8"),
    "UTF-16": ("winner,loser\na,b\n".encode("utf-16"), "not UTF-8"),
    "binary": (bytes(range(256)) * 9, "not UTF-8"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_get_a_clear_error_of_one_line(write, capsys, case):
    text, message = HOSTILE[case]
    path = write(text)
    with pytest.raises(ConfigError, match=message):
        read_votes(path)
    done = swarm(capsys, "consensus", "rank", path)
    assert done.status == 2 and done.out == ""
    assert done.err.startswith("Error: ") and done.err.count("\n") == 1 and len(done.err) < 700
    assert done.err.rstrip("\n").isprintable()


def test_too_many_items_and_too_much_weight_are_refused(write, capsys):
    many = write("winner,loser\n" + "".join(f"a,item{i}\n" for i in range(4001)))
    assert "4000 items" in swarm(capsys, "consensus", "rank", many, "--rule", "borda").err
    assert swarm(capsys, "consensus", "rank", many).status == 0  # without matrices
    heavy = write("winner,loser,weight\na,b,1e300\nb,a,1e308\n")
    for rule in ("bradley_terry", "borda", "elo"):
        done = swarm(capsys, "consensus", "rank", heavy, "--rule", rule)
        assert done.status == 2 and "add up to more than" in done.err


def test_a_file_that_is_not_there_or_no_file_is_said(tmp_path, capsys):
    for path in (tmp_path / "none.csv", tmp_path):
        done = swarm(capsys, "consensus", "rank", path)
        assert done.status == 2 and "cannot be read" in done.err


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("votes") / "votes.csv"
    for text in (data, b"winner,loser,weight,tie,first\n" + data):
        path.write_bytes(text)
        try:
            read_votes(path)
        except ConfigError:
            pass


PLAIN = st.text(st.sampled_from('ab é,\n\r \t1e.x"'), max_size=60)
QUOTED = st.lists(
    st.sampled_from(['"a"', '"b"', '"a,b"', '"é""x"', '" a"', "", '""', "b", '"1"', ",", "\n"]), max_size=24
)


@given(PLAIN | QUOTED.map("".join) | QUOTED.map(",".join))
def test_reading_by_column_and_by_line_is_the_same(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("votes") / "votes.csv"
    for head in (
        "winner,loser\n",
        "loser,winner,weight,first\n",
        "winner,tie,rater,loser\r\n",
        '"winner","loser"\n',
    ):
        path.write_bytes((head + data).encode())
        found = []
        for columns in (csv_columns.read_columns, lambda *_: None):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(votes_file, "read_columns", columns)
                try:
                    read = read_votes(path)
                except ConfigError as error:
                    found.append(str(error))
                else:
                    found.append(
                        repr(
                            [
                                getattr(read, name) if name[-1] == "s" else as_list(getattr(read, name))
                                for name in read.__slots__
                            ]
                        )
                    )
        assert found[0] == found[1]


def as_list(array):
    return None if array is None else array.tolist()


def test_many_votes_are_read_by_column(write, monkeypatch):
    rng = np.random.default_rng(1)
    a, b = rng.integers(30, size=(2, 5000))
    rows = [
        f"item {x}, item {y + (x == y)},{w:.4f},{t},judge{x % 3},{f}"
        for x, y, w, t, f in zip(a, b, rng.random(5000), ["", "yes"] * 2500, ["", ""] * 2500, strict=True)
    ]
    lines = ["winner,loser,weight,tie,rater,first", *rows]
    monkeypatch.setattr(votes_file, "_by_line", None)
    for text in lines, ['"' + line.replace(",", '","') + '"' for line in lines]:  # as some programs write
        found = read_votes(write("\n".join(text)))
        assert len(found.winner) == 5000 and len(found.items) == 31 and found.slot is not None


# The command


def test_rank_writes_a_table_and_what_it_means(write, capsys):
    done = swarm(capsys, "consensus", "rank", write(VOTES))
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["rank", "item", "strength", "low", "high", "elo"]
    assert [line.split()[1] for line in lines[1:]] == ["ant", "bee", "cat"]
    assert "4 votes" in done.err and "95% interval (weighted)" in done.err and "island" not in done.err


def test_rank_in_json_is_what_fit_finds(write, capsys):
    path = write(VOTES)
    done = swarm(capsys, "consensus", "rank", path, "--json", "--level", "0.9", "--prior", "0.5")
    found = json.loads(done.out)
    file = read_votes(path)
    expected = fit(file.winner, file.loser, file.weight, 3, tie=file.tie, prior=0.5)
    assert done.err == ""
    assert [item["item"] for item in found["items"]] == [file.items[i] for i in expected.order]
    assert [item["log_strength"] for item in found["items"]] == expected.log_strength[expected.order].tolist()
    assert [item["low"] for item in found["items"]] == expected.interval(0.9).low[expected.order].tolist()
    assert found["islands"] == 1 and found["votes"] == 4 and found["level"] == 0.9 and found["converged"]


def test_rank_reports_islands(write, capsys):
    path = write("winner,loser\na,b\nc,d\n")
    done = swarm(capsys, "consensus", "rank", path)
    assert done.out.splitlines()[0].endswith("island")
    assert "2 islands" in done.err and "the prior's guess" in done.err
    found = json.loads(swarm(capsys, "consensus", "rank", path, "--json").out)
    assert found["islands"] == 2
    assert [(item["item"], item["rank"], item["island"]) for item in found["items"]] == [
        ("a", 1, 0),
        ("c", 1, 1),
        ("b", 3, 0),
        ("d", 3, 1),
    ]


def test_rank_estimates_a_position_bias(write, capsys):
    rows = "".join("a,b,a\n" * 3 + "b,a,b\n" * 3 + "b,a,a\n" + "a,b,b\n")
    path = write("winner,loser,first\n" + rows)
    found = json.loads(swarm(capsys, "consensus", "rank", path, "--position-bias", "--json").out)
    assert found["position_bias"]["log_odds"] == pytest.approx(0.8, abs=0.2)
    assert "Standing first adds" in swarm(capsys, "consensus", "rank", path, "--position-bias").err


def test_rank_draws_a_bootstrap(write, capsys):
    path, arguments = write(VOTES), ("--bootstrap", "50", "--seed", "3", "--json")
    done = swarm(capsys, "consensus", "rank", path, *arguments)
    found = json.loads(done.out)
    assert found["intervals"] == "bootstrap by vote"
    assert all(item["low"] <= item["high"] for item in found["items"])
    assert done == swarm(capsys, "consensus", "rank", path, *arguments)
    by_rater = json.loads(swarm(capsys, "consensus", "rank", path, *arguments, "--by", "rater").out)
    assert by_rater["intervals"] == "bootstrap by rater"


def test_a_name_is_one_however_its_accents_are_written(write):
    found = read_votes(write("winner,loser,first\nJos\u00e9,ant,Jose\u0301\nant,Jose\u0301,\n"))
    assert found.items == ("Jos\u00e9", "ant")
    assert found.slot is not None and found.slot.tolist() == [0, -1]


@pytest.mark.parametrize("rule", ["borda", "copeland", "elo"])
def test_rank_takes_other_rules(write, capsys, rule):
    found = json.loads(swarm(capsys, "consensus", "rank", write(VOTES), "--rule", rule, "--json").out)
    assert found["rule"] == rule
    assert found["items"][0]["rank"] == 1 and found["items"][0]["item"] == "ant"
    assert found["items"][2]["item"] == "cat"
    assert "score" in swarm(capsys, "consensus", "rank", write(VOTES), "--rule", rule).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", "bradly_terry"], "Did you mean 'bradley_terry'"),
        (["--rule", "fortytwo"], "who wrote each item"),
        (["--rule", "majority"], "which items give the same answer"),
        (["--rule", "best_single"], "record"),
        (["--level", "1"], "level"),
        (["--level", "nan"], "level"),
        (["--prior", "nan"], "prior"),
        (["--prior", "0"], "no maximum"),
        (["--position-bias"], "column `first`"),
        (["--by", "rater"], "column `rater`"),
        (["--by", "item"], "--by"),
        (["--bootstrap", "1"], "draws"),
    ],
)
def test_rank_says_what_is_wrong(write, capsys, arguments, message):
    done = swarm(capsys, "consensus", "rank", write("winner,loser\na,b\n"), *arguments)
    assert done.status == 2 and message in done.err and done.out == ""


def test_the_order_of_the_lines_does_not_matter(write, capsys):
    rng = np.random.default_rng(1)
    head, *lines = VOTES.splitlines()
    texts = {
        swarm(capsys, "consensus", "rank", write("\n".join([head, *rng.permutation(lines)])), "--json").out
        for _ in range(4)
    }
    assert len(texts) == 1
