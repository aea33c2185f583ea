// What an Exchange does for scripts and functions: it remembers bodies, gives a node what it lacks, and has the workers
// forget before the nodes do.
#include <vector>

#include "command/script_call.h"
#include "exchange/caching.h"
#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"
#include "resp/reply_reader.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {
namespace {

std::vector<Slice> argsOf(const RoutedLeg& leg) { return slotway::argsOf(leg.wire.slice().substr(cachingOf(leg).size())); }

}  // namespace

ScriptTask& Exchange::scriptTask() {
  if (script_ == nullptr) script_ = std::make_unique<ScriptTask>(router_->scripts());
  return *script_;
}

void Exchange::bringsScript() { scriptTask().repairOf = router_->scripts().beginRepair(); }

// --- on the way up ---

void Exchange::noteScript(const Request& request) {
  const ScriptRole role = command_->script;
  if (role == ScriptRole::RunsBody || role == ScriptRole::LoadsBody) {
    router_->scripts().learn(scriptOf(role, request.args));
  } else if (role == ScriptRole::AsksForShas) {
    scriptTask().shas.assign(request.args.begin() + 2, request.args.end());
  }
}

// What control must have done before the nodes are told; 0: nothing.
uint64_t Exchange::wishBefore(const Request& request) {
  switch (command_->script) {
    case ScriptRole::AsksForShas: return router_->scripts().wish({ScriptWish::Kind::HearAll});
    case ScriptRole::ForgetsBodies:
      return willForget(request.args) ? router_->scripts().wish({ScriptWish::Kind::ForgetAll}) : 0;
    case ScriptRole::ChangesFunctions:
      scriptTask().holdsFunctions = true;
      return router_->scripts().wish({ScriptWish::Kind::HoldFunctions});
    default: return 0;
  }
}

// Commands behind it must find what it has done.
void Exchange::sendWhenGranted(uint64_t ticket) {
  queue_->holdBehind(*this);
  pending_ = 0;
  eachLeg([&](RoutedLeg& leg) {
    pending_ += leg.awaited() ? 1 : 0;
    leg.detour().waitScripts = ticket;
    queue_->park(leg);
  });
  queue_->wakeSoon();
}

// --- on the way down ---

bool Exchange::mendLater(RoutedLeg& leg, Slice reply) {
  const ScriptRole role = command_->script;
  const bool lacks = (role == ScriptRole::RunsSha && lacksScript(reply)) ||
                     (role == ScriptRole::CallsFunction && lacksFunction(reply));
  if (!lacks || leg.mended) return noteUseless(leg, reply);
  leg.mending = true;
  leg.reply = Bytes(reply);
  Scripts& scripts = router_->scripts();
  const std::vector<Slice> args = argsOf(leg);
  const Slice name = scriptOf(role, args);
  if (role == ScriptRole::CallsFunction) {
    leg.detour().waitScripts =
        scripts.wish({ScriptWish::Kind::BringFunction, 0, router_->idOf(leg.link->endpoint()), std::string(name)});
  } else if (scripts.find(name) == nullptr) {
    leg.detour().waitScripts = scripts.wish({ScriptWish::Kind::HearAll});
  }
  resend(leg, RetryReason::NoScript);
  return true;
}

// A body that is no script was kept by no node, so it must not be known here.
bool Exchange::noteUseless(RoutedLeg& leg, Slice reply) {
  const ScriptRole role = command_->script;
  const bool brought = role == ScriptRole::RunsBody || role == ScriptRole::LoadsBody || leg.mended;
  if (!brought || role == ScriptRole::CallsFunction || !isNoScript(reply)) return false;
  const std::vector<Slice> args = argsOf(leg);
  router_->scripts().drop(scriptOf(role, args));
  if (!leg.mended) return false;
  const Bytes text = std::move(leg.reply);
  accept(leg, text.slice());
  return true;
}

bool Exchange::mend(RoutedLeg& leg) {
  leg.mending = false;
  leg.mended = true;
  if (command_->script == ScriptRole::CallsFunction) return true;
  Scripts& scripts = router_->scripts();
  const std::vector<Slice> args = argsOf(leg);
  const Script* const script = scripts.find(scriptOf(command_->script, args));
  if (script == nullptr) {
    giveUpMending(leg);
    return false;
  }
  bringsScript();
  Bytes call(cachingOf(leg));
  writeWithBody(args, script->body, call);
  leg.wire = std::move(call);
  return true;
}

void Exchange::giveUpMending(RoutedLeg& leg) {
  const Bytes text = std::move(leg.reply);
  queue_->unpark(leg);
  accept(leg, text.slice());
}

// What is remembered here will be brought to any node that lacks it.
void Exchange::settleScript(Slice reply) {
  const std::unique_ptr<ScriptTask> task = std::move(script_);
  resp::ReplyReader reader(reply);
  const auto array = reader.next();
  const auto& shas = task->shas;
  if (shas.empty() || !array.isArray() || static_cast<uint64_t>(array.number) != shas.size()) return settle(reply);
  Bytes answer;
  resp::arrayHeader(answer, shas.size());
  for (const std::string& sha : shas) {
    const bool loaded = reader.next().number != 0;
    resp::integer(answer, loaded || task->scripts.find(sha) != nullptr ? 1 : 0);
  }
  // Before its turn an answer is kept where the merged one lies: behind it, unless it takes its place.
  reply_ = std::move(answer);
  settle(reply_.slice());
}

}  // namespace slotway
