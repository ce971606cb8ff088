"""The month that a bulletin is about, and the months that it is compared with."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from ..errors import InputError

_WRITTEN = re.compile(r"(\d{4})\s*(?:[-/.年]\s*)?(\d{1,2})\s*月?")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read 2024-11, 2024/11, 202411 or 2024年11月; raise InputError for anything else."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or not 1 <= int(found[2]) <= 12 or not 1990 <= int(found[1]) < 2100:
            raise InputError(f"{text!r} is no month: write year and month as 2024-11.")
        return cls(int(found[1]), int(found[2]))

    @property
    def index(self) -> int:
        """Return months since January 1970."""
        return (self.year - 1970) * 12 + self.month - 1

    @property
    def days(self) -> int:
        """Return how many days the month has."""
        return calendar.monthrange(self.year, self.month)[1]

    def shift(self, months: int) -> Month:
        """Return the month so many months later, or earlier."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    @property
    def previous(self) -> Month:
        """Return the month before (环比)."""
        return self.shift(-1)

    @property
    def year_before(self) -> Month:
        """Return the same month a year before (同比)."""
        return self.shift(-12)

    def __str__(self) -> str:
        """Write the month as an official text does."""
        return f"{self.year}年{self.month}月"
