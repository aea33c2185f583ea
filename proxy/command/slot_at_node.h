// A slot with very many keys, read with the SCAN of the node that has it, page by page; keys of other slots are left out.
//
//     its owner, to the end  --is it handing the slot over by then?-->  the node that takes it over, to the end
//
// A key that is there all the time is met: while the owner is read it is there, or has gone to the other node, which is
// read later. A cursor of a process that no longer has the slot is worth nothing: the slot begins again.
//
// Owner: a KeyspaceWalk. Thread: the worker's (pure).
#pragma once
#include <span>
#include <string>

#include "command/questions.h"
#include "command/scan_cursor.h"
#include "command/scan_page.h"
#include "command/scan_request.h"

namespace slotway {

class SlotAtNode {
 public:
  enum class Then : uint8_t {
    Further,    ///< ask again, or stop if mayStop()
    Passed,     ///< all of the slot has been read
    Unsettled,  ///< who has the slot must be found out first
    Senseless,  ///< the replies make no sense
  };

  /// From the beginning of the slot.
  explicit SlotAtNode(HashSlot slot) { start_.slot = slot, start_.way = ScanCursor::Way::AtNode; }
  explicit SlotAtNode(const ScanCursor& from) : start_(from), at_(from.nodeCursor), incarnation_(from.incarnation) {}

  void ask(const ScanRequest& request, Questions& questions) const;
  /// No errors are among the replies.
  Then take(std::span<const Slice> replies, Came came, ScanPage& page);
  /// Has it read enough for one answer, and would cursor() be another one than it began with?
  bool mayStop(const ScanPage& page) const;
  ScanCursor cursor() const;

 private:
  Then tryElsewhere(const std::string& target);
  void startAgain();

  ScanCursor start_;
  uint64_t at_ = 0;           ///< the node's cursor
  uint32_t incarnation_ = 0;  ///< of the process whose cursor that is
  std::string target_;        ///< the node that takes the slot over, when that one is read
  bool triedTarget_ = false;  ///< whether it is the target's cursor has been looked at
  unsigned pages_ = 0;
};

}  // namespace slotway
