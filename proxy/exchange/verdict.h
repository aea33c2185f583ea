// Stop 7 of a request: what an answer (or its absence) means for the leg that waited for it. Pure: the decision only.
//
//     reply, loss + facts of the command and the leg --judge()--> Verdict --exchange--> accept, aim again, fail
//
// Source: Redis cluster specification, "Redirection and resharding"; the promises 2, 3 and 7 in proxy/README.md.
// Thread: any (pure).
#pragma once
#include <cstdint>
#include <optional>

#include "base/slice.h"
#include "cluster/redirect.h"
#include "metrics/cells.h"
#include "metrics/failures.h"

namespace slotway {

struct Verdict {
  enum class Action : uint8_t {
    Accept,       ///< the reply is the answer
    FollowMap,    ///< again, to the slot's owner as the map has it (after noting a MOVED)
    FollowAsk,    ///< again, to redirect.endpoint, behind ASKING
    ConfirmFirst, ///< a redirect out of a script, or to an address nobody has heard of: ask the cluster, then judge again
    Wait,         ///< again after a back-off
  };
  Action action = Action::Accept;
  std::optional<Redirect> redirect;
};

/// Whether an error reply is the cluster's own refusal, so that the command did not run, and what follows from it.
/// `known(endpoint)` tells if the map has a node there.
template <class Known>
Verdict judge(Slice reply, HashSlot slot, bool mayRunScript, Known known) {
  if (!reply.starts_with('-')) return {};
  std::optional<Redirect> redirect = parseRedirect(reply);
  if (!redirect) return {};
  if (mayRunScript && !redirect->serversOwnText) return {};
  if (redirect->kind != RedirectKind::Moved && redirect->kind != RedirectKind::Ask) {
    return {Verdict::Action::Wait, std::move(redirect)};
  }
  if (slot == kNoSlot || redirect->slot != slot) return {};
  if (mayRunScript || !known(redirect->endpoint)) return {Verdict::Action::ConfirmFirst, std::move(redirect)};
  const bool moved = redirect->kind == RedirectKind::Moved;
  return {moved ? Verdict::Action::FollowMap : Verdict::Action::FollowAsk, std::move(redirect)};
}

/// Milliseconds to wait before trying for the `attempt`-th time (0: the first repetition), without jitter.
constexpr uint64_t backoffMs(unsigned attempt) {
  constexpr uint64_t kFirstMs = 5;
  constexpr uint64_t kMostMs = 320;
  return attempt >= 6 ? kMostMs : kFirstMs << attempt;
}

/// The failure to answer with when the deadline or the redirect limit ends the attempts that `last` made necessary.
constexpr Failure failureAfter(RedirectKind last) {
  switch (last) {
    case RedirectKind::Moved: return Failure::TooManyMoved;
    case RedirectKind::Ask: return Failure::TooManyAsk;
    case RedirectKind::TryAgain: return Failure::TryAgain;
    case RedirectKind::ClusterDown: return Failure::ClusterDown;
    default: return Failure::DeadlineUnsent;
  }
}

}  // namespace slotway
