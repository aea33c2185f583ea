// Lets the integration tests ask our command table what they ask a real server: one question a line, one answer a line.
// Arguments are in hexadecimal, "-" is the empty one.
//
//     keys ARGS...     -> "unknown", "bad", or the positions of the keys
//     slot KEY         -> its hash slot
//     refusal ARGS...  -> the error text in hexadecimal, "-" when there is none
//     answer ARGS...   -> the reply to COMMAND in hexadecimal; answer3: in RESP3
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cluster/hash_slot.h"
#include "command/command_table.h"
#include "command/keys.h"

using namespace slotway;

namespace {

constexpr char kDigits[] = "0123456789abcdef";

std::string toHex(Slice bytes) {
  if (bytes.empty()) return "-";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

std::string fromHex(const std::string& text) {
  std::string bytes;
  if (text == "-") return bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 2) bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
  return bytes;
}

std::string keysIn(const CommandTable& table, std::span<const Slice> args) {
  const Command* command = table.find(args);
  if (command == nullptr) return "unknown";
  std::vector<uint32_t> positions;
  if (!findKeys(*command, args, positions)) return "bad";
  std::string text;
  for (const uint32_t position : positions) text += (text.empty() ? "" : " ") + std::to_string(position);
  return text;
}

std::string answer(const CommandTable& table, const std::string& question, std::span<const Slice> args) {
  if (question == "keys") return keysIn(table, args);
  if (question == "slot") return std::to_string(hashSlot(args[0]));
  if (question == "refusal") return toHex(table.refusal(args, table.find(args)));
  Bytes reply;
  table.answerCommand(args, question == "answer3" ? resp::Version::Resp3 : resp::Version::Resp2, reply);
  return toHex(reply.slice());
}

}  // namespace

int main() {
  const auto table = CommandTable::builtin();
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string question;
    words >> question;
    std::vector<std::string> held;
    for (std::string word; words >> word;) held.push_back(fromHex(word));
    const std::vector<Slice> args(held.begin(), held.end());
    std::cout << answer(*table, question, args) << std::endl;
  }
}
