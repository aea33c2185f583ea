#include "metrics/error_class.h"

#include <array>

namespace slotway {
namespace {

constexpr std::array<Slice, kErrorClasses> kWords = {
#define SLOTWAY_WORD(name, word) word,
    SLOTWAY_ERROR_CLASSES(SLOTWAY_WORD)
#undef SLOTWAY_WORD
        "other"};
constexpr size_t kOther = static_cast<size_t>(ErrorClass::Other);

/// firstOf[letter] .. firstOf[letter + 1]: the words that begin with it.
constexpr auto kFirstOf = [] {
  std::array<uint8_t, 27> first{};
  for (size_t letter = 0; letter < first.size(); ++letter) {
    size_t i = 0;
    while (i < kOther && static_cast<size_t>(kWords[i][0] - 'A') < letter) ++i;
    first[letter] = static_cast<uint8_t>(i);
  }
  return first;
}();

Slice firstWord(Slice error) {
  if (!error.empty() && error[0] == '-') error.remove_prefix(1);
  return error.substr(0, error.find_first_of(" \r\n"));
}

}  // namespace

ErrorClass classOfError(Slice error) {
  const Slice word = firstWord(error);
  if (word.empty() || word[0] < 'A' || word[0] > 'Z') return ErrorClass::Other;
  const size_t letter = static_cast<size_t>(word[0] - 'A');
  for (size_t i = kFirstOf[letter]; i < kFirstOf[letter + 1]; ++i) {
    if (kWords[i] == word) return static_cast<ErrorClass>(i);
  }
  return ErrorClass::Other;
}

Slice labelOf(ErrorClass errorClass) { return kWords[static_cast<size_t>(errorClass)]; }

}  // namespace slotway
