// Any arguments of any command: a plan loses none of its keys, doubles none, and sends each to its slot.
// The first two bytes of the input choose the command, the rest is its arguments, with spaces between them.
#include <algorithm>

#include "base/check.h"
#include "command/command_table.h"
#include "command/keys.h"
#include "command/split.h"
#include "fuzz_target.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Words = std::vector<Slice>;

// Appended: the text's words, empty ones too.
void cut(Slice text, char between, Words& words) {
  for (size_t end = 0; end != Slice::npos; text.remove_prefix(end == Slice::npos ? 0 : end + 1)) {
    end = text.find(between);
    words.push_back(text.substr(0, end));
  }
}

std::vector<uint32_t> keysOf(const Command& command, const Words& args) {
  std::vector<uint32_t> positions;
  return findKeys(command, args, positions) ? positions : std::vector<uint32_t>{};
}

// One sub-command: well-formed, all of one slot, keys in their order. Its keys, with what belongs to them, go to `sent`.
void checkPiece(const Request& request, const Command& command, const Plan& made, const Plan::Piece& piece, Words& sent,
                Bytes& wire) {
  writePiece(request, command, made, piece, wire);
  const Words args = argsOf(wire.slice());
  const size_t step = keyStep(command);
  CHECK_THAT(piece.count > 0 && args.size() == 1 + piece.count * step && args.front() == request.args.front());
  for (size_t at = 1; at < args.size(); at += step) CHECK_THAT(hashSlot(args[at]) == piece.slot);
  sent.insert(sent.end(), args.begin() + 1, args.end());
}

// In each part every key has its piece, and what is sent is what was asked, in another order only.
void checkSplit(const Request& request, const Command& command, Plan& made) {
  Words sent;
  std::vector<Bytes> wires;
  wires.reserve(request.args.size());
  for (uint32_t from = 0;; from = made.nextKey, planNextPart(request, made)) {
    CHECK_THAT(made.nextKey > from && made.pieceOfKey.size() == made.nextKey - from && made.pieces.size() <= kKeysPerPart);
    for (uint32_t key = from; key < made.nextKey; ++key) {
      const Plan::Piece& piece = made.pieces[made.pieceOfKey[key - from]];
      CHECK_THAT(hashSlot(request.args[made.keyPositions[key]]) == piece.slot);
    }
    for (const Plan::Piece& piece : made.pieces) checkPiece(request, command, made, piece, sent, wires.emplace_back());
    if (!hasNextPart(made)) break;
  }
  Words asked(request.args.begin() + 1, request.args.end());
  std::ranges::sort(asked);
  std::ranges::sort(sent);
  CHECK_THAT(asked == sent);
}

}  // namespace

FUZZ_TARGET(plan) {
  static const std::shared_ptr<const CommandTable> table = CommandTable::builtin();
  static Plan scratch;  // what an earlier request has left does not show
  if (input.size() < 2) return;
  const auto choice = static_cast<unsigned char>(input[0]) * 256u + static_cast<unsigned char>(input[1]);
  Words words;
  cut(table->commands()[choice % table->commands().size()].name, '|', words);
  cut(input.substr(2), ' ', words);
  Bytes wire;
  resp::request(wire, words);
  const Words args = argsOf(wire.slice());
  CHECK_THAT(args == words);
  const Command* const found = table->find(args);  // a container may have no such subcommand
  if (found == nullptr || found->lane == Lane::Local || !found->arityFits(args.size())) return;
  const Command& command = *found;

  const Request request{wire.slice(), args};
  Plan fresh;
  plan(request, command, fresh);
  plan(request, command, scratch);
  CHECK_THAT(fresh.target == scratch.target && fresh.merge == scratch.merge);
  switch (fresh.target) {
    case Plan::Target::Slot:
    case Plan::Target::Private:
      CHECK_THAT(fresh.slot == scratch.slot);
      for (const uint32_t key : keysOf(command, args)) CHECK_THAT(hashSlot(args[key]) == fresh.slot);
      break;
    case Plan::Target::Split: checkSplit(request, command, scratch); break;
    case Plan::Target::Refused: CHECK_THAT(!fresh.error.empty() && fresh.error == scratch.error); break;
    default: CHECK_THAT(command.lane != Lane::Split || keysOf(command, args).empty()); break;
  }
}

}  // namespace slotway
