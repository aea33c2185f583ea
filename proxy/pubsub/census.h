// How many subscribers a topic has over all workers, and at which nodes our own links are counted as subscribers of it: so
// that a number which a node gives can be made the one that a single Redis with all our clients would give.
//
//     worker 0 --CensusNews, by letter--> worker 1, 2 ... : each keeps the counts of all
//
// Owner: a Hub. Thread: the worker's; CensusNews is a value that travels.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "pubsub/topic_kind.h"

namespace slotway {

/// What one worker has of one topic. Nothing at all: it is forgotten.
struct TopicCount {
  TopicKind kind = TopicKind::Channel;
  std::string name;
  uint64_t subscribers = 0;
  std::vector<std::string> places;    ///< "host:port" of masters where the worker's link is subscribed
  std::vector<std::string> replicas = {};  ///< ... and of replicas, which only say how many a message has reached
};

struct CensusNews {
  size_t worker = 0;
  size_t upstream = 0;
  uint64_t serial = 0;  ///< the worker's own: comes back when all have heard
  std::vector<TopicCount> counts;
};

class Census {
 public:
  /// In the place of what was known of this worker and topic.
  void set(size_t worker, const TopicCount& count);

  struct Sum {
    uint64_t subscribers = 0;
    uint64_t links = 0;
  };
  /// Of one topic; links at `place` only, or at all masters if it is empty.
  Sum of(TopicKind kind, Slice name, Slice place) const;
  /// Of a message on this channel: its subscribers and those of all patterns that match it.
  Sum receivers(Slice channel, Slice place) const;
  /// Patterns with a subscriber, and pairs of a pattern and a node at which a link of ours has it.
  Sum patterns() const;
  /// Topics known, with what they have at all nodes.
  void each(TopicKind kind, const std::function<void(Slice name, const Sum&)>& visit) const;

 private:
  struct Share {
    size_t worker;
    uint64_t subscribers;
    std::vector<std::string> places;
    std::vector<std::string> replicas;
    Weight weight;
  };
  using Shares = std::vector<Share>;
  using Names = std::unordered_map<std::string, Shares, SliceHash, std::equal_to<>>;

  static Sum sum(const Shares& shares, Slice place);

  std::array<Names, kTopicKinds> names_;
};

}  // namespace slotway
