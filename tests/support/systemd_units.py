"""A strict reader of systemd units: sections, keys, and the words of a command line."""

import re


def parsed(text: str) -> dict[str, list[tuple[str, str]]]:
    """A unit as systemd splits it: continuations joined, comments dropped, sections of keys and values."""
    sections: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in re.split(r"[\n\r\0]", re.sub(r"\\\n", " ", text)):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if stripped[0] == "[":
            section = stripped.strip("[]")
            sections[section] = []
        else:
            key, _, value = stripped.partition("=")
            sections[section].append((key, value))
    return sections


def words_of(line: str) -> list[str]:
    """A command line as systemd splits it (systemd.syntax, "Quoting"), with %% and $$ undone and no variable set."""
    words = []
    position = 0
    line = line.strip()
    while position < len(line):
        word, quote = "", ""
        while position < len(line) and (quote or not line[position].isspace()):
            character = line[position]
            if character == "\\":
                position += 1
                assert line[position] in '\\"', "an escape that this reader does not know"
                word += line[position]
            elif character == quote:
                quote = ""
            elif not quote and character in "\"'":
                quote = character
            else:
                word += character
            position += 1
        assert not quote, "a quote is not closed"
        words.append(literal(word))
        while position < len(line) and line[position].isspace():
            position += 1
    return words


def literal(word: str) -> str:
    """What is left of a word without specifiers and variables; fails if there is one."""
    pieces = re.split(r"(%%|\$\$)", word)
    assert not any("%" in piece or "$" in piece for piece in pieces[::2]), word
    return "".join({"%%": "%", "$$": "$"}.get(piece, piece) for piece in pieces)
