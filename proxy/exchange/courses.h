// Which course a command of the lane Special takes, or one that reads across slots.
// Thread: the worker's.
#pragma once
#include <memory>

#include "command/command.h"
#include "exchange/course.h"
#include "resp/request.h"

namespace slotway {

/// For a request whose plan says Steps. Nothing in the request is referred to afterwards.
std::unique_ptr<Course> makeCourse(const Request& request, const Command& command);

}  // namespace slotway
