#include "command/across_counts.h"

#include "command/hyper_log_log.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {

void AcrossCounts::ask(Questions& questions) const {
  for (const Slice key : words_.keys()) {
    const Slice words[] = {"GET", key};
    resp::request(questions.toSlot(hashSlot(key)), words);
  }
}

bool AcrossCounts::answer(std::span<const Slice> replies, Bytes& out) const {
  HyperLogLog all;
  for (const Slice reply : replies) {
    // The key before it may be no HyperLogLog, which Redis would have said first.
    if (failed({&reply, 1}, out)) return true;
    const auto frame = resp::ReplyReader(reply).next();
    if (frame.null) continue;
    if (!frame.isText()) return false;
    switch (all.add(frame.text)) {
      case HyperLogLog::Added::Yes: break;
      case HyperLogLog::Added::NotOne:
        resp::error(out, "WRONGTYPE Key is not a valid HyperLogLog string value.");
        return true;
      case HyperLogLog::Added::Corrupt:
        resp::error(out, "INVALIDOBJ Corrupted HLL object detected");
        return true;
    }
  }
  resp::integer(out, static_cast<int64_t>(all.count()));
  return true;
}

}  // namespace slotway
