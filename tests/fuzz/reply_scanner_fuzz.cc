// Any bytes: the scanner stays inside them, and where it says that replies end does not depend on how they were cut.
// The first byte of the input chooses the cuts, the rest is what a server sends.
#include "fuzz_target.h"
#include "reply_transcript.h"

namespace slotway {

FUZZ_TARGET(reply_scanner) {
  if (input.empty()) return;
  const unsigned choice = static_cast<unsigned char>(input[0]);
  const Slice stream = input.substr(1);
  const Cuts cuts = Cuts::random(size_t{1} << (choice >> 5), choice);
  CHECK_THAT(ReplyTranscript(stream, cuts).lines() == ReplyTranscript(stream, Cuts::none()).lines());
}

}  // namespace slotway
