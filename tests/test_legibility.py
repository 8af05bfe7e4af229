"""Letters as large as those who read them need. tests/browser/test_wall_look.py holds that the styles draw them so."""

import pytest

from app.view.legibility import ARC_LEAST, DIAGONAL_REM, PLANS, arc_of, plan_for


@pytest.mark.parametrize(
    ("inches", "metres", "name"),
    [(55, 2, "near"), (55, 5, "whole"), (43, 5, "usual"), (32, 5, "four"), (24, 6, "two"), (13, 30, "two")],
)
def test_a_plan_shows_the_most_of_what_can_be_read(inches: float, metres: float, name: str) -> None:
    assert plan_for(inches, metres).name == name


def test_letters_are_not_smaller_than_can_be_read_while_any_plan_has_them() -> None:
    for inches in range(20, 101):
        for metres in range(1, 16):
            plan = plan_for(inches, metres)
            assert arc_of(plan, inches, metres) >= ARC_LEAST or plan == PLANS[-1]


def test_a_letter_of_32_mm_is_23_mm_high_and_16_minutes_from_five_metres() -> None:
    diagonal_mm = 55 * 25.4
    plan = PLANS[1]._replace(letters_rem=DIAGONAL_REM * 32.0 / diagonal_mm)
    assert arc_of(plan, 55, 5) == pytest.approx(16, abs=0.01)
