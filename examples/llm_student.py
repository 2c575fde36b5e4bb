"""A small language model with a LoRA adapter in its upper layers, trained on one processor core.

The lower layers never change, so each text passes through them once. What is learned can be written as a GGUF
adapter (a few MB, for the same base) or merged into a GGUF model of its own.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

# Names in the model and in GGUF files; q and k have their rows in another order there.
MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
Prompt = Sequence[dict[str, str]]
Tokens = tuple[int, ...]


class Student:
    """The model.

    Args:
        path: A GGUF file of the architecture llama; its weights are read dequantised, as float32.
        rank: Of the adapter.
        top: Layers that have an adapter, from the last one down.
        seed: Of the adapter's first weights.
    """

    def __init__(self, path: Path, rank: int = 8, top: int = 12, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.path, self.rank = path, rank
        self.tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
        base = AutoModelForCausalLM.from_pretrained(
            str(path.parent),
            gguf_file=path.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
        )
        count = base.config.num_hidden_layers
        self.split = count - top
        names = [name.rpartition(".")[2] for name in MODULES]
        lora = LoraConfig(
            r=rank,
            lora_alpha=2 * rank,
            target_modules=names,
            layers_to_transform=list(range(self.split, count)),
        )
        self.model: Any = get_peft_model(base, lora).base_model.model
        self.decoder: Any = self.model.model
        self.trained = [weights for weights in self.model.parameters() if weights.requires_grad]
        self._lower: dict[Tokens, NDArray[np.float16]] = {}
        self._tokens: dict[str, Tokens] = {}

    def tokens(self, prompt: Prompt, answer: str = "") -> Tokens:
        """Tokens of a prompt and of the beginning of its answer."""
        key = f"{[message['content'] for message in prompt]}\n{answer}"
        if key not in self._tokens:
            text = self.tokenizer.apply_chat_template(
                list(prompt), add_generation_prompt=True, tokenize=False
            )
            own = self.tokenizer.encode(text, add_special_tokens=False)
            self._tokens[key] = (*own, *self.tokenizer.encode(answer, add_special_tokens=False))
        return self._tokens[key]

    def _run(self, hidden: torch.Tensor, first: int, last: int) -> torch.Tensor:
        """Some layers, on (texts, tokens, width); texts are padded at their ends, which none attends to."""
        places = torch.arange(hidden.shape[1])[None]
        turned = self.decoder.rotary_emb(hidden, places)
        for layer in self.decoder.layers[first:last]:
            hidden = layer(hidden, attention_mask=None, position_ids=places, position_embeddings=turned)
        return hidden

    def _lower_layers(self, texts: Sequence[Tokens]) -> None:
        """Run what is not known through the layers without an adapter, 16 texts of like length at a time."""
        new = sorted({text for text in texts if text not in self._lower}, key=len)
        for at in range(0, len(new), 16):
            some = new[at : at + 16]
            with torch.no_grad():
                hidden = self._run(self.decoder.embed_tokens(_padded(some)), 0, self.split)
            for text, one in zip(some, hidden.numpy(), strict=True):
                self._lower[text] = one[: len(text)].astype(np.float16)

    def logits(self, texts: Sequence[Tokens], ends: int = 1) -> torch.Tensor:
        """(texts, ends, vocabulary) what follows the last `ends` tokens of each text."""
        self._lower_layers(texts)
        longest = max(map(len, texts))
        hidden = torch.zeros(len(texts), longest, self.decoder.config.hidden_size)
        for i, text in enumerate(texts):
            hidden[i, : len(text)] = torch.from_numpy(self._lower[text].astype(np.float32))
        hidden = self.decoder.norm(self._run(hidden, self.split, len(self.decoder.layers)))
        at = torch.tensor([[len(text) - ends + i for i in range(ends)] for text in texts])
        return torch.as_tensor(self.model.lm_head(hidden[torch.arange(len(texts))[:, None], at]))

    def first_tokens(self, answers: Sequence[str]) -> torch.Tensor:
        """The token that each answer begins with."""
        return torch.tensor([self.tokenizer.encode(one, add_special_tokens=False)[0] for one in answers])

    def adapter(self) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """The adapter's matrices A (rank, inputs) and B (outputs, rank), scaled, by name in a GGUF file."""
        found = {}
        for number in range(self.split, len(self.decoder.layers)):
            for name, short in MODULES.items():
                part = self.decoder.layers[number].get_submodule(name)
                a = part.lora_A["default"].weight.detach().numpy()
                b = part.lora_B["default"].weight.detach().numpy() * part.scaling["default"]
                if short in ("attn_q", "attn_k"):
                    config = self.decoder.config
                    heads = config.num_attention_heads if short == "attn_q" else config.num_key_value_heads
                    b = b.reshape(heads, 2, -1, b.shape[1]).swapaxes(1, 2).reshape(b.shape)
                found[f"blk.{number}.{short}.weight"] = a.astype(np.float32), b.astype(np.float32)
        return found

    def save_adapter(self, path: Path, notice: str) -> None:
        """Write the adapter as a GGUF file in half precision, with the digest of its base."""
        writer = gguf.GGUFWriter(str(path), "llama")
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(self.rank))
        writer.add_license("apache-2.0")
        writer.add_description(notice)
        writer.add_string("adapter.base.sha256", hashlib.sha256(self.path.read_bytes()).hexdigest())
        for name, (a, b) in self.adapter().items():
            writer.add_tensor(f"{name}.lora_a", a.astype(np.float16))
            writer.add_tensor(f"{name}.lora_b", b.astype(np.float16))
        _write(writer)

    def load_adapter(self, path: Path) -> None:
        """Continue from an adapter that `save_adapter` wrote."""
        read = {tensor.name: tensor.data for tensor in gguf.GGUFReader(str(path)).tensors}
        for number in range(self.split, len(self.decoder.layers)):
            for name, short in MODULES.items():
                part = self.decoder.layers[number].get_submodule(name)
                key = f"blk.{number}.{short}.weight"
                a = read[f"{key}.lora_a"].astype(np.float32)
                b = read[f"{key}.lora_b"].astype(np.float32) / part.scaling["default"]
                if short in ("attn_q", "attn_k"):
                    config = self.decoder.config
                    heads = config.num_attention_heads if short == "attn_q" else config.num_key_value_heads
                    b = b.reshape(heads, -1, 2, b.shape[1]).swapaxes(1, 2).reshape(b.shape)
                part.lora_A["default"].weight.data.copy_(torch.from_numpy(a))
                part.lora_B["default"].weight.data.copy_(torch.from_numpy(np.ascontiguousarray(b)))

    def save_merged(self, path: Path) -> None:
        """Write the base with the adapter added: Q8_0 where there is an adapter, the rest as it is."""
        reader, adapter = gguf.GGUFReader(str(self.path)), self.adapter()
        writer = gguf.GGUFWriter(str(path), "llama")
        for field in reader.fields.values():
            if field.name.startswith("GGUF.") or field.name == "general.architecture":
                continue
            kinds = field.types
            writer.add_key_value(
                field.name, field.contents(), kinds[0], kinds[-1] if len(kinds) > 1 else None
            )
        for tensor in reader.tensors:
            data, kind = tensor.data, tensor.tensor_type
            if tensor.name in adapter:
                a, b = adapter[tensor.name]
                kind = gguf.GGMLQuantizationType.Q8_0
                data = gguf.quantize(gguf.dequantize(data, tensor.tensor_type) + b @ a, kind)
            writer.add_tensor(tensor.name, data, raw_dtype=kind)
        _write(writer)


def _padded(texts: Sequence[Tokens]) -> torch.Tensor:
    longest = max(map(len, texts))
    return torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts])


def _write(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
