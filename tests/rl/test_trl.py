"""TRL's GRPO trainer learns from our rewards, with the functions that docs/learning.md shows."""

import importlib.util
import re
from typing import Any

import pytest
from swarm_env.agents.local_models.weights import get

import swarm_env
from tests.docs.pages import ROOT

MISSING = [
    name for name in ("trl", "transformers", "gguf", "datasets") if importlib.util.find_spec(name) is None
]
pytestmark = [
    pytest.mark.rl,
    pytest.mark.filterwarnings("ignore"),  # of the other packages
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


def test_grpo_takes_a_step_on_a_real_model(tmp_path):
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from trl import GRPOConfig, GRPOTrainer

    page = (ROOT / "docs" / "learning.md").read_text()
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, re.S) if "def reward(" in block)
    names: dict[str, Any] = {"swarm_env": swarm_env}
    exec(code, names)  # as the page has it, its own check included
    agent = "llm:student?prompt=terse&answer=word"
    world: dict[str, Any] = {"num_agents": 2, "height": 8, "width": 8, "reward": "shaped", "message": "none"}
    rows = names["collect"](swarm_env.prompt_env("pursuit", agent, **world), rounds=2)
    names["judge"] = swarm_env.prompt_env("pursuit", agent, unusable=-0.1, **world)
    states = [row["state"] for row in rows]
    paid = []

    def reward(prompts, completions, agent, state, **more):
        found = names["reward"](prompts, completions, agent, [states[index] for index in state], **more)
        paid.extend(found)
        return found

    path, _ = get("smollm2")
    place = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    tokenizer = AutoTokenizer.from_pretrained(**place)
    model = AutoModelForCausalLM.from_pretrained(
        **place, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
    )
    model.config.quantization_config = None
    model.is_quantized, model.hf_quantizer = False, None
    for name, weights in model.named_parameters():
        weights.requires_grad = ".29." in name  # the last layer
    before = model.model.layers[29].mlp.down_proj.weight.detach().clone()
    settings = GRPOConfig(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=2, num_generations=2,
        max_completion_length=4, learning_rate=1e-3, report_to=[], use_cpu=True, save_strategy="no",
        temperature=1.5, seed=1,
    )  # fmt: skip
    data = Dataset.from_list([{**row, "state": index} for index, row in enumerate(rows)])
    trainer = GRPOTrainer(
        model=model, reward_funcs=reward, args=settings, train_dataset=data, processing_class=tokenizer
    )
    result = trainer.train()
    assert result.global_step == 1 and len(paid) == 2
    assert all(isinstance(value, float) for value in paid)
    after = model.model.layers[29].mlp.down_proj.weight.detach()
    assert len(set(paid)) == 1 or not torch.equal(before, after)  # no advantage, no change
