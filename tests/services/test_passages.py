"""What a guideline says of the labels in contention."""

from __future__ import annotations

from crowd.services.passages import passages

BODY = """# Birds

What flies is not always a bird.

## Penguins

- A *penguin* is a `bird`.
- A picture of a penguin is one as well.

## Bats

They are mammals.

1. Look at the wings.
2. When in doubt, say cannot tell.
"""


def test_a_passage_is_what_names_the_label_with_its_heading() -> None:
    assert passages(BODY, ["cannot_tell"]) == ["## Bats\n\n2. When in doubt, say cannot tell."]
    assert passages(BODY, ["BIRD"])[1] == "## Penguins\n\n- A *penguin* is a `bird`."


def test_below_a_heading_that_names_the_label_everything_is_about_it() -> None:
    (found,) = passages(BODY, ["bats"])

    assert found.startswith("## Bats\n\nThey are mammals.\n\n1. Look")
    assert passages("# Bats\n\nA.\n\n## Wings\n\nB.\n\n# Else\n\nC.", ["bats"]) == [
        "# Bats\n\nA.",
        "## Wings\n\nB.",
    ]


def test_a_label_is_a_word_of_its_own_and_no_number_of_a_list() -> None:
    assert passages(BODY, ["bat", "1", "wing"]) == []
    assert passages("Say _no_ then.\n\nKnown or not.", ["no"]) == ["Say _no_ then."]


def test_where_all_of_it_or_nothing_is_about_the_labels_there_is_no_passage() -> None:
    assert passages("A bird flies.", ["bird"]) == []
    assert passages(BODY, ["reptile"]) == passages("", ["bird"]) == []
