"""What annotators are told: kind, short, and what to do next."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    title: str
    text: str


#: By the reason for having no work. Nothing here depends on which items are gold.
NO_WORK = {
    "none_left_for_you": Words(
        "Nothing new for you just now", "You have seen all there is. More may come in a while."
    ),
    "limit_reached": Words(
        "Enough for now", "You have done what one person may do at a time. Come back later."
    ),
    "paused": Words("A short pause", "The project is paused. Come back in a few minutes."),
    "all_done": Words("All done", "Every item has been answered. Thank you for your help."),
    "deadline_passed": Words("The project is over", "Its time has run out. Thank you."),
    "budget_spent": Words("No work at present", "The project has handed out all it can pay for."),
    "not_available": Words("Not open any more", "The project is no longer open to you."),
    "blocked": Words(
        "No work for you at present",
        "You cannot go on with this project for now. Under “My work” you can see why and object.",
    ),
    "not_in_pool": Words("Not open to everybody", "This project lets in only some annotators."),
    "not_qualified": Words("One step first", "This project asks for something you do not have."),
    "retraining_required": Words(
        "A little practice first", "Please go through the training once more, then go on."
    ),
    "guideline_not_accepted": Words(
        "Please read this first", "The guideline is new, or has changed since you were here."
    ),
    "batch_done": Words("That was all of it", "You have answered everything in this visit."),
}
#: What is said above the next page, by its name in the address.
SAID = {
    "stored": "Your answer is stored.",
    "again": "That answer was stored before. Nothing was lost or counted twice.",
    "returned": "You gave the item back. Somebody else will have a look.",
    "late": "The time for that item was over and it went to somebody else. Here is the next one.",
    "gone": "That item is no longer yours. Here is the next one.",
    "choose": "Please choose an answer first.",
    "accepted": "Thank you. You can begin.",
    "objected": "Your objection has been sent. The requester will look at it.",
}
