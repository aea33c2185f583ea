// CLIENT TRACKING of one client. The nodes remember what it reads, each on a link that serves this client alone, and what
// they say of changes goes to it, or to the client that it redirects to:
//
//     client --its requests--> own links (CLIENT TRACKING ON in their greeting) --> masters
//     client <--behind the answers that came before-- invalidate <-- own links
//
// So the semantics are the nodes' own. In RESP2 the nodes tell Ears beside those links. What a node remembered is lost with
// its link, and when slots move: then the client is told that anything may have changed. What is read without being
// remembered is taken back so directly behind its answer.
// Owner: the client's Session. Thread: the worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "client/ears.h"
#include "exchange/router.h"

namespace slotway {

class Client;
class Exchange;
struct ClientFacts;
struct Command;

struct TrackingOptions {
  bool bcast = false;
  bool optIn = false;
  bool optOut = false;
  bool noLoop = false;
  uint64_t redirect = 0;       ///< a client's number; 0: none
  size_t redirectWorker = 0;   ///< that serves it
  std::vector<std::string> prefixes;  ///< sorted
};

class Tracking final : public PoolListener {
 public:
  explicit Tracking(Client& client) : client_(client) {}
  ~Tracking();
  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;

  const TrackingOptions& options() const { return options_; }
  bool redirectIsBroken() const { return broken_; }
  /// On, or on otherwise: prefixes are added to those that there are. The client is quiet, and takes links() from here.
  void turnOn(TrackingOptions options);
  /// The same after the client has chosen another RESP.
  void follow();
  /// Null: the links that are shared will do.
  LinkPool* links() const { return links_.get(); }
  /// The links that the nodes speak on; null: links() are.
  LinkPool* ears() const { return ears_ == nullptr ? nullptr : &ears_->links(); }
  /// Other masters listen than before.
  void earsChanged();

  /// CLIENT CACHING: a word about the next request that is not about the connection.
  void say(Slice word) { next_ = word; }
  bool said() const { return !next_.empty(); }
  /// A request comes; word() is about it. What is queued is no request yet.
  enum class Queued : uint8_t { No, ForExec };
  void begin(const Command* command, Queued queued);
  Slice word() const { return word_; }
  /// This exchange goes without the word, if there is one.
  void miss(const Exchange& exchange);
  /// This exchange goes to a node, which may not be able to tell.
  void route(const Exchange& exchange);
  /// Anything may have changed, and what was to be answered before this is told has been.
  void forget() { deliver({}, 0); }

  size_t footprint() const { return weight_.bytes(); }
  void tell(ClientFacts& facts) const;
  void redirectBroken();

  void poolPushed(Slice frame) override;
  void poolForgot() override;
  void poolMissed(uint64_t sequence) override;

 private:
  void listen();
  void letGo();
  std::string request(uint64_t ear) const;
  GreetingSteps greeting(const std::string& nodeId) const;
  /// `keys`: a frame; empty: any key. `behind`: an exchange; 0: all that have been answered.
  void deliver(Slice keys, uint64_t behind);

  Client& client_;
  TrackingOptions options_;
  std::unique_ptr<Ears> ears_;
  std::unique_ptr<LinkPool> links_;
  Slice next_;           ///< a constant
  Slice word_;           ///< a constant
  Weight weight_;        ///< of the prefixes, here and in each link's greeting
  bool broken_ = false;  ///< the client that it redirects to is gone
};

/// `>2 invalidate keys`, or what RESP2 has for it while it subscribes.
void writeInvalidation(Slice keys, resp::Version version, Bytes& out);

}  // namespace slotway
