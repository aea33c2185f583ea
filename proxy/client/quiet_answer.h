// An answer that the proxy gives by itself, but not before all earlier requests of its client are answered, since it changes
// how the client is served. As a course without legs: nothing that comes behind it leaves before it is done.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <functional>

#include "exchange/course.h"
#include "resp/request.h"

namespace slotway {

class QuietAnswer final : public Course {
 public:
  using Answer = std::function<void(const Request& request, Bytes& out)>;

  /// Keeps a copy of the request. `answer` is called once, when nothing else of the client is under way.
  QuietAnswer(const Request& request, Answer answer) : request_(request), answer_(std::move(answer)) {}

  void next(Exchange&) override {}
  Then gather(std::span<const Slice>) override { return Then::Done; }
  void giveUp(Slice reason) override { late_ = Bytes(reason); }
  bool answer(Bytes& out) override {
    late_.empty() ? answer_(request_.request(), out) : out.append(late_.slice());
    return false;
  }

 private:
  const KeptRequest request_;
  const Answer answer_;
  Bytes late_;  ///< the deadline has passed before its turn came
};

}  // namespace slotway
