// The pages there are, in the order of the navigation.

import { feedbackPage } from "./feedback.js";
import { frictionPage } from "./friction.js";
import { heatmapPage } from "./heatmap.js";
import { imagesPage } from "./images.js";
import { journeysPage } from "./journeys.js";
import { overviewPage } from "./overview.js";
import { sessionPage } from "./session.js";
import { sessionsPage } from "./sessions.js";

/** `outside` pages are documents of their own; `bare` ones have no window or filters. */
export const PAGES = [
  { path: "/overview", nav: "Overview", title: "Overview", make: overviewPage },
  { path: "/images", nav: "Images", title: "Images", make: imagesPage },
  { path: "/journeys", nav: "Journeys", title: "Journeys", make: journeysPage },
  { path: "/friction", nav: "Friction", title: "Friction", make: frictionPage },
  { path: "/heatmap", nav: "Heatmap", title: "Heatmap", make: heatmapPage },
  { path: "/sessions", nav: "Sessions", title: "Sessions", make: sessionsPage },
  { path: "/feedback", nav: "Feedback", title: "Feedback", make: feedbackPage },
  { path: "/live", nav: "Live", outside: true, keepsSite: true },
  { path: "/docs", nav: "API", outside: true },
];
const ONE_SESSION = { title: "Session", make: sessionPage, bare: true };

/** The page an address means; the first where it means none. */
export function pageAt(path) {
  if (path.startsWith("/sessions/")) return ONE_SESSION;
  return PAGES.find((page) => page.make && page.path === path) || PAGES[0];
}
