"""Items that are nearly the same."""

from __future__ import annotations

import random
import uuid

from crowd.services import lookalikes, weighing
from crowd.services.lookalikes import features, fingerprint, likeness
from tests.factories import World
from tests.services.test_rulings import rule

PROJECT = uuid.uuid4()
WORDS = ("the", "of", "cat", "dog", "tree", "river", "house", "old", "small", "runs", "under")


def sentence(chance: random.Random, words: int = 40) -> str:
    return " ".join(chance.choice(WORDS) + str(chance.randrange(50)) for _ in range(words))


def changed(chance: random.Random, text: str, edits: int) -> str:
    words = text.split()
    for place in chance.sample(range(len(words)), edits):
        words[place] = "other"
    return " ".join(words)


def test_the_same_item_is_alike_whatever_its_case_and_spaces() -> None:
    one = features({"text": "The quick brown  fox jumps"})
    same = features({"text": "the quick brown fox jumps "})

    assert likeness(one, same) == 1
    assert fingerprint(PROJECT, one) == fingerprint(PROJECT, same)
    assert not set(fingerprint(PROJECT, one)) & set(fingerprint(uuid.uuid4(), one))


def test_pictures_are_alike_by_their_address_alone() -> None:
    one = features({"image": "https://example.org/a.jpg"})

    assert likeness(one, features({"image": "https://example.org/a.jpg"})) == 1
    assert likeness(one, features({"image": "https://example.org/b.jpg"})) == 0


def test_an_item_without_content_is_like_nothing() -> None:
    assert fingerprint(PROJECT, features({})) == []
    assert likeness(features({}), features({})) == 0


def test_near_texts_are_mostly_found_and_others_hardly_ever() -> None:
    chance = random.Random(3)
    found = near = false = 0
    for _ in range(200):
        text = sentence(chance)
        mine = features({"text": text})
        edited = features({"text": changed(chance, text, 2)})
        other = features({"text": sentence(chance)})
        shared = set(fingerprint(PROJECT, mine))
        near += likeness(mine, edited) >= lookalikes.ALIKE
        found += bool(shared & set(fingerprint(PROJECT, edited)))
        false += bool(shared & set(fingerprint(PROJECT, other)))

    assert near > 190
    assert found > 185
    assert false == 0


def test_those_already_ruled_on_come_first_and_say_what_was_ruled(world: World) -> None:
    text = "a quick brown fox jumps over the lazy dog near the old mill"
    mine = world.disputed("yes", "no", payload={"text": text})
    same = world.disputed("yes", "no", payload={"text": text})
    near = world.disputed("yes", "no", payload={"text": text + " today"})
    far = world.disputed("yes", "no", payload={"text": "nothing of the kind at all here"})
    weighing.compare(world.session, [one.id for one in (mine, same, near, far)])
    rule(world, near, "yes")

    found = lookalikes.of_dispute(world.session, mine.id)

    assert [(one.dispute_id, one.verdict, one.label) for one in found] == [
        (near.id, "label", "yes"),
        (same.id, None, None),
    ]
    assert found[1].likeness == 1 > found[0].likeness > 0.8
