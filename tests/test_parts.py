"""What did not change of a document is the same object in the next one, so that nothing behind it has to look."""

from msgspec.structs import replace

from app.board.board import Board
from app.board.parts import wall_view
from app.clock import SECOND
from app.publish.audience import Audience, new_renderer
from app.records import Act, Deliveries, Moment, Operator
from app.view.facts import FactFinder
from tests.support.assemble import NOW, board_of

CAME = Moment(NOW - SECOND, 1, "came")
OPERATOR = Operator(newest=NOW, came=CAME, act=Act(NOW - SECOND, 1, "act", "user.connected"), connects=(CAME,))


def with_operator() -> Board:
    return board_of({"operator:ha-335-12": OPERATOR})


def test_document_of_which_nothing_changed_is_the_last_one() -> None:
    board = with_operator()
    assert board.document(NOW + 1).document is board.document(NOW).document


def test_change_of_a_row_changes_no_part_of_the_wall() -> None:
    board = with_operator()
    before = board.document(NOW).document
    board.apply("operator:ha-335-12", OPERATOR, replace(OPERATOR, act=Act(NOW, 1, "later", "visitor.updated")))
    after = board.document(NOW).document

    assert after["operators"]["by_id"]["ha-335-12"]["last_act"]["event"] == "visitor.updated"
    assert [name for name, part in wall_view(after).items() if part is not wall_view(before)[name]] == []
    wall = new_renderer(Audience("all", "wall"), board.definition, FactFinder("UTC"))
    assert wall.render(after, NOW) is wall.render(before, NOW)


def test_only_members_that_changed_are_other_objects() -> None:
    board = with_operator()
    before = board.document(NOW).document
    board.apply("deliveries:0", None, Deliveries(newest=NOW, accepted=7))
    board.apply("operator:ha-335-13", None, OPERATOR)
    after = board.document(NOW).document

    changed = {name for name, part in after.items() if part is not before[name]}  # type: ignore[literal-required]
    assert changed == {"operators", "teams"}
    assert after["operators"]["connected"] == 2
    assert after["operators"]["available"] is before["operators"]["available"]
