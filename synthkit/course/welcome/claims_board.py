"""The claims board: vote, do the course, vote again, and only then see what the kit found.

Votes are kept in the progress file, ``votes`` of lesson 00: claim -> {"first", "second"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthkit.course.catalog import LESSONS
from synthkit.course.progress import Progress
from synthkit.course.report import Rows
from synthkit.course.welcome.claims import BY_ID, CLAIMS, HEADINGS, VERDICTS, Claim
from synthkit.course.welcome.widget import WelcomeWidget, script
from synthkit.errors import ParameterError

LESSON = "00_welcome"
ROUNDS = ("first", "second")


def read_votes(progress: Progress) -> dict[str, dict[str, str]]:
    """Return the votes on claims of ours that are votes; whatever else the file holds is left."""
    kept = progress.lesson(LESSON).get("votes")
    found: dict[str, dict[str, str]] = {}
    for claim in CLAIMS:
        entry = kept.get(claim.id) if isinstance(kept, dict) else None
        pairs = entry.items() if isinstance(entry, dict) else ()
        good = {k: v for k, v in pairs if k in ROUNDS and v in VERDICTS}
        if good:
            found[claim.id] = good
    return found


def agreement(votes: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Say how many votes of each round agree with the kit, and how many were changed."""
    said = []
    for name in ROUNDS:
        cast = [claim for claim in CLAIMS if name in votes.get(claim.id, {})]
        if cast:
            agree = sum(votes[claim.id][name] == claim.verdict for claim in cast)
            said.append(f"{name.capitalize()} vote: {agree} of {len(cast)} agree with the kit.")
    both = [votes[claim.id] for claim in CLAIMS if len(votes.get(claim.id, {})) == len(ROUNDS)]
    if both:
        changed = sum(vote["first"] != vote["second"] for vote in both)
        said.append(f"You changed your mind on {changed} of {len(both)}.")
    return said


class ClaimsBoard(WelcomeWidget):
    """The board.

    Parameters
    ----------
    progress : Progress
        Votes are read from it and kept in it.
    """

    _esm = script("claims")

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.votes = read_votes(progress)
        self.round = "first"
        self.all_shown = False
        super().__init__({"claims": [_shown(claim) for claim in CLAIMS]}, self._state())

    def vote(self, claim: str, vote: str) -> ClaimsBoard:
        """Vote 'holds', 'depends' or 'false' on a claim, in the round that is on."""
        if claim not in BY_ID or vote not in VERDICTS:
            raise ParameterError(
                f"vote must be one of {', '.join(VERDICTS)} on a claim of the board; got {vote!r} "
                f"on {claim!r}."
            )
        entry = self.votes[claim] = {**self.votes.get(claim, {}), self.round: vote}
        self._progress.record_note(LESSON, "votes", claim, entry)
        self.state = self._state()
        return self

    def begin(self, name: str) -> ClaimsBoard:
        """Turn to the 'first' or the 'second' round of votes."""
        if name not in ROUNDS:
            raise ParameterError(f"round must be one of {', '.join(ROUNDS)}; got {name!r}.")
        self.round = name
        self.state = self._state()
        return self

    def show_all(self) -> ClaimsBoard:
        """Show what the kit found on every claim."""
        self.all_shown = True
        self.state = self._state()
        return self

    def _act(self, content: dict[str, Any]) -> None:
        wish = content.get("do")
        if wish == "vote":
            self.vote(str(content.get("claim")), str(content.get("vote")))
        elif wish == "round":
            self.begin(str(content.get("round")))
        elif wish == "open":
            self.show_all()

    def _is_found(self, claim: Claim) -> bool:
        return self.all_shown or "second" in self.votes.get(claim.id, {})

    def _state(self) -> dict[str, Any]:
        found = {
            claim.id: {"verdict": claim.verdict, "why": claim.why, "evidence": claim.evidence()}
            for claim in CLAIMS
            if self._is_found(claim)
        }
        known = self.all_shown or all("second" in self.votes.get(c.id, {}) for c in CLAIMS)
        lines = agreement(self.votes) if known else [self._invitation()]
        if self._progress.last_problem:
            lines.append(self._progress.last_problem)
        votes = {claim: dict(cast) for claim, cast in self.votes.items()}
        return {
            "votes": votes, "round": self.round, "open": known, "found": found, "lines": lines,
        }  # fmt: skip

    def _invitation(self) -> str:
        if self.round == "second":
            return "The kit's answer appears with your second vote."
        lessons = self._progress.read()["lessons"]
        done = sum(bool(lessons.get(info.id, {}).get("finished")) for info in LESSONS)
        return (
            "Your votes are kept. The answers wait for your second vote, after the last lesson "
            f"({done} of {len(LESSONS)} lessons finished so far)."
        )

    def as_text(self) -> str:
        """Return the claims, and the way to vote without the widget."""
        lines = [f"{claim.id}: {claim.text}" for claim in CLAIMS]
        how = 'Vote: `board.vote("recipe", "depends")`; answers: `board.show_all()`.'
        return "\n".join([*lines, how])

    def as_html(self) -> str:
        """Return the claims as a table; the kit's answers only where they are shown."""
        rows = []
        for claim in CLAIMS:
            cast = self.votes.get(claim.id, {})
            said = [f"{claim.verdict}: {claim.why}", *claim.evidence()]
            answer = " · ".join(said) if self._is_found(claim) else ""
            other = f" (Against it: {BY_ID[claim.against].text})" if claim.against else ""
            mine = ", ".join(cast[name] for name in ROUNDS if name in cast)
            rows.append((HEADINGS[claim.heading], claim.text + other, mine, answer))
        return Rows(("under", "claim", "your votes", "the kit"), tuple(rows))._repr_html_()


def _shown(claim: Claim) -> dict[str, Any]:
    """Return what the page knows of a claim: never its verdict."""
    other = BY_ID.get(claim.against)
    against = [{"id": other.id, "text": other.text}] if other else []
    return {
        "id": claim.id, "heading": HEADINGS[claim.heading], "text": claim.text, "against": against,
    }  # fmt: skip
