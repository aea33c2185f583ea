// Any bytes: the parser stays inside them, and what it makes of them does not depend on how they were cut.
// The first byte of the input chooses the cuts and the limits, the rest is what a client sends.
#include "fuzz_target.h"
#include "request_transcript.h"

namespace slotway {
namespace {

RequestParser::Limits limitsOf(unsigned choice) {
  RequestParser::Limits limits;
  limits.authenticated = (choice & 1) == 0;
  if ((choice & 2) != 0) limits.bulkBytes = 16;
  if ((choice & 4) != 0) limits.requestBytes = 64;
  return limits;
}

}  // namespace

FUZZ_TARGET(request_parser) {
  if (input.empty()) return;
  const unsigned choice = static_cast<unsigned char>(input[0]);
  const Slice stream = input.substr(1);
  const RequestParser::Limits limits = limitsOf(choice);
  const auto whole = RequestTranscript(stream, Cuts::none(), Buffer::Moves, limits).lines();
  const Cuts cuts = Cuts::random(size_t{1} << (choice >> 5), choice);
  CHECK_THAT(RequestTranscript(stream, cuts, Buffer::Moves, limits).lines() == whole);
  CHECK_THAT(RequestTranscript(stream, cuts, Buffer::Stays, limits).lines() == whole);
}

}  // namespace slotway
