"""What no engine may touch is found, masked and put back byte for byte, whatever the engine does in between."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.translation import protect
from app.gateways.translation.masked import translate_protected

TOKENS = (
    "1.2738", "1.2344 ESR", "S136", "718H", "P20+Ni", "NAK80", "SKD61", "PC/ABS", "PA66-GF30", "X37CrMoV5-1",
    "40CrMnNiMo8-6-4", "3Cr2MnNiMo", "Stavax", "PMMA", "PP-GF40", "DC53",
    "±0.02", "±0,05 mm", "H7", "H7/g6", "0.05/-0.02", "+0.05/-0.02", "Ra 0.4", "Ra 0.4 µm", "VDI 27", "SPI A-2", "TG4",
    "MT-11010", "48-52 HRC", "HRC 50-52", "280–320 HB", "Ø12", "Ø 12,5", "M12x1.75",
    "HX-DE-2040", "PL-INS-0042-B", "PO-2026-00017", "FCA", "EXW", "DDP",
    "20 mm", "1 265 cm²", "5,692.5 kN", "60 °C", "1.5 mm", "0,3 %", "12 kg", "500.000", "2x4", "1+1", "350×450×400 mm",
    "30 %", "€ 48,500.00", "48.500,00 EUR", "2026-11-30", "1:500",
    "DIN 1530", "ISO 20457", "DIN EN ISO 9001:2015", "GB/T 14486-2008", "DIN 16742",
    "https://example.com/a/b?x=1&y=2", "www.example.com", "einkauf@formen-mueller.example",
)  # fmt: skip
WORDS = (
    "cavity", "der Formeinsatz", "使用", "模具钢材", "金型", "réfrigération", "cámara", "القالب", "steel",
    "bitte", "Härte", "hardness of", "und", "in der", "quotation", "について", "は",
    "insert", "EDM", "CNC", "a", "two-plate",
)  # fmt: skip

parts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(TOKENS)), min_size=1, max_size=8)


def text_of(pairs: Sequence[tuple[str, str]], joint: str = " ") -> str:
    return joint.join(f"{word}{joint}{token}" for word, token in pairs)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "frame", ["{}", "use {} here", "use {}.", "({})", "für {}, bitte", "材料 {} です", "النوع {} فقط"]
)
def test_every_token_of_the_trade_is_one_mask(token: str, frame: str) -> None:
    masked = protect.mask(frame.format(token))
    assert token in masked.tokens
    assert masked.text == frame.format("[[0]]")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("使用S136钢材，硬度48-52 HRC。", ["S136", "48-52 HRC"]),
        ("材料はNAK80を使用", ["NAK80"]),
        ("FCA Ningbo", ["FCA"]),
        ("zweifach, PC/ABS-Gehäuse in 1.2738, Einsätze S136", ["PC/ABS", "1.2738", "S136"]),
        ("Bohrung Ø12 H7, Toleranz ±0.02", ["Ø12", "H7", "±0.02"]),
        ("Siehe https://example.com/zeichnung.pdf.", ["https://example.com/zeichnung.pdf"]),
        ("already [[0]] masked S136", ["[[0]]", "S136"]),
    ],
)
def test_tokens_in_running_text(text: str, tokens: list[str]) -> None:
    assert protect.protected_tokens(text) == tokens


@pytest.mark.parametrize(
    "text", ["EDM and CNC work", "two-plate mould", "T-shaped? no: a word", "Kern und Einsatz", "12 quotes"]
)
def test_ordinary_words_are_not_protected(text: str) -> None:
    assert protect.protected_tokens(text) == []


@given(st.text(max_size=300))
def test_pieces_and_sentences_join_to_the_text(text: str) -> None:
    assert "".join(piece for piece, _ in protect.pieces(text)) == text
    assert "".join(sentence + blank for sentence, blank in protect.sentences(text)) == text


@given(st.text(max_size=300) | parts.map(text_of))
def test_mask_then_unmask_is_the_text(text: str) -> None:
    masked = protect.mask(text)
    assert protect.unmask(masked.text, masked.tokens) == text


def test_unmask_forgives_wide_brackets_and_blanks() -> None:
    assert protect.unmask("钢材［［ 0 ］］与【【1】】", ("S136", "H7")) == "钢材S136与H7"


@pytest.mark.parametrize("answer", ["", "[[0]]", "[[1]] [[0]]", "[[0]] [[0]] [[1]]", "[[0]] [[1]] [[2]]"])
def test_unmask_refuses_lost_doubled_moved_and_invented_masks(answer: str) -> None:
    assert protect.unmask(answer, ("S136", "H7")) is None


class Vandal:
    """An engine that changes words at will and harms masks now and then, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.asked: list[str] = []

    async def __call__(self, texts: Sequence[str]) -> list[str]:
        self.asked.extend(texts)
        return [self.answer(text) for text in texts]

    def answer(self, text: str) -> str:
        way = self.random.randrange(6)
        if way == 0:
            return text.swapcase()
        if way == 1:
            return " ".join(reversed(text.split(" ")))
        if way == 2:
            return text.replace("[[0]]", "")
        if way == 3:
            return text + " " + text
        if way == 4:
            return text.replace("[[", "［［ ").replace("]]", " ］］")
        return "[[9]] " + text


@pytest.mark.asyncio
@given(pairs=parts, seed=st.integers(0, 10_000), joint=st.sampled_from([" ", ". ", "\n", "。"]))
async def test_no_engine_can_harm_a_token(pairs: list[tuple[str, str]], seed: int, joint: str) -> None:
    text = text_of(pairs, joint)
    engine = Vandal(seed)
    [answer] = await translate_protected([text], engine, max_text_chars=2_000)
    if answer is not None:
        assert protect.keeps(text, answer)
    tokens = protect.protected_tokens(text)
    assert tokens
    sent = " ".join(engine.asked)
    assert not any(len(token) > 5 and token in sent and not token.startswith("[[") for token in tokens)


@pytest.mark.asyncio
async def test_a_damaged_line_is_tried_by_sentences_then_by_pieces() -> None:
    asked: list[Sequence[str]] = []

    async def loses_masks(texts: Sequence[str]) -> list[str]:
        asked.append(texts)
        return [text.upper() if text.count("[[") < 2 else "gone" for text in texts]

    text = "cavity in S136. core in 1.2344 and lifter in H13."
    [answer] = await translate_protected([text], loses_masks, max_text_chars=2_000)
    assert answer == "CAVITY IN S136. CORE IN 1.2344 AND LIFTER IN H13."
    assert len(asked) == 3


@pytest.mark.asyncio
async def test_lines_blanks_and_empty_texts_stay_as_they_are() -> None:
    async def upper(texts: Sequence[str]) -> list[str]:
        assert all(text and text == text.strip() for text in texts)
        return [text.upper() for text in texts]

    texts = ["", "  ", "S136", "  core \r\n\r\n- slide\n"]
    assert await translate_protected(texts, upper, max_text_chars=100) == ["", "  ", "S136", "  CORE \r\n\r\n- SLIDE\n"]


@pytest.mark.asyncio
async def test_a_long_line_goes_out_by_sentences_and_an_endless_one_fails() -> None:
    async def upper(texts: Sequence[str]) -> list[str]:
        assert all(len(text) <= 20 for text in texts)
        return [text.upper() for text in texts]

    assert await translate_protected(["the core is hard. the slide is not."], upper, max_text_chars=20) == [
        "THE CORE IS HARD. THE SLIDE IS NOT."
    ]
    assert await translate_protected(["core " * 20], upper, max_text_chars=20) == [None]
