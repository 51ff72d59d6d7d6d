"""The templates themselves: what each asks, of what, and why it is set up so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class PayloadField:
    """A field of the items that a template is made for, and how it is shown."""

    field: str
    #: text, image, audio, video or link.
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Template:
    """A project to begin with. Equal by name: there is one of each."""

    name: str
    title: str = field(compare=False)
    #: What it is for, in a sentence.
    purpose: str = field(compare=False)
    question: str = field(compare=False)
    labels: Sequence[str] = field(compare=False)
    #: Where it differs from what a project is otherwise.
    config: Mapping[str, Any] = field(compare=False)
    #: Why, by the field of the configuration.
    reasons: Mapping[str, str] = field(compare=False)
    fields: Sequence[PayloadField] = field(compare=False)


def _template(name: str, config: Mapping[str, tuple[Any, str]], **rest: Any) -> Template:
    """Lay out settings that each stand beside their reason."""
    return Template(
        name=name,
        config=MappingProxyType({key: value for key, (value, _) in config.items()}),
        reasons=MappingProxyType({key: why for key, (_, why) in config.items()}),
        **rest,
    )


TEMPLATES: Sequence[Template] = (
    _template(
        "classification",
        title="Classification",
        purpose="Put each item into exactly one of a few classes.",
        question="Which class does the item belong to?",
        labels=("animal", "plant", "object", "none of these"),
        fields=(PayloadField("text", "text", "Item"),),
        config={
            "overlap_min": (3, "with two answers a slip of one annotator is a tie"),
            "overlap_max": (7, "an item that seven cannot agree on needs a better question"),
            "target_confidence": (0.95, "one label in twenty may be wrong at the most"),
        },
    ),
    _template(
        "moderation",
        title="Moderation",
        purpose="Find what breaks the rules of a place, and say which rule.",
        question="Does the post break the rules?",
        labels=("allowed", "spam", "harassment", "adult", "dangerous"),
        fields=(PayloadField("text", "text", "Post"), PayloadField("context", "text", "Where")),
        config={
            "overlap_min": (3, "most posts are allowed: two quick clicks would agree by chance"),
            "overlap_max": (9, "borderline posts deserve more eyes before a person rules on them"),
            "target_confidence": (0.98, "a wrongly removed post costs more than two more answers"),
            "gold": (
                {"policy": "share", "share": 0.1},
                "where nearly everything is allowed, only known answers show who still reads",
            ),
        },
    ),
    _template(
        "sentiment",
        title="Sentiment",
        purpose="Tell how somebody who wrote a text feels about its subject.",
        question="How does the writer feel about it?",
        labels=("negative", "neutral", "positive"),
        fields=(PayloadField("text", "text", "Text"), PayloadField("about", "text", "About")),
        config={
            "overlap_min": (3, "feelings are read differently: one reading is an opinion"),
            "overlap_max": (7, "some texts are mixed, and stay so however many read them"),
            "target_confidence": (0.9, "mixed texts would never be surer than that"),
        },
    ),
    _template(
        "relevance",
        title="Search relevance",
        purpose="Judge how well a search result answers what was asked for.",
        question="How well does the result answer the query?",
        labels=("irrelevant", "related", "good", "perfect"),
        fields=(
            PayloadField("query", "text", "Query"),
            PayloadField("title", "text", "Result"),
            PayloadField("text", "text", "Excerpt"),
        ),
        config={
            "answer_type": ("ordinal", "a near miss tells of the grades beside it"),
            "overlap_min": (3, "grades next to each other are easily confused"),
            "overlap_max": (6, "after six the grade hardly moves, and rankings need many items"),
            "target_confidence": (0.85, "neighbouring grades keep each other from being surer"),
            "strategy": ("breadth", "a ranking is of use once every result has some grade"),
        },
    ),
    _template(
        "entity-matching",
        title="Entity matching",
        purpose="Say whether two records speak of the same thing.",
        question="Are both records of the same thing?",
        labels=("same", "different", "cannot tell"),
        fields=(PayloadField("left", "text", "One"), PayloadField("right", "text", "The other")),
        config={
            "overlap_min": (2, "most pairs are easy: two careful answers that agree are enough"),
            "overlap_max": (7, "the hard pairs are what one does this for"),
            "target_confidence": (0.97, "a wrong match joins two histories, which few undo"),
        },
    ),
    _template(
        "comparison",
        title="Comparison",
        purpose="Choose the better of two versions, as of texts, pictures or answers of models.",
        question="Which of the two is better?",
        labels=("first", "second", "no difference"),
        fields=(
            PayloadField("task", "text", "Asked for"),
            PayloadField("first", "text", "First"),
            PayloadField("second", "text", "Second"),
        ),
        config={
            "overlap_min": (5, "preferences differ: what counts is how many prefer which"),
            "overlap_max": (9, "an odd number, so that two sides cannot be of one size"),
            "target_confidence": (0.9, "a real preference shows; where there is none, none should"),
            "limits": (
                {"held": 20},
                "whoever holds few pairs at a time reads them; long rows are clicked through",
            ),
        },
    ),
    _template(
        "tagging",
        title="Tagging",
        purpose="Give each item all the labels that apply to it, perhaps none.",
        question="What is the message about? Choose all that apply.",
        labels=("delivery", "defect", "billing", "account", "praise"),
        fields=(PayloadField("text", "text", "Message"),),
        config={
            "answer_type": ("multi-label", "a message may be about several things, or about none"),
            "overlap_min": (3, "a label that one of two forgets is a tie"),
            "overlap_max": (7, "sets differ in a label more often than single labels do"),
            "target_confidence": (0.9, "it is the whole set that has to be right"),
        },
    ),
    _template(
        "counting",
        title="Counting and measuring",
        purpose="Have a number said of each item: how many, how large, how long.",
        question="How many people does the text speak of?",
        labels=(),
        fields=(PayloadField("text", "text", "Text"),),
        config={
            "answer_type": ("numeric", "twelve is nearer to eleven than to three"),
            "number": (
                {"minimum": 0, "maximum": 50, "step": 1, "unit": "people", "tolerance": 0.5},
                "whole numbers; half a person off is as good as right, one off is not",
            ),
            "overlap_min": (3, "of three, one that is far off stands out"),
            "overlap_max": (
                7,
                "where seven count differently, the guideline has to say what counts",
            ),
            "target_confidence": (0.9, "the number within what does no harm, nine times in ten"),
        },
    ),
)
