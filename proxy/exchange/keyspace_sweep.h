// A command about all keys of a keyspace, as a course: a SCAN from its beginning to its end, page by page, so that no node
// stands still for it.
//
//     KEYS, DBSIZE: page, page ... end -> the answer          FLUSHALL: page, UNLINK of each key ... end -> OK
//     RANDOMKEY: the owner's own, some times; none of them ours? page, page ... end -> one of all
//
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <deque>
#include <optional>
#include <string>

#include "command/command.h"
#include "exchange/course.h"
#include "exchange/keyspace_scan.h"
#include "keyspace/keyspace.h"
#include "resp/request.h"

namespace slotway {

class KeyspaceSweep final : public Course {
 public:
  /// `request` to a command that is about all keys, other than SCAN; `keyspace` outlives it.
  KeyspaceSweep(const Keyspace& keyspace, const Command& command, const Request& request);

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override;
  size_t footprint() const override { return found_.capacity(); }
  bool answer(Bytes& out) override;

 private:
  void beginPage(uint64_t cursor);
  void askDraws(Exchange& exchange) const;
  void sendDeletions(Exchange& exchange);
  Then takeDraws(std::span<const Slice> replies);
  Then takePage();
  Then takeDeletions(std::span<const Slice> replies);
  void takeKeys(Slice keys);
  void draw(Slice key);

  const Keyspace& keyspace_;
  const InKeyspace what_;
  ScanRequest all_;
  std::optional<KeyspaceScan> page_;     ///< that is being read
  bool draws_;                           ///< the owner is asked for keys of its own choice
  std::deque<std::string> doomed_;       ///< names that are to be deleted before the next page
  uint64_t cursor_ = 0;                  ///< of that
  uint64_t count_ = 0;
  Bytes found_;                          ///< keys, as bulks; of RANDOMKEY one
  Bytes error_;                          ///< the answer, if not empty
  Exchange* exchange_ = nullptr;
};

}  // namespace slotway
