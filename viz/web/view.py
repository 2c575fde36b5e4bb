"""Show many runs in the browser: leaderboard, runs, every decision; also as files for a web host."""

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from swarm_env.cli.display import has_display
from swarm_env.cli.option_records import option, option_records
from swarm_env.cli.options import Recordings, TrustOptions
from swarm_env.cli.output import note, progress, result
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.viz.web.index.follower import Follower
    from swarm_env.viz.web.run_page import PageStore

PORT = 8700  # tried first


@option_records
def view(
    *,
    folders: Recordings,
    port: Annotated[
        int | None,
        option(f"Port; 0: any free one. Default {PORT}, or any if it is taken.", "--port", min=0, max=65535),
    ] = None,
    no_browser: Annotated[bool, option("Only print the link.", "--no-browser")] = False,
    static: Annotated[
        Path | None,
        option(
            "Write the same as files that any web host serves into this folder, and end.",
            "--static",
            metavar="OUT",
        ),
    ] = None,
    force: Annotated[bool, option("Replace an earlier copy in the folder of --static.", "--force")] = False,
    trust: TrustOptions,
) -> None:
    """Show many runs in the browser: leaderboard, teams, runs, each decision with its prompt and answer.

    Examples:
        swarm view runs
        swarm view runs results --port 8123 --no-browser
        swarm view runs --static site

    Serves on this machine only, until Ctrl-C; the first line on standard output is the link, which has a
    secret token. The folders are followed: runs that are added appear, and a bench that is running shows its
    progress. Over SSH: `ssh -L 8700:localhost:8700 SERVER`, then open the link here.

    Files of --static hold the prompts and answers of all runs.
    """
    from swarm_env.viz.web.index.follower import Follower
    from swarm_env.viz.web.index.run_index import RunIndex

    if static is None and force:
        raise ConfigError("--force is for --static.")
    index = RunIndex(folders)
    follower = Follower(index)
    if static is not None:
        from swarm_env.viz.web.static_site import NOTE, write_site

        follower.look()
        count = write_site(static, follower, progress, force, trust.trust_code)
        note(f"{static}: {count} runs. Try it: python -m http.server --directory {static}")
        note(NOTE)
        return
    _serve(follower, port, not no_browser, trust.trust_code)


def _serve(follower: "Follower", port: int | None, browser: bool, trust_code: bool) -> None:
    """Serve until Ctrl-C."""
    from swarm_env.viz.web.gate import Gate
    from swarm_env.viz.web.server import check_libraries, listen, make_server
    from swarm_env.viz.web.view_app import make_app

    def pages() -> "PageStore":  # replays runs: the engine is imported when the first one is opened
        from swarm_env.viz.web.run_page import PageStore

        return PageStore(follower.hidden, trust_code)

    check_libraries()
    try:
        listener = listen(PORT if port is None else port)
    except ConfigError:
        if port is not None:
            raise
        listener = listen(0)
    gate = Gate(make_app(follower, pages), listener.getsockname()[1])
    server = make_server(gate)
    follower.start()
    result(gate.link)
    if browser and has_display():
        webbrowser.open(gate.link)
    try:
        server.run(sockets=[listener])
    finally:
        follower.close()


COMMAND = view
