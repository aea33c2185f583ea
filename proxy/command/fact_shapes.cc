#include "command/fact_shapes.h"

#include <algorithm>

#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using resp::ReplyReader;
using resp::Version;

struct KeyedShape {
  Slice key;
  FactShape shape;
};

constexpr KeyedShape kShapes[] = {
    {"flags", FactShape::Set},          {"doc_flags", FactShape::Set},  {"history", FactShape::Set},
    {"begin_search", FactShape::Pairs}, {"find_keys", FactShape::Pairs}, {"spec", FactShape::Pairs},
    {"arguments", FactShape::Listed},   {"subcommands", FactShape::Named},
};

// The fields of a command's info, by their place.
constexpr FactShape kInfoFields[] = {FactShape::AsIs, FactShape::AsIs, FactShape::Set,   FactShape::AsIs,  FactShape::AsIs,
                                     FactShape::AsIs, FactShape::Set,  FactShape::Set,   FactShape::Specs, FactShape::Infos};

FactShape shapeBehind(Slice key) {
  const auto* found = std::ranges::find(kShapes, key, &KeyedShape::key);
  return found == std::end(kShapes) ? FactShape::AsIs : found->shape;
}

FactShape infoField(size_t place) { return place < std::size(kInfoFields) ? kInfoFields[place] : FactShape::AsIs; }

void write(ReplyReader& reader, FactShape shape, Bytes& out);

void writePairs(ReplyReader& reader, int64_t pairs, FactShape values, Bytes& out) {
  resp::mapHeader(out, static_cast<size_t>(pairs), Version::Resp3);
  for (; pairs > 0 && reader.ok(); --pairs) {
    const Slice key = reader.next().text;
    resp::bulk(out, key);
    write(reader, values == FactShape::AsIs ? shapeBehind(key) : values, out);
  }
}

void writeElements(ReplyReader& reader, int64_t elements, FactShape shape, Bytes& out) {
  const bool noSubcommands = shape == FactShape::Infos && elements == 0;  // a set, says the server
  const bool set = shape == FactShape::Set || shape == FactShape::Specs || noSubcommands;
  const auto count = static_cast<size_t>(elements);
  set ? resp::setHeader(out, count, Version::Resp3) : resp::arrayHeader(out, count);
  for (size_t place = 0; place < count && reader.ok(); ++place) {
    switch (shape) {
      case FactShape::Info: write(reader, infoField(place), out); break;
      case FactShape::Infos: write(reader, FactShape::Info, out); break;
      case FactShape::Specs:
      case FactShape::Listed: write(reader, FactShape::Pairs, out); break;
      default: write(reader, FactShape::AsIs, out);
    }
  }
}

// One frame; what is not the array that its shape says (nothing promises one) goes as it is.
void write(ReplyReader& reader, FactShape shape, Bytes& out) {
  const bool array = !reader.atEnd() && reader.rest().front() == '*' && !reader.rest().starts_with("*-1");
  if (shape == FactShape::AsIs || !array) return out.append(reader.skip());
  const int64_t elements = reader.next().number;
  if (shape == FactShape::Pairs) return writePairs(reader, elements / 2, FactShape::AsIs, out);
  if (shape == FactShape::Named) return writePairs(reader, elements / 2, FactShape::Pairs, out);
  writeElements(reader, elements, shape, out);
}

}  // namespace

void writeFact(Slice fact, FactShape shape, resp::Version version, Bytes& out) {
  if (version == Version::Resp2) return out.append(fact);
  ReplyReader reader(fact);
  write(reader, shape, out);
}

}  // namespace slotway
