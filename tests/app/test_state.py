import pytest

from app.drafts import Draft
from app.state import MAX_CHIPS, LibraryState
from app.text import fold, split_tags
from app.video import Video
from core import text
from tests.support.app.windows import video

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


def test_videos_are_sorted_newest_first():
    assert shown(state(SOME[1], SOME[2], SOME[0])) == [3, 2, 1]


def test_an_empty_library_counts_as_loaded():
    assert not LibraryState().loaded
    assert LibraryState().with_videos([]).loaded


def test_a_video_needs_every_chosen_tag_in_any_case():
    assert shown(state().toggling("legs")) == [3, 1]
    assert shown(state().toggling("LEGS").toggling("workout")) == [1]


def test_choosing_a_tag_again_removes_it_from_the_filter():
    library = state().toggling("legs").toggling("Legs")
    assert library.chosen == ()
    assert library.shown == state().shown


@pytest.mark.parametrize("query", ["squ", "SQUATS legs", "  squ  "])
def test_a_video_needs_every_word_of_the_search(query: str):
    assert shown(state().searching(query)) == [1]


def test_a_search_ignores_case_and_accents_and_includes_channels():
    assert shown(state().searching("CAFE yog")) == [2]


def test_a_video_without_a_title_is_found_by_its_key():
    assert shown(state().searching("abc")) == [3]
    assert SOME[2].name == "YouTube abc"


def test_chips_count_the_shown_videos_and_chosen_ones_come_first():
    assert chips(state()) == [("legs", 2, False), ("Workout", 2, False), ("yoga", 2, False)]
    assert chips(state().toggling("yoga")) == [
        ("yoga", 2, True),
        ("legs", 1, False),
        ("Workout", 1, False),
    ]


def test_a_chosen_tag_without_matches_keeps_its_chip():
    assert chips(state().toggling("yoga").searching("squats")) == [("yoga", 0, True)]


def test_a_tag_without_videos_stops_filtering():
    library = state().toggling("legs").without(1).without(3)
    assert library.chosen == ()
    assert shown(library) == [2]


def test_tags_with_numbers_are_sorted_by_their_numbers():
    library = state(*(video(n, f"Week {n}, 2 sets of {n}") for n in (10, 2, 1)))
    names = ["2 sets of 1", "2 sets of 2", "2 sets of 10", "Week 1", "Week 2", "Week 10"]
    assert [chip.name for chip in library.tags_by_name] == names
    assert [chip.name for chip in library.chips] == names
    assert library.offers("week", ()) == ("Week 1", "Week 2", "Week 10")


def test_the_number_of_chips_is_limited():
    many = [video(number, f"tag {number}") for number in range(MAX_CHIPS + 10)]
    assert len(state(*many).chips) == MAX_CHIPS


def test_a_changed_video_replaces_the_old_one():
    library = state().with_changed(video(2, "new"))
    assert shown(library) == [3, 2, 1]
    assert library.find(2) == video(2, "new")


def test_a_removed_video_is_not_found():
    assert state().without(2).find(2) is None


def test_unfiltered_removes_search_and_tags():
    library = state().toggling("legs").searching("squats")
    assert library.filtered
    assert not library.unfiltered().filtered
    assert shown(library.unfiltered()) == [3, 2, 1]


def test_the_tag_that_was_used_last_comes_first():
    assert state(*SOME, video(9, "yoga")).tag_names == ("yoga", "legs", "Workout")


def test_a_typed_tag_is_completed_by_its_beginning_then_by_use():
    library = state(video(1, "legs", "yoga"), video(2, "yoga", "yin yoga"), video(3, "Yogurt"))
    assert library.offers("yo", []) == ("yoga", "Yogurt", "yin yoga")
    assert library.offers("", ["YOGA"]) == ("Yogurt", "yin yoga", "legs")
    assert library.offers("x", []) == ()


def test_videos_can_be_sorted_by_age_and_by_title():
    library = state(video(1, title="Éclair"), video(2, title=None), video(3, title="zoo"))
    assert shown(library) == [3, 2, 1]
    assert shown(library.sorted_by("oldest")) == [1, 2, 3]
    assert shown(library.sorted_by("title")) == [1, 3, 2]


def test_an_imported_video_keeps_its_place_by_date():
    older = video(9, created_at="2020-01-01T00:00:00.000Z")
    assert shown(state(older, *SOME)) == [3, 2, 1, 9]


def test_a_merged_tag_is_on_a_video_once_at_the_first_place():
    library = state(video(1, "a", "legs", "b", "leg day"), video(2, "c")).toggling("legs")
    merged = library.with_tag_renamed("LEGS", "leg day")
    assert [one.tags for one in merged.videos] == [("c",), ("a", "leg day", "b")]
    assert merged.chosen == ("leg day",)


def test_a_removed_tag_no_longer_filters():
    library = state().toggling("legs").with_tag_renamed("legs", None)
    assert (library.chosen, library.find(1)) == ((), SOME[0].with_tags((), ["legs"]))


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
def test_typed_tags_are_split_at_commas(typed: str, tags: tuple[str, ...]):
    assert split_tags(typed) == tags


def test_folding_removes_case_accents_and_width():
    assert fold("Ｃafé ＣＬＵＢ") == fold("cafe club")


@pytest.mark.parametrize(
    "word", ["Łódź", "STRASSE", "Straße", "ガ", "Ångström", "ﬁn", "İ", "Œuvre"]
)
def test_folding_matches_the_service(word: str):
    assert fold(word) == text.fold(word)


def test_the_watch_url_has_the_start_time():
    assert video(1, start_s=90).watch_url == "https://www.youtube.com/watch?v=key1&t=90s"
    assert video(1).watch_url == "https://www.youtube.com/watch?v=key1"


def test_a_draft_includes_the_tag_still_in_the_field():
    draft = Draft(text="x", typed="yoga").with_tags("legs, Yoga")
    assert draft.typed == ""
    assert Draft(typed="Yoga", tags=("legs",)).all_tags == ("legs", "Yoga")
    assert draft.without_tag("legs").tags == ("Yoga",)


def test_a_draft_is_ready_with_a_text_and_without_a_save_in_progress():
    assert Draft(text=" x ").ready
    assert not Draft(text="  ").ready
    assert not Draft(text="x", saving=True).ready


def test_a_draft_reads_commas_of_other_scripts():
    assert Draft(typed="a\uff0cb\u3001c").all_tags == ("a", "b", "c")
