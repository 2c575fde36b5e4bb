"""A local server that speaks OpenAI's chat completions, with a scripted mind and faults on demand.

For tests, rehearsals and teaching: `swarm serve` runs it as a program, `Background` in a thread of this
process. Needs the extra `serve` (FastAPI and uvicorn), which is imported when a server is made.

    with Background() as server, OpenAI(base_url=server.url, api_key="any") as client:
        client.chat.completions.create(model="scripted", messages=[...])
"""

from swarm_env.agents.mock_server.app import create_app
from swarm_env.agents.mock_server.background import Background
from swarm_env.agents.mock_server.faults import Faults

__all__ = ["Background", "Faults", "create_app"]
