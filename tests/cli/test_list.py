import json

from tests.cli.programs import swarm, swarm_process


def test_everything_is_listed_with_a_summary(capsys):
    done = swarm(capsys, "list")
    assert done.status == 0
    assert done.err == ""
    for word in ("scenarios", "  pursuit ", "agents", "  scripted ", "renderers", "  terminal "):
        assert word in done.out


def test_one_kind_in_singular_or_plural(capsys):
    one, many = swarm(capsys, "list", "agent"), swarm(capsys, "list", "agents")
    assert one == many
    assert "random" in one.out
    assert "pursuit" not in one.out


def test_as_json(capsys):
    found = json.loads(swarm(capsys, "list", "--json").out)
    assert "pursuit" in found["scenario"]
    assert set(found) == {"scenario", "agent", "rule", "renderer", "command"}


def test_an_unknown_kind(capsys):
    done = swarm(capsys, "list", "scenaro")
    assert done.status == 2
    assert done.err.startswith(
        "Error: There is nothing named 'scenaro'. Did you mean 'scenarios'? Kinds: scenario, agent, "
    )
    assert done.err.count("\n") == 1


def test_version_and_help(tmp_path):
    assert swarm_process("--version", folder=tmp_path).out.startswith("swarm-env ")
    done = swarm_process("--help", folder=tmp_path)
    assert done.status == 0
    assert all(
        name in done.out for name in ("list", "run", "replay", "verify", "import", "perf", "Exit status")
    )


def test_an_unknown_command_or_flag(capsys):
    assert "Did you mean 'list'?" in swarm(capsys, "lst").err
    done = swarm(capsys, "run", "--sede", "1")
    assert done.status == 2
    assert "--seed" in done.err


def test_a_closed_output_pipe_is_no_error(tmp_path):
    import subprocess

    from tests.cli.programs import SWARM

    process = subprocess.Popen([SWARM, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    with process:
        assert process.stderr.read() == b""
    assert process.returncode in (0, 1)


def test_a_file_adds_a_command(capsys, tmp_path, monkeypatch):
    from swarm_env import registry

    source = (
        '"""Say hello."""\nimport typer\ndef COMMAND(name: str) -> None:\n    typer.echo(f\'hello {name}\')\n'
    )
    (tmp_path / "hello.py").write_text(source)
    registry.register("command", "hello", registry.load("command", f"{tmp_path / 'hello.py'}"))
    try:
        assert swarm(capsys, "hello", "you").out == "hello you\n"
        assert "hello" in swarm(capsys, "--help").out
    finally:
        registry.unregister("command", "hello")


def test_as_a_module(tmp_path):
    import subprocess
    import sys

    command = [sys.executable, "-m", "swarm_env", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("swarm-env ")
