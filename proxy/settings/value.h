// One setting's text -> its value, checked against its row; or a sentence with what was found and what was expected:
// `"abc" is not a duration; expected a duration from 1ms to 1h, such as 500ms or 2s`.
// Thread: any. Pure but for SecretFile, which reads the file.
#pragma once
#include <span>
#include <string>

#include "base/result.h"
#include "settings/row.h"

namespace slotway::settings {

/// For Seeds and AddressMap the text is one element, and comes back as Value::text; readMapped is for an AddressMap's.
Result<Value> readValue(const RowFacts& row, Slice text);
Result<Value> readMapped(const RowFacts& row, Slice text);

/// Gives every setting that has a default its default.
template <class Owner>
void storeDefaults(std::span<const Row<Owner>> rows, Owner& owner) {
  for (const Row<Owner>& row : rows)
    if (row.preset.presence == Presence::Default) row.store(owner, std::move(readValue(row, row.preset.text).value()));
}

/// What the row accepts, for pages: "a duration from 1ms to 1h".
std::string accepted(const RowFacts& row);
/// The same for messages, with an example where units are to be shown: "..., such as 500ms or 2s".
std::string expected(const RowFacts& row);
/// Of one element where the row is a list or a map.
std::string expectedOne(const RowFacts& row);

/// A choice's word by its place: "one, two" -> "two" at 1. Empty behind the last.
Slice choiceAt(Slice words, size_t place);

/// In double quotes, unprintable bytes escaped, cut when long: for messages.
std::string quoted(Slice text);

}  // namespace slotway::settings
