"""Models of a few thousand weights in the shapes of the catalogue, as folders that sentence-transformers reads too."""

import json

import torch

WORDS = "my card was lost paper jam the toner is out charged twice query : grüße karte".split()
LIBRARY = "sentence_transformers.models."
SIZE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
LENGTH = 12
IDENTITY, TANH = "torch.nn.modules.linear.Identity", "torch.nn.modules.activation.Tanh"


def write_model(folder, shape="bert", *, pooling="mean", dense=(), normalize=True, prompt="", seed=0):
    """Write a model with random weights; ``dense`` has the settings of each Dense module in a row."""
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel, XLMRobertaConfig, XLMRobertaModel

    config, model = {
        "bert": (BertConfig, BertModel),
        "mpnet": (MPNetConfig, MPNetModel),
        "xlm-r": (XLMRobertaConfig, XLMRobertaModel),
    }[shape]
    tokenizer = _word_pieces() if shape == "bert" else _special_first(shape)
    padding = {} if shape == "bert" else {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        settings = config(vocab_size=len(tokenizer), max_position_embeddings=LENGTH + 2, **SIZE, **padding)
        made = model(settings)
        for parameter in made.parameters():
            if parameter.dim() == 2:
                parameter.data.normal_(std=0.5)  # so large that texts differ
        made.save_pretrained(folder)
        modules = ["Transformer", "Pooling", *("Dense" for _ in dense), *(["Normalize"] if normalize else [])]
        for number, settings in enumerate(dense, 2):
            _write_dense(folder / f"{number}_Dense", settings)
    listed = [
        {"idx": i, "name": str(i), "path": f"{i}_{kind}" if i else "", "type": LIBRARY + kind}
        for i, kind in enumerate(modules)
    ]
    write_json(folder / "modules.json", listed)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": LENGTH, "do_lower_case": False})
    modes = {f"pooling_mode_{mode}": mode.startswith(pooling) for mode in ("cls_token", "mean_tokens", "max_tokens")}
    write_json(folder / "1_Pooling/config.json", {"word_embedding_dimension": SIZE["hidden_size"], **modes})
    if prompt:
        prompts = {"prompts": {"task": prompt}, "default_prompt_name": "task"}
        write_json(folder / "config_sentence_transformers.json", prompts)
    return folder


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def dense(inputs, outputs, bias=True, activation=IDENTITY):
    """The settings of a Dense module."""
    return {"in_features": inputs, "out_features": outputs, "bias": bias, "activation_function": activation}


def _write_dense(folder, settings):
    from safetensors.torch import save_file

    write_json(folder / "config.json", settings)
    tensors = {"linear.weight": torch.randn(settings["out_features"], settings["in_features"])}
    if settings["bias"]:
        tensors["linear.bias"] = torch.randn(settings["out_features"])
    save_file(tensors, folder / "model.safetensors")


def _word_pieces():
    """WordPiece in lower case, as BERT has it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    letters = sorted({letter for word in WORDS for letter in word})
    pieces = [*special.values(), *WORDS, *letters, *("##" + letter for letter in letters)]
    words = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(dict.fromkeys(pieces))}, unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    return _framed(words, "[CLS]", "[SEP]", special)


def _special_first(shape):
    """WordPiece as MPNet has it, or a Unigram model as XLM-R has it, with the padding at 1."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    letters = sorted({letter for word in WORDS for letter in word})
    if shape == "mpnet":
        pieces = [*special.values(), *WORDS, *letters, *("##" + letter for letter in letters)]
        numbered = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
        words = Tokenizer(models.WordPiece(numbered, unk_token="<unk>"))
        words.normalizer, words.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    else:
        pieces = [(piece, 0.0) for piece in special.values()]
        pieces += [(f"▁{word}", -2.0) for word in WORDS] + [(letter, -5.0) for letter in ["▁", *letters]]
        words = Tokenizer(models.Unigram(list(dict(pieces).items()), unk_id=3))
        words.normalizer, words.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.Metaspace()
    return _framed(words, "<s>", "</s>", {**special, "cls_token": "<s>", "sep_token": "</s>"})


def _framed(words, first, last, special):
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    ends = [(token, words.token_to_id(token)) for token in (first, last)]
    words.post_processor = TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    return PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=LENGTH, **special)
