// What the kernel says of this process, for a scrape: CPU time, memory, file descriptors, when it started.
// Source: proc(5), /proc/self/stat, statm, fd and /proc/stat. Thread: any.
#pragma once
#include "metrics/catalog.h"

namespace slotway {

/// Sets what could be read; what could not stays out.
void readProcess(ScrapedValues& values);

}  // namespace slotway
