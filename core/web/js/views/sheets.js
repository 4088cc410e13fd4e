/** The sheets that open over the library. They load in the background. */

import { SearchSheet } from "../searches/search_sheet.js";
import { SignOutSheet } from "../session/sign_out_sheet.js";
import { SelectedTagsSheet } from "../tags/selected_tags_sheet.js";
import { TagListSheet } from "../tags/tag_list_sheet.js";
import { LogSheet } from "../training/log_sheet.js";
import { TodaySheet } from "../training/today_sheet.js";
import { ImportSheet } from "../transfer/import_sheet.js";
import { CardSheet } from "../videos/card_sheet.js";
import { PlaySheet } from "../videos/play_sheet.js";
import { draftOf, SaveSheet } from "../videos/save_sheet.js";
import { TrashSheet } from "../videos/trash_sheet.js";
import { VideoSheet } from "../videos/video_sheet.js";
import { HelpSheet } from "./help_sheet.js";

/**
 * @param {import("../app.js").App} app
 * @param {import("../routes.js").Route} route
 * @returns {import("./shell.js").Sheet | null}
 */
export function makeSheet(app, route) {
  if (route.name === "save") return new SaveSheet(app, draftOf(app));
  if (route.name === "video") return new VideoSheet(app, route);
  if (route.name === "card") return new CardSheet(app, route);
  if (route.name === "search") return new SearchSheet(app, route);
  if (route.name === "play") return new PlaySheet(app);
  if (route.name === "today") return new TodaySheet(app);
  if (route.name === "log") return new LogSheet(app);
  if (route.name === "leave") return new SignOutSheet(app);
  if (route.name === "help") return new HelpSheet(app);
  if (route.name === "import") return new ImportSheet(app);
  if (route.name === "tags") return new TagListSheet(app);
  if (route.name === "selected") return new SelectedTagsSheet(app);
  if (route.name === "trash") return new TrashSheet(app);
  return null;
}
