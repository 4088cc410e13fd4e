"""The library and its filters. Pure: no HTTP, no Flet.

Every change makes a new state, so that a component can detect a change by identity.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Self, get_args

from app.notes import Note
from app.rows import SORTS, Rows, Sort, by_last_done, count_tags
from app.searches import MAX_NAME, MAX_REST, Search, encode_filters, parse_number
from app.text import by_name, fold, split_tags, tag_key
from app.training import MAX_MINUTES, Workout, days_before, days_between
from app.video import UNAVAILABLE, Video

MAX_CHIPS = 40

Kinds = Literal["all", "untagged", "unavailable"]
KINDS: tuple[Kinds, ...] = get_args(Kinds)


@dataclass(frozen=True)
class Chip:
    """A tag, how many of the shown videos have it, and whether the user filters by it."""

    name: str
    videos: int
    chosen: bool
    excluded: bool = False
    """Whether videos with it are hidden."""
    done_on: str | None = None
    """The last workout day of the tag, "" for never; None unless the videos are limited."""


@dataclass(frozen=True)
class LibraryState:
    """A user's videos, notes and log, and the filters and the order of the shown videos."""

    rows: Rows = field(default_factory=Rows)
    loaded: bool = False
    query: str = ""
    chosen: tuple[str, ...] = ()
    any: bool = False
    """Whether a video needs only one of the chosen tags."""
    excluded: tuple[str, ...] = ()
    """Videos with these tags are hidden."""
    kinds: Kinds = "all"
    sort: Sort = "newest"
    minutes_max: int | None = None
    not_done_since: str | None = None
    """Only videos without a workout on that day or later."""
    before: Sort = "newest"
    """The order before the videos were limited."""

    @property
    def videos(self) -> tuple[Video, ...]:
        """Every video, newest first."""
        return self.rows.videos

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every note, by its time."""
        return self.rows.notes

    @property
    def searches(self) -> tuple[Search, ...]:
        """The saved searches, oldest first."""
        return self.rows.searches

    @property
    def workouts(self) -> tuple[Workout, ...]:
        """The log, newest day first."""
        return self.rows.workouts

    def with_rows(self, rows: Rows) -> Self:
        """Replace all rows; a chosen tag without videos stops filtering."""
        if rows == self.rows and self.loaded:
            return self
        changed = replace(self, rows=rows, loaded=True)
        if not (self.chosen or self.excluded):
            return changed
        chosen, excluded = (
            tuple(name for name in names if tag_key(name) in rows.counts)
            for names in (self.chosen, self.excluded)
        )
        return replace(changed, chosen=chosen, excluded=excluded, any=self.any and bool(chosen))

    def with_videos(self, videos: Iterable[Video]) -> Self:
        """Replace the videos."""
        return self.with_rows(self.rows.with_videos(videos))

    def with_notes(self, notes: Iterable[Note]) -> Self:
        """Replace the notes."""
        return self.with_rows(self.rows.with_notes(notes))

    def with_log(self, workouts: Iterable[Workout], video_key: str) -> Self:
        """Replace the log, and update the last day and the count of the video with this key."""
        rows = self.rows.with_workouts(workouts)
        changed = self.with_rows(rows)
        if not (video := rows.by_key.get(video_key)):
            return changed
        day, count = rows.done(video_key)
        return changed.with_changed(replace(video, done_on=day, done_count=count))

    def with_changed(self, *videos: Video) -> Self:
        """Add videos, or replace those with their ids."""
        ids = {video.id for video in videos}
        return self.with_videos([*videos, *(one for one in self.videos if one.id not in ids)])

    def without(self, *ids: int) -> Self:
        """Remove videos."""
        gone = frozenset(ids)
        return self.with_videos(video for video in self.videos if video.id not in gone)

    def with_tag_renamed(self, name: str, to: str | None) -> Self:
        """Rename a tag, merge it into another one, or remove it if `to` is None.

        As in Core: a video with both tags keeps one, at the first of the two places.
        """
        keys = {tag_key(name), tag_key(to or name)}

        def rename(names: Iterable[str]) -> tuple[str, ...]:
            renamed = (to or "" if tag_key(one) in keys else one for one in names)
            return split_tags(",".join(renamed))

        changed = [
            replace(video, tags=rename(video.tags)) if keys & video.tag_keys else video
            for video in self.videos
        ]
        chosen, excluded = rename(self.chosen), rename(self.excluded)
        return replace(self, chosen=chosen, excluded=excluded).with_videos(changed)

    def searching(self, query: str) -> Self:
        """Show only videos that contain every word of the query."""
        return replace(self, query=query)

    def toggling(self, name: str) -> Self:
        """Add a tag to the filter, or remove it; an excluded one is no longer excluded."""
        if (excluded := _without(self.excluded, name)) != self.excluded:
            return replace(self, excluded=excluded)
        others = _without(self.chosen, name)
        chosen = others if others != self.chosen else (*others, name)
        return replace(self, chosen=chosen, any=self.any and bool(chosen))

    def excluding(self, name: str) -> Self:
        """Hide videos with this tag."""
        chosen = _without(self.chosen, name)
        excluded = (*_without(self.excluded, name), name)
        return replace(self, chosen=chosen, excluded=excluded, any=self.any and bool(chosen))

    def with_any(self, *, enabled: bool) -> Self:
        """Show videos with any of the chosen tags, or only those with all of them."""
        return replace(self, any=enabled and bool(self.chosen))

    def of_kind(self, kinds: Kinds) -> Self:
        """Show only videos without tags, or only those that don't play here."""
        return replace(self, kinds=kinds)

    def sorted_by(self, sort: Sort) -> Self:
        """Show the videos in another order."""
        return replace(self, sort=sort)

    def unfiltered(self) -> Self:
        """Remove all filters."""
        unlimited = self._limited(None, None)
        return replace(unlimited, query="", chosen=(), any=False, excluded=(), kinds="all")

    def within(self, minutes: int | None) -> Self:
        """Show only videos of at most this many minutes, the one done longest ago first."""
        return self._limited(minutes, self.not_done_since)

    def not_since(self, day: str | None) -> Self:
        """Show only videos that were not done since a day, the one done longest ago first."""
        return self._limited(self.minutes_max, day)

    def _limited(self, minutes_max: int | None, not_done_since: str | None) -> Self:
        changed = replace(self, minutes_max=minutes_max, not_done_since=not_done_since)
        if changed.is_limited == self.is_limited:
            return changed
        if changed.is_limited:
            return replace(changed, sort="due", before=self.sort)
        return replace(changed, sort=self.before) if self.sort == "due" else changed

    def with_searches(self, searches: Iterable[Search]) -> Self:
        """Replace the saved searches."""
        return self.with_rows(self.rows.with_searches(searches))

    def filters(self, today: str, remembered: Sort) -> str:
        """Return the filters as a URL query; the order only if it is not the usual one."""
        since = self.not_done_since
        values: dict[str, str | int] = {
            "tags": ",".join(self.chosen),
            "match": "any" if self.any else "",
            "without": ",".join(self.excluded),
            "kind": "" if self.kinds == "all" else self.kinds,
            "max": self.minutes_max or 0,
            "rest": days_between(since, today) + 1 if since else 0,
            "q": self.query.strip(),
        }
        usual = "due" if self.is_limited else remembered
        return encode_filters(values | {"sort": "" if self.sort == usual else self.sort})

    @property
    def suggested_name(self) -> str:
        """A name for a saved search with the current filters."""
        return " ".join((*self.chosen, self.query.strip()))[:MAX_NAME].strip()

    def applying(self, search: Search, today: str, remembered: Sort = "newest") -> Self:
        """Replace all filters with those of a saved search; unknown names and values are ignored.

        A search without an order uses the one that the device remembers.
        """
        values = search.filters
        chosen, excluded = (
            tuple(name for name in split_tags(values.get(key, "")) if tag_key(name) in self.counts)
            for key in ("tags", "without")
        )
        rest = parse_number(values.get("rest", ""), MAX_REST)
        plain = replace(self.unfiltered(), sort=remembered)
        limited = plain.within(parse_number(values.get("max", ""), MAX_MINUTES)).not_since(
            days_before(today, rest - 1) if rest else None
        )
        kinds, sort = values.get("kind"), values.get("sort")
        return replace(
            limited,
            query=values.get("q", "").strip(),
            chosen=chosen,
            any=values.get("match") == "any" and bool(chosen),
            excluded=tuple(name for name in excluded if name not in chosen),
            kinds=next((one for one in KINDS if one == kinds), "all"),
            sort=next((one for one in SORTS if one == sort), limited.sort),
        )

    def find(self, video_id: int) -> Video | None:
        """Return the video with this id, if it exists."""
        return self.rows.by_id.get(video_id)

    def present(self, ids: Iterable[int]) -> tuple[Video, ...]:
        """Return the current versions of those of these videos that still exist."""
        return tuple(video for one in ids if (video := self.find(one)))

    def spelling(self, name: str) -> str:
        """Return the tag as the library spells it."""
        return self.counts.get(tag_key(name), (name, 0))[0]

    def notes_of(self, video_id: int) -> tuple[Note, ...]:
        """Return the notes of a video, by their times."""
        return self.rows.notes_by_video.get(video_id, ())

    @property
    def is_limited(self) -> bool:
        """Whether the videos are limited by minutes or by their last workout."""
        return bool(self.minutes_max or self.not_done_since)

    @property
    def filtered(self) -> bool:
        """Whether a search, a tag, a kind or a limit filters the videos."""
        tags = self.chosen or self.excluded
        return bool(tags or self.query.strip() or self.is_limited or self.kinds != "all")

    @property
    def view_key(self) -> Hashable:
        """Equal keys show the same videos in the same order."""
        tags = (self.chosen, self.any, self.excluded, self.kinds)
        return (self.query, *tags, self.minutes_max, self.not_done_since, self.sort)

    def _fits(self, video: Video) -> bool:
        """Whether a video is within the limits."""
        if self.minutes_max and not 0 < (video.minutes or 0) <= self.minutes_max:
            return False
        return not self.not_done_since or (video.done_on or "") < self.not_done_since

    @property
    def limits(self) -> tuple[int | None, str | None, Kinds, bool | None]:
        """Minutes, day and kind; then whether any chosen tag is enough (None: no tag is chosen)."""
        enough = self.any if self.chosen else None
        return self.minutes_max, self.not_done_since, self.kinds, enough

    @cached_property
    def shown(self) -> tuple[Video, ...]:
        """The sorted videos that match all filters."""
        videos = self.rows.ordered(self.sort)
        if not (self.chosen or self.excluded or self.query.strip()):
            fitting: Iterable[Video] = videos
        else:
            fitting = [videos[place] for place in self._tagged(self._found(range(len(videos))))]
        if self.kinds != "all":
            fitting = [video for video in fitting if self._is_of_kind(video)]
        return tuple(filter(self._fits, fitting) if self.is_limited else fitting)

    # These work on positions and lists of texts and keys: reading attributes of ten thousand
    # videos takes several times as long.

    def _found(self, places: Iterable[int]) -> Iterable[int]:
        """Return the positions of videos with every word in their texts or notes."""
        texts = self.rows.search_texts(self.sort)
        for word in fold(self.query).split():
            places = [place for place in places if word in texts[place]]
        return places

    def _tagged(self, places: Iterable[int]) -> Iterable[int]:
        """Return the positions of videos that match the chosen and the excluded tags."""
        keys = self.rows.tag_keys(self.sort)
        if chosen := frozenset(map(tag_key, self.chosen)):
            if self.any:
                places = [place for place in places if not chosen.isdisjoint(keys[place])]
            else:
                places = [place for place in places if chosen <= keys[place]]
        if out := frozenset(map(tag_key, self.excluded)):
            places = [place for place in places if out.isdisjoint(keys[place])]
        return places

    def _is_of_kind(self, video: Video) -> bool:
        return not video.tags if self.kinds == "untagged" else video.availability in UNAVAILABLE

    @property
    def due(self) -> tuple[Video, ...]:
        """The shown videos that can be played, the one done longest ago first."""
        return tuple(sorted((one for one in self.shown if one.is_playable), key=by_last_done))

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """The chosen and the excluded tags, then the other tags of the shown videos, by frequency.

        If one chosen tag is enough, the counts ignore the chosen tags.
        """
        wide = replace(self, chosen=(), any=False) if self.any else self
        counts = count_tags(wide.shown) if wide.filtered else Counter(self.rows.names)
        chosen = [self._chip(name, counts.pop(name, 0), chosen=True) for name in self.chosen]
        excluded = [self._chip(name, 0, chosen=True, excluded=True) for name in self.excluded]
        others = sorted(counts.items(), key=lambda item: (-item[1], by_name(item[0])))
        return (*chosen, *excluded, *(self._chip(name, n) for name, n in others[:MAX_CHIPS]))

    def _chip(self, name: str, n: int, *, chosen: bool = False, excluded: bool = False) -> Chip:
        day = self.rows.done_by_tag.get(tag_key(name), "") if self.is_limited else None
        return Chip(name, n, chosen, excluded, day)

    @property
    def counts(self) -> dict[str, tuple[str, int]]:
        """Each tag's spelling and number of videos by its key; the tag used last comes first."""
        return self.rows.counts

    @cached_property
    def tag_names(self) -> tuple[str, ...]:
        """Every tag of the library, as suggestions: the tag used last comes first."""
        return tuple(name for name, _ in self.counts.values())

    @cached_property
    def tags_by_name(self) -> tuple[Chip, ...]:
        """Every tag of the library, by name."""
        chips = (Chip(name, n, chosen=False) for name, n in self.counts.values())
        return tuple(sorted(chips, key=lambda chip: by_name(chip.name)))

    def offers(self, typed: str, taken: Iterable[str]) -> tuple[str, ...]:
        """Return tags that contain the typed text: first those that begin with it.

        Without typed text the tag used last comes first, otherwise the most frequent one.
        """
        keys = frozenset(map(tag_key, taken))
        free = [(name, n) for key, (name, n) in self.counts.items() if key not in keys]
        wanted = fold(typed.strip())
        if not wanted:
            return tuple(name for name, _ in free)
        places = ((fold(name).find(wanted), name, n) for name, n in free)
        found = sorted((at > 0, -n, by_name(name), name) for at, name, n in places if at >= 0)
        return tuple(name for *_, name in found)


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    key = tag_key(name)
    return tuple(other for other in names if tag_key(other) != key)
