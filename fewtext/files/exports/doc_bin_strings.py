"""Numbers of strings in spaCy's files: a hash (MurmurHash64A, Austin Appleby), or a place in a fixed list of names."""

from __future__ import annotations

_MULTIPLIER, _SHIFT, _SEED, _MOST = 0xC6A4A7935BD1E995, 47, 1, 2**64 - 1
# Names that have had the same number in each version since 3.0; some of them are words, such as case or agent.
_FROM = {
    1: "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL IS_STOP "
    "IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY",
    19: " ".join(f"FLAG{number}" for number in range(19, 64)),
    64: "ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD SENT_START "
    "SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X EOL SPACE",
    104: " ".join(f"DEPRECATED{number:03}" for number in range(1, 277)),
    380: "PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY QUANTITY "
    "ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm conj cop csubj csubjpass "
    "dep det dobj expl hmod hyph infmod intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj "
    "obl parataxis partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl rcmod root xcomp acl "
    "ENT_KB_ID MORPH ENT_ID IDX _",
}
_NAMED = {name: number for first, names in _FROM.items() for number, name in enumerate(names.split(), first)}


def string_number(string: str) -> int:
    """Return the number that stands for a string: 0 for the empty one."""
    return _NAMED.get(string) or (_murmur(string.encode("utf-8", "surrogatepass")) if string else 0)


def _murmur(content: bytes) -> int:
    """Return the 64-bit hash of bytes, in words of eight with the lowest byte first."""
    value = _SEED ^ (len(content) * _MULTIPLIER & _MOST)
    whole = len(content) // 8 * 8
    for at in range(0, whole, 8):
        word = int.from_bytes(content[at : at + 8], "little") * _MULTIPLIER & _MOST
        word = (word ^ (word >> _SHIFT)) * _MULTIPLIER & _MOST
        value = (value ^ word) * _MULTIPLIER & _MOST
    if rest := content[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _MOST
    value = (value ^ (value >> _SHIFT)) * _MULTIPLIER & _MOST
    return value ^ (value >> _SHIFT)
