#include "cluster/redirect.h"

#include <algorithm>
#include <array>
#include <span>

#include "cluster/number.h"

namespace slotway {
namespace {

// What Redis 7.0 writes, each of them before it runs anything of the command. A script that raises such an error itself
// gets " script: <sha>, on @user_script:<line>." behind it, which is how the two are told apart.
constexpr Slice kTryAgainTexts[] = {"TRYAGAIN Multiple keys request during rehashing of slot"};
constexpr Slice kClusterDownTexts[] = {
    "CLUSTERDOWN The cluster is down",
    "CLUSTERDOWN The cluster is down and only accepts read commands",
    "CLUSTERDOWN Hash slot not served",
};
constexpr Slice kLoadingTexts[] = {"LOADING Redis is loading the dataset in memory"};
constexpr Slice kMasterDownTexts[] = {
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on "
    "the script.",
};
constexpr Slice kReadOnlyTexts[] = {
    "READONLY You can't write against a read only replica.",
    "READONLY Can not run script with write flag on readonly replica",
};
constexpr Slice kUnblockedTexts[] = {
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
    "UNBLOCKED the stream key no longer exists",
};

struct Row {
  RedirectKind kind;
  Slice code;  ///< the error's first word
  Slice name;
  std::span<const Slice> texts;
};

constexpr std::array<Row, kRedirectKinds> kRows = {{
    {RedirectKind::Moved, "MOVED", "moved", {}},
    {RedirectKind::Ask, "ASK", "ask", {}},
    {RedirectKind::TryAgain, "TRYAGAIN", "tryagain", kTryAgainTexts},
    {RedirectKind::ClusterDown, "CLUSTERDOWN", "clusterdown", kClusterDownTexts},
    {RedirectKind::Loading, "LOADING", "loading", kLoadingTexts},
    {RedirectKind::MasterDown, "MASTERDOWN", "masterdown", kMasterDownTexts},
    {RedirectKind::ReadOnly, "READONLY", "readonly", kReadOnlyTexts},
    {RedirectKind::Unblocked, "UNBLOCKED", "unblocked", kUnblockedTexts},
}};

// Ordinary errors (ERR, WRONGTYPE, NOSCRIPT, BUSYGROUP, EXECABORT ...) end here.
bool mayBeOurs(char first) {
  switch (first) {
    case 'M': case 'A': case 'T': case 'C': case 'L': case 'R': case 'U': return true;
    default: return false;
  }
}

Slice bare(Slice error) {
  if (error.starts_with('-')) error.remove_prefix(1);
  if (error.ends_with('\n')) error.remove_suffix(1);
  if (error.ends_with('\r')) error.remove_suffix(1);
  return error;
}

bool hasLeadingZero(Slice number) { return number.size() > 1 && number.front() == '0'; }

// "3999 127.0.0.1:6381"
std::optional<Redirect> parseElsewhere(RedirectKind kind, Slice rest) {
  const size_t space = rest.find(' ');
  if (space == Slice::npos) return std::nullopt;
  const Slice slotText = rest.substr(0, space);
  const Slice address = rest.substr(space + 1);
  const std::optional<HashSlot> slot = readNumber<HashSlot>(slotText);
  if (!slot || *slot >= kHashSlots) return std::nullopt;
  Result<Endpoint> endpoint = parseAnnouncedEndpoint(address);
  if (!endpoint) return std::nullopt;

  const Slice port = address.substr(address.rfind(':') + 1);
  const bool asPrinted = !hasLeadingZero(slotText) && !hasLeadingZero(port) && !address.starts_with('[');
  return Redirect{kind, *slot, std::move(*endpoint), asPrinted};
}

// CLIENT UNBLOCK also answers UNBLOCKED, and that answer is for the client.
bool isForTheClient(RedirectKind kind, Slice text) {
  return kind == RedirectKind::Unblocked && text.starts_with("UNBLOCKED client");
}

}  // namespace

std::optional<Redirect> parseRedirect(Slice error) {
  const Slice text = bare(error);
  if (text.empty() || !mayBeOurs(text.front())) return std::nullopt;
  const size_t space = std::min(text.find(' '), text.size());
  const Slice code = text.substr(0, space);
  const auto row = std::find_if(kRows.begin(), kRows.end(), [code](const Row& each) { return each.code == code; });
  if (row == kRows.end() || isForTheClient(row->kind, text)) return std::nullopt;
  if (row->texts.empty()) return parseElsewhere(row->kind, text.substr(std::min(space + 1, text.size())));
  const bool known = std::find(row->texts.begin(), row->texts.end(), text) != row->texts.end();
  return Redirect{row->kind, kNoSlot, {}, known};
}

Slice nameOf(RedirectKind kind) { return kRows[static_cast<size_t>(kind)].name; }

}  // namespace slotway
