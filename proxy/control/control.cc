#include "control/control.h"

#include "base/log.h"

namespace slotway {

int runControl(std::shared_ptr<const Settings> settings) {
  log::start(static_cast<log::Level>(settings->log.level), static_cast<log::Format>(settings->log.format));
  log::info("started", {{"listeners", settings->listeners.size()}});
  log::stop();
  return 0;
}

}  // namespace slotway
