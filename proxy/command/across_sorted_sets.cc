#include "command/across_sorted_sets.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "cluster/number.h"
#include "command/words.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

struct Element {
  Slice member;
  double score;
};
using Elements = std::vector<Element>;

// As a node reads a score or a weight.
double number(Slice text) { return std::strtod(std::string(text).c_str(), nullptr); }

struct SortedSet {
  Elements elements;
  double weight = 1;
};

struct Scored {
  Elements elements;
  bool resp3 = false;  ///< each with its score in an array of their own
};

std::optional<Scored> elementsIn(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto header = reader.next();
  if (!header.isArray()) return std::nullopt;
  Scored all;
  for (int64_t left = header.number; left > 0 && reader.ok(); --left) {
    auto member = reader.next();
    if (member.isArray()) {
      all.resp3 = true;
      member = reader.next();
    } else {
      --left;
    }
    all.elements.push_back({member.text, number(reader.next().text)});
  }
  return reader.ok() && reader.atEnd() ? std::optional(std::move(all)) : std::nullopt;
}

// Infinity times nothing, and one infinity less another.
double orZero(double score) { return std::isnan(score) ? 0 : score; }

enum class Keep : uint8_t { All, InEach };

// Sorted, since nobody can choose members that make this slow. One that is in several has its scores in the order of the sets.
template <class Join>
Elements joined(std::span<const SortedSet> sets, Keep keep, Join join) {
  Elements parts;
  for (const SortedSet& set : sets) {
    for (const Element& each : set.elements) parts.push_back({each.member, set.weight * each.score});
  }
  std::ranges::stable_sort(parts, {}, &Element::member);
  Elements all;
  for (size_t i = 0, begin = 0; i < parts.size(); begin = i) {
    Element one{parts[i].member, orZero(parts[i].score)};
    for (++i; i < parts.size() && parts[i].member == one.member; ++i) {
      one.score = join(one.score, keep == Keep::All ? orZero(parts[i].score) : parts[i].score);
    }
    if (keep == Keep::All || i - begin == sets.size()) all.push_back(one);
  }
  return all;
}

Elements differenceOf(std::span<SortedSet> sets) {
  Elements others;
  for (const SortedSet& set : sets.subspan(1)) others.insert(others.end(), set.elements.begin(), set.elements.end());
  std::ranges::sort(others, {}, &Element::member);
  Elements& first = sets.front().elements;
  std::ranges::sort(first, {}, &Element::member);
  Elements left;
  std::ranges::set_difference(first, others, std::back_inserter(left), {}, &Element::member, &Element::member);
  return left;
}

void writeScore(Bytes& out, double score, bool resp3) {
  constexpr size_t kLongest = 64;
  char text[kLongest];
  const int length = std::snprintf(text, sizeof text, "%.17g", score);
  const Slice shown(text, static_cast<size_t>(length));
  if (!resp3) return resp::bulk(out, shown);
  out.append(",");
  out.append(shown);
  out.append("\r\n");
}

}  // namespace

AcrossSortedSets::AcrossSortedSets(const Request& request, const Command& command)
    : words_(request, command), across_(command.across), weights_(words_.keys().size(), 1) {
  readOptions();
}

// A node judges them.
void AcrossSortedSets::readOptions() {
  const auto options = words_.options();
  for (size_t i = 0; i < options.size(); ++i) {
    const size_t behind = options.size() - i - 1;
    if (sameWord(options[i], "WITHSCORES")) {
      withScores_ = true;
    } else if (sameWord(options[i], "WEIGHTS") && behind >= weights_.size()) {
      for (double& weight : weights_) weight = number(options[++i]);
    } else if (sameWord(options[i], "AGGREGATE") && behind > 0) {
      const Slice how = options[++i];
      aggregate_ = sameWord(how, "MIN") ? Aggregate::Min : sameWord(how, "MAX") ? Aggregate::Max : Aggregate::Sum;
    } else if (sameWord(options[i], "LIMIT") && behind > 0) {
      limit_ = readNumber<uint64_t>(options[++i]).value_or(0);
    }
  }
}

// ZUNION takes plain sets, too, and tells them with scores.
void AcrossSortedSets::ask(Questions& questions) const {
  for (const Slice key : words_.keys()) {
    const Slice words[] = {"ZUNION", "1", key, "WITHSCORES"};
    resp::request(questions.toSlot(hashSlot(key)), words);
  }
  words_.askWithNothing(questions);
}

bool AcrossSortedSets::answer(std::span<const Slice> replies, Bytes& out) const {
  if (failed(replies, out)) return true;
  std::vector<SortedSet> sets;
  bool resp3 = false;
  for (size_t i = 0; i < weights_.size(); ++i) {
    auto scored = elementsIn(replies[i]);
    if (!scored) return false;
    resp3 |= scored->resp3;
    sets.push_back({std::move(scored->elements), weights_[i]});
  }
  if (across_ != Across::SortedDiff) {
    std::ranges::stable_sort(sets, {}, [](const SortedSet& set) { return set.elements.size(); });
  }
  const auto join = [this](double one, double other) {
    if (aggregate_ == Aggregate::Sum) return orZero(one + other);
    return (aggregate_ == Aggregate::Min ? other < one : other > one) ? other : one;
  };
  Elements all = across_ == Across::SortedDiff    ? differenceOf(sets)
                 : across_ == Across::SortedUnion ? joined(sets, Keep::All, join)
                                                  : joined(sets, Keep::InEach, join);
  if (across_ == Across::SortedInterCard) {
    resp::integer(out, static_cast<int64_t>(limit_ == 0 ? all.size() : std::min<uint64_t>(limit_, all.size())));
    return true;
  }
  std::ranges::sort(all, [](const Element& one, const Element& other) {
    return one.score != other.score ? one.score < other.score : one.member < other.member;
  });
  resp::arrayHeader(out, withScores_ && !resp3 ? 2 * all.size() : all.size());
  for (const Element& each : all) {
    if (withScores_ && resp3) resp::arrayHeader(out, 2);
    resp::bulk(out, each.member);
    if (withScores_) writeScore(out, each.score, resp3);
  }
  return true;
}

}  // namespace slotway
