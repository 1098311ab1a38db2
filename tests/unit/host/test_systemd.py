"""Unit text: whatever a value holds, it stays the value of its key."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.systemd_units import parsed, words_of
from tradewind.host.systemd import Raw, Unit, UnitError, command, environment, unit_text

PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
NASTY = st.text(st.sampled_from(" %$\"'\\;#=[]{}-@:\u00e9"), min_size=1, max_size=12)
WORDS = st.lists(PRINTABLE | NASTY, min_size=1, max_size=5)
CONTROL = st.characters(categories=["Cc"])


@given(WORDS)
@example(["a b", "100%", "${HOME}", '"', "\\", "'", ";", "#"])
@example(["w" * 200, "-x"])
def test_a_word_of_a_command_stays_one_literal_word(words):
    text = unit_text({"Service": {"ExecStart": command("/bin/true", *words), "Restart": "no"}})
    (_, line), (last, _) = parsed(text)["Service"]
    assert last == "Restart"
    assert words_of(line) == ["/bin/true", *words]


@given(PRINTABLE | NASTY)
@example("a b%n$HOME\"'\\")
def test_an_environment_value_stays_one_literal_value(value):
    text = unit_text({"Service": {"Environment": environment("IMAGE", value)}})
    assert [key for key, _ in parsed(text)["Service"]] == ["Environment"]
    written = parsed(text)["Service"][0][1]
    # Environment= knows no variables: a dollar sign is only itself.
    assert words_of(written.replace("$", "$$")) == [f"IMAGE={value}"]


@given(st.tuples(st.text(max_size=5), CONTROL, st.text(max_size=5)).map("".join))
@example("a\nExecStart=/bin/evil")
@example("a\\\nb")
@example("a\rb")
def test_control_characters_are_refused(value):
    for write in (
        lambda: command("/bin/true", value),
        lambda: command("/bin/true", Raw(value)),
        lambda: environment("A", value),
    ):
        with pytest.raises(UnitError, match="control characters"):
            write()
    with pytest.raises(UnitError, match="one line"):
        unit_text({"Unit": {"Description": value}})


def test_a_value_cannot_take_the_next_line_with_it():
    with pytest.raises(UnitError, match="not end in a backslash"):
        unit_text({"Unit": {"Description": "a\\", "After": "b"}})


@pytest.mark.parametrize("name", ["", "a", "1A", "A B", "A=B", "A\nB", "A-B"])
def test_environment_names_are_checked(name):
    with pytest.raises(UnitError, match="upper-case variable name"):
        environment(name, "value")


def test_raw_words_keep_variables_and_specifiers():
    assert command("/bin/echo", Raw("${IMAGE}"), Raw("%H"), "${IMAGE}", "%H") == "/bin/echo ${IMAGE} %H $${IMAGE} %%H"


def test_an_empty_word_is_kept():
    assert command("/bin/echo", "", "a") == '/bin/echo "" a'


def test_sections_and_repeated_keys_keep_their_order():
    text = unit_text({"Unit": {"After": ["b", "a"]}, "Install": {"WantedBy": "c"}})
    assert text == "[Unit]\nAfter=b\nAfter=a\n\n[Install]\nWantedBy=c\n"


def test_a_unit_leaves_its_state_to_the_system():
    assert (Unit(name="a.service").enabled, Unit(name="a.service").mask) == (None, False)
