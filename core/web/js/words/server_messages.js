/**
 * German messages of the service about a value, a file or a row, by code (core/codes.py). English is
 * the service's own sentence.
 */

/** @type {[codes: string, sentence: string][]} */
const GERMAN = [
  ["no-link empty-link link-not-utf-8", "Hier steht kein Link."],
  [
    "unreadable-link lost-characters-in-link",
    "Der Link enthält Zeichen, die sich nicht lesen lassen.",
  ],
  ["not-a-youtube-link", "Der Link führt nicht zu YouTube."],
  ["playlist-link embedded-playlist-link", "Das ist eine Playlist. Nimm den Link eines Videos."],
  ["channel-link", "Das ist ein Kanal. Nimm den Link eines Videos."],
  [
    "link-with-user-name-or-port wrong-video-id no-video-id clip-link live-stream-link search-link other-page-link",
    "Das ist kein Link zu einem Video. Öffne das Video auf YouTube und kopiere seinen Link.",
  ],
  ["no-day-of-a-workout", "Hier fehlt das Datum des Trainings."],
  ["log-is-full", "Das Log hat bis zu 20.000 Trainings."],
  ["not-a-saved-search", "Diese gespeicherte Suche kann Core nicht lesen."],
  ["searches-are-full", "Du hast schon 20 gespeicherte Suchen."],
  ["expired-in-trash", "Es lag mehr als 30 Tage im Papierkorb."],
  ["file-without-playlist", "Diese Datei des Archivs ist keine Playlist."],
  ["file-with-history", "Der Verlauf wird nicht importiert."],
  ["file-of-other-kind", "Diese Datei des Archivs ist keine Liste von Links."],

  ["link-cut title-cut channel-cut tag-cut", "Ein Text wurde gekürzt."],
  ["title-cleaned channel-cleaned tag-cleaned", "Steuerzeichen wurden entfernt."],
  [
    "title-lost-characters channel-lost-characters tag-lost-characters",
    "Einige Zeichen lassen sich nicht lesen.",
  ],
  ["tag-list-cut tags-left-out", "Ein Video hat bis zu 50 Tags. Weitere wurden weggelassen."],
  ["own-tag-left-out", "Tags, die du nicht selbst vergeben hast, wurden weggelassen."],
  ["folder-left-out", "Ein Ordner wurde nicht zum Tag."],
  ["note-left-out", "Die Notiz wurde weggelassen."],
  ["notes-beyond-limit", "Ein Video hat bis zu 100 Notizen. Weitere wurden weggelassen."],
  ["workout-detail-left-out", "Minuten, Anstrengung oder Kommentar ließen sich nicht lesen."],
  ["start-left-out", "Der Start ließ sich nicht lesen."],
  [
    "date-in-future change-date-in-future deletion-date-in-future",
    "Das Datum lag in der Zukunft. Es ist jetzt das von heute.",
  ],
  [
    "date-unreadable change-date-unreadable deletion-date-unreadable",
    "Das Datum ließ sich nicht lesen und wurde weggelassen.",
  ],
  ["date-ambiguous", "Das Datum ist mehrdeutig (Tag oder Monat zuerst) und wurde weggelassen."],

  [
    "empty-file nothing-to-import few-links",
    "Diese Datei enthält keine Links. Wähle eine Datei mit Links.",
  ],
  [
    "unknown-format",
    "Dieses Format kennt Core nicht. Nimm YouTubes Takeout, Lesezeichen, CSV, JSON oder einen Text mit Links.",
  ],
  ["too-many-rows", "Diese Datei hat mehr als 500.000 Zeilen. Teile sie in mehrere."],
  ["part-too-long", "Diese Datei hat einen Wert von mehr als 256 KiB. Entferne ihn."],
  ["unreadable-html", "Diese Lesezeichen lassen sich nicht lesen."],
  ["folders-too-deep", "Die Ordner dieser Lesezeichen sind zu tief verschachtelt."],
  ["unreadable-json not-json", "Das ist kein gültiges JSON."],
  ["json-too-deep", "Dieses JSON ist zu tief verschachtelt."],
  ["unreadable-database", "Die Datenbank im Archiv ist nicht lesbar, oder größer als 32 MiB."],
  ["no-playlist", "In diesem Archiv ist keine Playlist von YouTube."],
  ["damaged-archive", "Dieses Archiv ist beschädigt. Exportiere es noch einmal."],
  ["encrypted-archive", "Dieses Archiv ist verschlüsselt. Entpacke es und importiere die Dateien."],
  [
    "unusual-archive too-many-files too-large-unpacked",
    "Dieses Archiv lässt sich nicht lesen. Packe es neu als einfaches Zip.",
  ],
  [
    "no-room-in-library",
    "Diese Datei passt nicht in deine Mediathek. Es wurde nichts importiert. Auch der Papierkorb zählt mit.",
  ],
  ["library-full", "Deine Mediathek ist voll, mit dem Papierkorb. Was importiert ist, bleibt."],
  [
    "unreadable-file crashed-twice broken-off",
    "Diese Datei wurde nicht bis zum Ende importiert. Was importiert ist, bleibt.",
  ],
  [
    "lost-file",
    "Die Datei ist verloren gegangen. Sende sie noch einmal. Was importiert ist, bleibt.",
  ],

  ["too-long", "Das ist zu lang. Kürze es."],
  ["tag-too-long", "Ein Tag hat bis zu 64 Zeichen. Kürze es."],
  ["not-one-tag", "Gib einen Tag ein, ohne Komma."],
  [
    "tags-too-long too-many-tags too-many-tags-together too-many-tags-on-one",
    "Ein Video hat bis zu 50 Tags. Entferne einige.",
  ],
  ["too-many-words", "Das sind zu viele Wörter. Suche nach weniger."],
  ["not-a-day day-out-of-range", "Wähle ein Datum von 2005 bis morgen."],
  ["ends-before-start segment-without-length", "Das Ende liegt vor dem Anfang."],
  ["note-is-empty", "Schreib etwas in die Notiz."],
  ["too-many-notes", "Ein Video hat bis zu 100 Notizen. Lösche einige."],
  ["too-many-workouts", "Das Log hat bis zu 20.000 Trainings. Lösche einige."],
  ["no-filters", "Diese Filter kann Core nicht lesen."],
  ["name-taken", "Eine andere gespeicherte Suche heißt schon so. Nimm einen anderen Namen."],
  ["too-many-searches", "Du hast schon 20 gespeicherte Suchen. Lösche eine."],
  ["control-characters", "Das enthält Zeichen, die nicht erlaubt sind. Entferne sie."],
  [
    "invalid-value missing unknown-field not-an-object not-text not-a-list not-a-number not-true-or-false" +
      " unknown-choice too-short too-small too-large too-many-items tags-needed tags-not-taken wrong-cursor" +
      " not-sent-as-json too-many-values too-many-fields too-many-parameters repeated-parameter not-one-file",
    "Core kann das nicht verwenden. Lade die Seite neu und versuche es noch einmal.",
  ],
];

/** @type {Record<string, string>} by code */
export const serverMessages = Object.fromEntries(
  GERMAN.flatMap(([codes, sentence]) => codes.split(" ").map((code) => [code, sentence])),
);
