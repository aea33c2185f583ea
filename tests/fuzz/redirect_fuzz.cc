// Any bytes in place of an error reply: a redirect names a slot that there is and a port that one can connect to, and
// where it is the server's own text, the text can be told from what was read.
#include "cluster/redirect.h"
#include "fuzz_target.h"

namespace slotway {
namespace {

// As Redis prints it: without brackets. An empty host may have been "?".
bool isPrinted(Slice text, const Redirect& redirect) {
  const std::string code = redirect.kind == RedirectKind::Moved ? "MOVED " : "ASK ";
  const std::string head = code + std::to_string(redirect.slot) + " ";
  const std::string tail = ":" + std::to_string(redirect.endpoint.port);
  const std::string& host = redirect.endpoint.host;
  return text == head + host + tail || (host.empty() && text == head + "?" + tail);
}

}  // namespace

FUZZ_TARGET(redirect) {
  const std::optional<Redirect> redirect = parseRedirect(input);
  if (!redirect) return;
  CHECK_THAT(!nameOf(redirect->kind).empty());
  const bool elsewhere = redirect->kind == RedirectKind::Moved || redirect->kind == RedirectKind::Ask;
  CHECK_THAT(elsewhere == (redirect->slot != kNoSlot));
  CHECK_THAT(!elsewhere || (redirect->slot < kHashSlots && redirect->endpoint.port != 0));
  const bool wrapped = input.starts_with('-') || input.ends_with('\n') || input.ends_with('\r');
  if (elsewhere && redirect->serversOwnText && !wrapped) CHECK_THAT(isPrinted(input, *redirect));
}

}  // namespace slotway
