// Result<T>: a value, or one sentence that says why there is none. Used where the network or an operator erred;
// worker threads pass errors as values, never as exceptions.
// Thread: any.
#pragma once
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace slotway {

struct Error {
  std::string text;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Error error) : held_(std::move(error)) {}

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Only when ok().
  T& value() { CHECK_THAT(ok()); return std::get<0>(held_); }
  const T& value() const { CHECK_THAT(ok()); return std::get<0>(held_); }
  T* operator->() { return &value(); }
  T& operator*() { return value(); }

  /// Only when not ok().
  const std::string& error() const { CHECK_THAT(!ok()); return std::get<1>(held_).text; }

 private:
  std::variant<T, Error> held_;
};

}  // namespace slotway
