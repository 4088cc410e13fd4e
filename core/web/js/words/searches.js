/** Sentences about saved searches. */

export const searches = {
  en: {
    searches: "Saved searches",
    "save search": "Save this search",
    "search saved before": "Saved search",
    "search name": "Name",
    "no search name": "Write a name, such as “Short legs”.",
    "search name taken": "Another saved search has this name.",
    "many searches": "You have {n} saved searches. Delete one first.",
    "replace filters": "Use the current filters",
    "search updated": "Filters replaced",
    "search deleted": "Search deleted",
    "missing search": "Search not found",
  },
  de: {
    searches: "Gespeicherte Suchen",
    "save search": "Diese Suche speichern",
    "search saved before": "Gespeicherte Suche",
    "search name": "Name",
    "no search name": "Schreib einen Namen, etwa „Kurze Beine“.",
    "search name taken": "Eine andere gespeicherte Suche heißt schon so.",
    "many searches": "Du hast {n} gespeicherte Suchen. Lösche zuerst eine.",
    "replace filters": "Diese Filter übernehmen",
    "search updated": "Filter ersetzt",
    "search deleted": "Suche gelöscht",
    "missing search": "Suche nicht gefunden",
  },
};
