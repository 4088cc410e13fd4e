import pytest

from app.state import MAX_CHIPS, Draft, LibraryState, Video, fold, split_tags
from core import text
from tests.app.windows import video

SOME = (
    video(1, "legs", "Workout", title="Squats for Łucja"),
    video(2, "yoga", "Workout", channel="Café Yoga"),
    video(3, "legs", "yoga", title=None, video_key="abc"),
)


def state(*videos: Video) -> LibraryState:
    return LibraryState().with_videos(videos or SOME)


def shown(library: LibraryState) -> list[int]:
    return [video.id for video in library.shown]


def chips(library: LibraryState) -> list[tuple[str, int, bool]]:
    return [(chip.name, chip.videos, chip.chosen) for chip in library.chips]


def test_the_newest_come_first_in_whatever_order_they_are_given():
    assert shown(state(SOME[1], SOME[2], SOME[0])) == [3, 2, 1]


def test_a_library_is_loaded_once_it_was_answered_even_if_it_is_empty():
    assert not LibraryState().loaded
    assert LibraryState().with_videos([]).loaded


def test_every_chosen_tag_must_be_there_and_case_makes_no_difference():
    assert shown(state().toggling("legs")) == [3, 1]
    assert shown(state().toggling("LEGS").toggling("workout")) == [1]


def test_choosing_a_tag_again_lets_go_of_it():
    library = state().toggling("legs").toggling("Legs")
    assert library.chosen == ()
    assert library.shown == state().shown


@pytest.mark.parametrize("query", ["squ", "SQUATS legs", "  squ  "])
def test_every_word_must_occur_somewhere(query: str):
    assert shown(state().searching(query)) == [1]


def test_a_search_sees_past_case_and_accents_and_into_channels():
    assert shown(state().searching("CAFE yog")) == [2]


def test_a_video_without_a_title_is_found_by_its_key():
    assert shown(state().searching("abc")) == [3]
    assert SOME[2].name == "Video abc"


def test_chips_count_what_is_in_sight_and_the_chosen_come_first():
    assert chips(state()) == [("legs", 2, False), ("Workout", 2, False), ("yoga", 2, False)]
    assert chips(state().toggling("yoga")) == [
        ("yoga", 2, True),
        ("legs", 1, False),
        ("Workout", 1, False),
    ]


def test_a_chosen_tag_that_a_search_leaves_without_videos_can_still_be_let_go():
    assert chips(state().toggling("yoga").searching("squats")) == [("yoga", 0, True)]


def test_a_tag_that_nothing_carries_any_more_stops_filtering():
    library = state().toggling("legs").without(1).without(3)
    assert library.chosen == ()
    assert shown(library) == [2]


def test_there_is_an_end_to_chips():
    many = [video(number, f"tag {number}") for number in range(MAX_CHIPS + 10)]
    assert len(state(*many).chips) == MAX_CHIPS


def test_a_changed_video_takes_its_own_place():
    library = state().with_video(video(2, "new"))
    assert shown(library) == [3, 2, 1]
    assert library.find(2) == video(2, "new")


def test_a_video_that_is_gone_is_found_no_more():
    assert state().without(2).find(2) is None


def test_showing_everything_drops_search_and_tags():
    library = state().toggling("legs").searching("squats")
    assert library.filtered
    assert not library.unfiltered().filtered
    assert shown(library.unfiltered()) == [3, 2, 1]


def test_tags_are_offered_by_how_often_they_are_used():
    assert state(*SOME, video(9, "yoga")).tag_names == ("yoga", "Workout", "legs")


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("legs, yoga", ("legs", "yoga")),
        (" legs ,, ,", ("legs",)),
        ("Legs,legs,LEGS", ("Legs",)),
        ("b,a,b", ("b", "a")),
        ("", ()),
        ("20 minutes", ("20 minutes",)),
    ],
)
def test_tags_are_read_as_people_type_them(typed: str, tags: tuple[str, ...]):
    assert split_tags(typed) == tags


def test_folding_forgets_case_accents_and_width():
    assert fold("Ｃafé ＣＬＵＢ") == fold("cafe club")


@pytest.mark.parametrize(
    "word", ["Łódź", "STRASSE", "Straße", "ガ", "Ångström", "ﬁn", "İ", "Œuvre"]
)
def test_folding_is_the_service_s(word: str):
    assert fold(word) == text.fold(word)


def test_a_video_is_played_from_where_it_begins():
    assert video(1, start_s=90).watch_url == "https://www.youtube.com/watch?v=key1&t=90s"
    assert video(1).watch_url == "https://www.youtube.com/watch?v=key1"


def test_a_draft_counts_the_tag_that_is_still_in_the_field():
    draft = Draft(text="x", typed="yoga").with_tags("legs, Yoga")
    assert draft.typed == ""
    assert Draft(typed="Yoga", tags=("legs",)).all_tags == ("legs", "Yoga")
    assert draft.without_tag("legs").tags == ("Yoga",)


def test_a_draft_is_ready_with_a_text_and_while_nobody_saves_it():
    assert Draft(text=" x ").ready
    assert not Draft(text="  ").ready
    assert not Draft(text="x", saving=True).ready


def test_a_draft_is_offered_only_tags_that_it_has_not():
    assert Draft(tags=("Legs",)).offered(["legs", "yoga"]) == ("yoga",)
