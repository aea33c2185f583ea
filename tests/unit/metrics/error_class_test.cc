#include "metrics/error_class.h"

#include <doctest/doctest.h>

#include <string>

namespace slotway {

TEST_CASE("error class: the first word decides, and only Redis's own words count") {
  struct Row {
    Slice error;
    Slice label;
  };
  const Row rows[] = {
      {"-ERR unknown command\r\n", "ERR"},
      {"ERR unknown command", "ERR"},
      {"-WRONGTYPE Operation against a key\r\n", "WRONGTYPE"},
      {"-WRONGPASS invalid username-password pair\r\n", "WRONGPASS"},
      {"-BUSY Redis is busy\r\n", "BUSY"},
      {"-BUSYKEY Target key name already exists.\r\n", "BUSYKEY"},
      {"-BUSYGROUP Consumer Group name already exists\r\n", "BUSYGROUP"},
      {"-NOSCRIPT No matching script.\r\n", "NOSCRIPT"},
      {"-OOM\r\n", "OOM"},
      {"-OOM", "OOM"},
      {"-ASK 1 a:1\r\n", "ASK"},
      {"-Err lower case is a script's\r\n", "other"},
      {"-BUSYX\r\n", "other"},
      {"-MYERROR of a script\r\n", "other"},
      {"-\xff\r\n", "other"},
      {"-[\r\n", "other"},
      {"-ZZZ\r\n", "other"},
      {"-\r\n", "other"},
      {"", "other"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.error);
    CHECK(labelOf(classOfError(row.error)) == row.label);
  }
}

TEST_CASE("error class: every word is found, and they are sorted") {
  for (size_t i = 0; i + 1 < kErrorClasses; ++i) {
    const auto errorClass = static_cast<ErrorClass>(i);
    CHECK(classOfError(labelOf(errorClass)) == errorClass);
    if (i > 0) CHECK(labelOf(static_cast<ErrorClass>(i - 1)) < labelOf(errorClass));
  }
  CHECK(labelOf(ErrorClass::Other) == "other");
}

}  // namespace slotway
