// Requests for tests, written as one would type them: "mset {a}1 x {a}2 y"; '' is an empty argument.
#pragma once
#include <string>
#include <vector>

#include "base/bytes.h"
#include "resp/request.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway::test {

class Args {
 public:
  explicit Args(const std::string& line) {
    for (size_t from = 0, to = 0; from <= line.size(); from = to + 1) {
      to = std::min(line.find(' ', from), line.size());
      const std::string word = line.substr(from, to - from);
      words_.push_back(word == "''" ? "" : word);
    }
    slices_.assign(words_.begin(), words_.end());
    resp::request(wire_, slices_);
    RequestParser parser;
    parser.parse(wire_.data(), wire_.size(), slices_, {});
  }

  std::span<const Slice> slices() const { return slices_; }
  /// With the bytes that a client library sends.
  Request request() const { return {wire_.slice(), slices_}; }

 private:
  std::vector<std::string> words_;
  std::vector<Slice> slices_;
  Bytes wire_;
};

/// The RESP array of the words of `line`.
inline std::string wireOf(const std::string& line) { return std::string(Args(line).request().wire); }

}  // namespace slotway::test
