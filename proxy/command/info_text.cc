#include "command/info_text.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include "command/info_fold.h"

namespace slotway {
namespace {

struct Line {
  Slice name;
  std::vector<Slice> values;  ///< of the masters that have it
  std::string merged;
};

struct Section {
  Slice name;
  std::vector<Line> lines;
  std::unordered_map<Slice, size_t> places;

  Line& lineNamed(Slice lineName) {
    const auto [place, isNew] = places.try_emplace(lineName, lines.size());
    if (isNew) lines.push_back({lineName, {}, ""});
    return lines[place->second];
  }
  const Line* find(Slice lineName) const {
    const auto place = places.find(lineName);
    return place == places.end() ? nullptr : &lines[place->second];
  }
};

template <class Take>
void eachLine(Slice text, Take take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Slice line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) take(line);
  }
}

class MergedInfo {
 public:
  void read(Slice text) {
    Section* section = nullptr;
    eachLine(text, [&](Slice line) {
      if (line.starts_with("# ")) {
        section = &sectionNamed(line.substr(2));
      } else if (const size_t colon = line.find(':'); section != nullptr && colon != Slice::npos) {
        take(*section, line, colon);
      }
    });
  }

  void fold() {
    for (Section& section : sections_) {
      for (Line& line : section.lines) line.merged = foldInfo(section.name, line.name, line.values);
    }
    for (Section& section : sections_) {
      const auto valueOf = [&section](Slice name) {
        const Line* line = section.find(name);
        return line == nullptr ? Slice() : Slice(line->merged);
      };
      for (Line& line : section.lines) deriveInfo(line.name, valueOf, line.merged);
    }
  }

  // Returns where the sections of the proxy's own begin in `own`.
  Slice correct(Slice own) {
    const size_t sections = std::min(own.find("# "), own.size());
    eachLine(own.substr(0, sections), [this](Slice line) {
      const size_t colon = line.find(':');
      for (Section& section : sections_) {
        const auto place = section.places.find(line.substr(0, colon));
        if (place != section.places.end()) section.lines[place->second].merged = line.substr(colon + 1);
      }
    });
    return own.substr(sections);
  }

  std::string text() const {
    std::string text;
    for (const Section& section : sections_) {
      if (!text.empty()) text += "\r\n";
      text += "# " + std::string(section.name) + "\r\n";
      for (const Line& line : section.lines) text += std::string(line.name) + ":" + line.merged + "\r\n";
    }
    return text;
  }

 private:
  Section& sectionNamed(Slice name) {
    const auto found = std::ranges::find(sections_, name, &Section::name);
    if (found != sections_.end()) return *found;
    sections_.push_back({name, {}, {}});
    return sections_.back();
  }

  // "slave0:ip=..." counts anew over all masters; modules are the same everywhere, and all their lines have one name.
  void take(Section& section, Slice line, size_t colon) {
    const Slice name = line.substr(0, colon);
    const Slice value = line.substr(colon + 1);
    if (section.name == "Modules") {
      if (std::ranges::find(modules_, line) != modules_.end()) return;
      modules_.push_back(line);
      section.lines.push_back({name, {value}, ""});
    } else if (isReplicaLine(name)) {
      names_.push_back(std::make_unique<std::string>("slave" + std::to_string(replicas_++)));
      section.lineNamed(*names_.back()).values = {value};
    } else {
      section.lineNamed(name).values.push_back(value);
    }
  }

  static bool isReplicaLine(Slice name) {
    constexpr Slice kPrefix = "slave";
    return name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
           name.find_first_not_of("0123456789", kPrefix.size()) == Slice::npos;
  }

  std::vector<Section> sections_;
  std::vector<Slice> modules_;
  std::vector<std::unique_ptr<std::string>> names_;
  size_t replicas_ = 0;
};

}  // namespace

std::string mergeInfo(std::span<const Slice> texts, Slice own) {
  MergedInfo info;
  for (const Slice text : texts) info.read(text);
  info.fold();
  const Slice sections = info.correct(own);
  std::string text = info.text();
  if (!sections.empty() && !text.empty()) text += "\r\n";
  return text + std::string(sections);
}

}  // namespace slotway
