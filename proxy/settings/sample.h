// What the rows say, for people: the annotated sample config/slotway.yaml and the page config/SETTINGS.md. A unit test
// compares the files in the tree with these texts.
// Thread: any (pure).
#pragma once
#include <string>

namespace slotway {

/// Loads without error and says the defaults; what has none stands behind a `#` or as an example.
std::string sampleConfig();
std::string settingsPage();

}  // namespace slotway
