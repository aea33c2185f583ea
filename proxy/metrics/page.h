// dashboards/METRICS.md, written from the rows. A unit test compares; with SLOTWAY_REGENERATE=1 it writes the page anew.
// Thread: any (pure).
#pragma once
#include <string>

namespace slotway {

/// The whole page, Markdown.
std::string metricsPage();

}  // namespace slotway
