// Where the nodes tell what has changed of what a RESP2 client read: a connection cannot be told in RESP2 while it serves
// requests, so one RESP3 link a master listens beside those that do, and these redirect to it.
//
//     client --its requests--> own RESP2 links (CLIENT TRACKING ON REDIRECT 17) --> masters
//     Tracking <--invalidate-- ears (RESP3, the node's number 17) <---------------- masters
//
// An ear that is lost comes back with another number: then the links that named the old one are to be replaced, and what
// was read in between has not been remembered.
// Owner: the client's Tracking. Thread: the worker's.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "exchange/router.h"

namespace slotway {

class Tracking;

class Ears final : private PoolListener {
 public:
  Ears(Router& router, Tracking& tracking);
  ~Ears();
  Ears(const Ears&) = delete;
  Ears& operator=(const Ears&) = delete;

  LinkPool& links() { return *links_; }
  /// Looks which masters listen. True: otherwise than when it looked last.
  bool look();
  /// It has looked.
  bool known() const { return !numbers_.empty(); }
  /// When it looked last every master listened.
  bool complete() const;
  /// Of the ear at this node; 0: none listens there.
  uint64_t numberAt(const std::string& nodeId) const;

 private:
  void poolPushed(Slice frame) override;
  void poolForgot() override;
  void poolMissed(uint64_t) override {}

  Router& router_;
  Tracking& tracking_;
  std::unique_ptr<LinkPool> links_;
  std::map<std::string, uint64_t, std::less<>> numbers_;  ///< by the masters' ids
};

}  // namespace slotway
