/** What opens over the library. It is loaded behind it: nobody waits for it at the first visit. */

import { HelpView } from "./help.js";
import { draftOf, SaveView } from "./save.js";
import { SelectedTagsView } from "./selected_tags.js";
import { TagListView } from "./tag_list.js";
import { TrashView } from "./trash.js";
import { VideoView } from "./video.js";

/**
 * @param {import("../app.js").App} app
 * @param {import("../routes.js").Route} route
 * @returns {import("../views/shell.js").Sheet | null}
 */
export function makeSheet(app, route) {
  if (route.name === "save") return new SaveView(app, draftOf(app));
  if (route.name === "video") return new VideoView(app, route);
  if (route.name === "help") return new HelpView(app);
  if (route.name === "tags") return new TagListView(app);
  if (route.name === "selected") return new SelectedTagsView(app);
  if (route.name === "trash") return new TrashView(app);
  return null;
}
