"""Split texts into the tokens of a vocabulary, exactly as the model that has it was trained.

Of byte pairs by Hugging Face's ``tokenizers``, of pieces by ``sentencepiece``: KerasHub's
tokenizers do not split digits one by one, and read files alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sentencepiece import SentencePieceProcessor, sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from qslc_study.gguf.vocabulary import DIGITS, GPT2, LLAMA3, BytePairs, Kind, Pieces

_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The words of Llama 3."""


class TextTokenizer:
    """A tokenizer as a study uses one: called with texts, it returns a list of numbers for each.

    Args:
        vocabulary: Vocabulary of the model.

    Raises:
        ValueError: The vocabulary is not one that its library takes.
    """

    def __init__(self, vocabulary: BytePairs | Pieces) -> None:
        self.start_token_id = vocabulary.start
        self.end_token_id = vocabulary.end
        self._encoder = (
            _BytePairEncoder(vocabulary)
            if isinstance(vocabulary, BytePairs)
            else _PieceEncoder(vocabulary)
        )

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, without start and end."""
        return self._encoder.encode(list(texts))

    def detokenize(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens; control tokens have none."""
        return self._encoder.decode([int(token) for token in tokens])


class _BytePairEncoder:
    """Byte pairs: control tokens that stand in a text are read as such, as the original does."""

    def __init__(self, vocabulary: BytePairs) -> None:
        numbers = {token: number for number, token in enumerate(vocabulary.tokens)}
        model = models.BPE(
            vocab=numbers,
            merges=list(vocabulary.merges),
            ignore_merges=vocabulary.split == LLAMA3,
        )
        self._tokenizer = Tokenizer(model)
        self._tokenizer.pre_tokenizer = _make_split(vocabulary.split)
        self._tokenizer.decoder = decoders.ByteLevel()
        for kind, add in (
            (Kind.CONTROL, self._tokenizer.add_special_tokens),
            (Kind.USER_DEFINED, self._tokenizer.add_tokens),
        ):
            add(
                [
                    AddedToken(token, normalized=False, special=kind is Kind.CONTROL)
                    for token, own in zip(vocabulary.tokens, vocabulary.kinds, strict=True)
                    if own == kind
                ]
            )

    def encode(self, texts: list[str]) -> list[list[int]]:
        found = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [each.ids for each in found]

    def decode(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


def _make_split(name: str) -> Any:
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    if name == GPT2:
        return words
    if name == DIGITS:
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), words])
    if name == LLAMA3:
        spelled = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        own = pre_tokenizers.Split(Regex(_LLAMA3), "isolated")
        return pre_tokenizers.Sequence([own, spelled])
    raise ValueError(f"no split of texts is called {name}")


class _PieceEncoder:
    """Pieces: control tokens in a text are characters, as for SentencePiece."""

    def __init__(self, vocabulary: Pieces) -> None:
        model = sentencepiece_model_pb2.ModelProto()
        rows = zip(vocabulary.tokens, vocabulary.scores, vocabulary.kinds, strict=True)
        for token, score, kind in rows:
            model.pieces.add(piece=token, score=score, type=kind)
        model.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.BPE
        model.trainer_spec.byte_fallback = Kind.BYTE in vocabulary.kinds
        model.normalizer_spec.name = "identity"
        model.normalizer_spec.add_dummy_prefix = vocabulary.prefix
        model.normalizer_spec.remove_extra_whitespaces = vocabulary.trim
        try:
            self._processor = SentencePieceProcessor(model_proto=model.SerializeToString())
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    def encode(self, texts: list[str]) -> list[list[int]]:
        return [self._processor.encode(text) for text in texts]

    def decode(self, tokens: list[int]) -> str:
        return str(self._processor.decode(tokens))
