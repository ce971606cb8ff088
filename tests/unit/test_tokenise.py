"""Words by longest match: the vectorised walk against a plain one."""

from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.hashing import join
from hotline_nlp.tokenise import LONGEST, Lexicon, general_lexicon, words

WORDS = {"路灯", "路灯杆", "小区", "物业公司", "公司", "业主委员会", "停车", "停车场", "小区物业公司部"}
LEXICON = Lexicon.build(WORDS, size=1 << 16)
TEXTS = st.lists(st.text(alphabet="路灯杆小区物业公司主委员会停车场部，", max_size=24), max_size=5)


def cut(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        fits = [n for n in range(2, LONGEST + 1) if text[at : at + n] in WORDS and len(text) - at >= n]
        if fits:
            found.append(text[at : at + fits[-1]])
        at += fits[-1] if fits else 1
    return found


def read(texts: list[str], lexicon: Lexicon) -> list[list[str]]:
    joined = join(texts, 400)
    out: list[list[str]] = [[] for _ in texts]
    for start, size, _ in zip(*words(joined, lexicon), strict=True):
        out[joined.owner[start]].append("".join(map(chr, joined.codes[start : start + size])))
    return out


@given(TEXTS)
def test_equals_a_plain_longest_match(texts: list[str]) -> None:
    assert read(texts, LEXICON) == [cut(text) for text in texts]


def test_words_of_seven_characters_and_of_one_are_left_out() -> None:
    assert "小区物业公司部" in WORDS
    assert read(["小区物业公司部"], LEXICON) == [["小区", "物业公司"]]
    assert read(["路"], Lexicon.build({"路"}, size=64)) == [[]]


def test_a_word_has_one_hash_wherever_it_stands() -> None:
    _, _, hashes = words(join(["路灯坏了", "小区的路灯"], 400), LEXICON)
    assert hashes[0] == hashes[2] != hashes[1]


def test_the_general_lexicon_knows_everyday_words() -> None:
    assert read(["小区门口的路灯坏了"], general_lexicon()) == [["小区", "门口", "路灯"]]
