/** What Core says of files and their rows, by how the sentence begins. What is not here stays. */

/** @type {Record<string, [string, string][]>} */
export const told = {
  de: [
    ["There is no web link here", "Hier steht kein Link."],
    ["There is no link here", "Hier steht kein Link."],
    ["This is not a YouTube link", "Der Link führt nicht zu YouTube."],
    ["This is a YouTube playlist", "Das ist eine Playlist. Nimm den Link eines Videos."],
    ["This is a YouTube channel", "Das ist ein Kanal. Nimm den Link eines Videos."],
    ["This is ", "Das ist kein Link zu einem Video. Öffne das Video auf YouTube und kopiere seinen Link."],
    ["It was in the trash", "Es lag mehr als 30 Tage im Papierkorb."],
    ["The link has characters", "Der Link hat Zeichen, die sich nicht lesen lassen."],
    ["This file holds nothing", "In dieser Datei ist nichts, was sich importieren lässt. Nimm YouTubes Takeout, Lesezeichen, CSV, JSON oder einen Text mit Links."],
    ["There is nothing to import", "In dieser Datei ist nichts, was sich importieren lässt, oder sie hat ein anderes Format."],
    ["This file has more than", "Diese Datei hat mehr als 500.000 Zeilen. Teile sie in mehrere."],
    ["This file is not valid JSON", "Diese Datei ist kein gültiges JSON."],
    ["This file could not be imported", "Diese Datei wurde nicht bis zum Ende importiert. Was schon da ist, bleibt."],
    ["The service has lost this file", "Die Datei ist verloren gegangen. Sende sie noch einmal; was schon importiert ist, bleibt."],
    ["There is no playlist", "In diesem Archiv ist keine Playlist von YouTube."],
    ["This archive is damaged", "Dieses Archiv ist beschädigt. Exportiere es noch einmal bei Google."],
    ["This archive is encrypted", "Dieses Archiv ist verschlüsselt. Entpacke es und importiere die Dateien darin."],
    ["This archive", "Dieses Archiv lässt sich nicht lesen. Packe es neu als einfaches Zip."],
    ["This bookmark file", "Diese Lesezeichen lassen sich nicht lesen."],
    ["The folders of this", "Die Ordner dieser Lesezeichen sind zu tief verschachtelt."],
    ["This JSON holds a value", "Dieses JSON hat einen Wert von mehr als 256 KiB. Nimm ihn heraus."],
    ["This JSON is nested", "Dieses JSON ist zu tief verschachtelt für eine Bibliothek."],
  ],
};
