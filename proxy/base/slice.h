// Bytes that belong to somebody else, for as long as the function that hands them over says.
// Thread: any.
#pragma once
#include <string_view>

namespace slotway {

using Slice = std::string_view;

}  // namespace slotway
