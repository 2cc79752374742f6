"""Words of an emergency, as people write them: what has to be found, and what must not be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.programme.desk.triage import Flag
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.red_flags import red_flags

NAMED = {
    "chest": (
        "chest tightness | My chest hurts | pressure on my chest | chest is tight | 胸口闷 | 胸痛 | "
        "心脏很不舒服 | 心口疼 | pain down my left arm | 胸口突然很疼"
    ),
    "breath": (
        "I cant breathe | can not breath | hardly breathe | gasping for air | she is choking | 喘不上气 | "
        "憋气 | 呼吸很困难 | 上不来气 | 嘴唇发紫 | 喘不過氣"
    ),
    "stroke": (
        "my left arm is numb | numbness on one side | his speech is slurred | cant speak | "
        "cannot move my leg | 嘴歪了 | 右边身体没力 | 说话不清 | 說不出話 | 脑梗 | 胳膊抬不起来"
    ),
    "unconscious": (
        "he collapsed | she blacked out | won't wake up | had a siezure | is unresponsive | 晕过去了 | "
        "叫不应 | 没有意识 | 不省人事 | 暈倒了"
    ),
    "low": (
        "my glucose was very low and he had to help me | bad hypo | hypo last night, needed help | "
        "血糖太低一直出汗 | 严重低血糖 | 低血糖晕了"
    ),
    "bleeding": (
        "coughing up blood | it is bleeding and won't stop | can't stop the bleeding | black stools | "
        "便血 | 血止不住 | 一直流血 | haemorrhage"
    ),
    "vomiting": (
        "I keep vomiting | throwing up since last night | can't keep anything down | 一直吐 | 吐个不停 | 喝水都吐"
    ),
    "swelling": (
        "my lips are swollen | tongue swelling up | swollen face | anaphylaxis | rash all over | "
        "舌头肿了 | 脸有点肿 | 全身起疹子 | 喉咙腫了"
    ),
    "self_harm": (
        "i want to die | better off dead | dont want to live | cut myself | 活着没意思 | 活不下去了 | 想自殺"
    ),
    "overdose": (
        "took double my insulin | I injected the wrong insulin | too many pills | took all my tablets | "
        "over dose | 打了两次胰岛素 | 吃错药了 | 吃了整瓶 | 藥吃太多了吃過量"
    ),
    "ketones": ("is it DKA? | ketones are high | breath smells like fruit | 酮体很高 | 酮症"),
    "call": ("call an ambulance | please help me | 救命 | 叫救护车"),
}
"""By sign, separated by bars."""
EVERY = [(sign, words) for sign, each in NAMED.items() for words in each.split(" | ")]


@pytest.mark.parametrize(("sign", "words"), EVERY)
def test_a_sign_is_found_as_people_write_it(sign: str, words: str) -> None:
    assert sign in red_flags(words)


@pytest.mark.parametrize(
    "words",
    [
        "How often should I change the needle?", "My meter shows an error", "May the pen stand in the sun?",
        "Which shoes are good for walking?", "When do I measure my blood pressure?", "My cuff is too big",
        "I walked for half an hour today", "The strip box is empty", "Can I speak with you on Monday?",
        "What does HbA1c mean?", "针头要多久换一次？", "血压计怎么用？", "可以放在冰箱里吗？", "早上几点测血糖好？",
        "怎么记得按时测量？", "我的袖带太大了",
    ],
)  # fmt: skip
def test_everyday_questions_are_no_emergency(words: str) -> None:
    assert red_flags(words) == ()


@given(
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    named=st.sampled_from(EVERY),
    form=st.sampled_from(["NFC", "NFD"]),
    shout=st.booleans(),
)
def test_a_sign_is_found_wherever_it_stands_and_however_it_is_typed(
    before: str, after: str, named: tuple[str, str], form: str, shout: bool
) -> None:
    sign, words = named
    typed = unicodedata.normalize(form, words.upper() if shout else words).replace(" ", "\n ").replace("'", "’")

    assert sign in red_flags(f"{before} {typed} {after}")


@given(words=st.text(max_size=200))
def test_any_text_is_looked_through(words: str) -> None:
    assert set(red_flags(words)) <= NAMED.keys()


NAMES_OF = {
    Flag.SYMPTOMS: {"chest", "breath", "stroke"},
    Flag.SWELLING: {"swelling"},
    Flag.NEEDED_HELP: {"low"},
    Flag.TOO_MUCH: {"overdose"},
    Flag.BLEEDING: {"bleeding"},
    Flag.SELF_HARM: {"self_harm"},
}
"""Of vomiting once the desk asks, and nobody is called about its word alone."""


@pytest.mark.parametrize("flag", list(NAMES_OF))
def test_the_list_knows_every_sign_that_the_desk_asks_for(flag: Flag) -> None:
    (asked,) = [each for each in TRIAGE.questions if each.flag is flag]

    assert NAMES_OF[flag] & set(red_flags(asked.en))
    assert NAMES_OF[flag] & set(red_flags(asked.zh))
