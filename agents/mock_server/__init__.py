"""A local OpenAI-compatible server with a scripted model and faults on demand.

For tests, dry runs and teaching. `swarm serve` runs it as a program, `MockServer` in a thread of this
process. Needs the extra `serve` (FastAPI and uvicorn), which is imported when a server is created.

    with MockServer() as server, OpenAI(base_url=server.url, api_key="any") as client:
        question = {"role": "user", "content": "Hello"}
        client.chat.completions.create(model="scripted", messages=[question])
"""

from swarm_env.agents.mock_server.app import create_app
from swarm_env.agents.mock_server.background import MockServer
from swarm_env.agents.mock_server.faults import Faults

__all__ = ["Faults", "MockServer", "create_app"]
