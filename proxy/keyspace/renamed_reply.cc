#include "keyspace/renamed_reply.h"

#include <string>
#include <vector>

#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using resp::ReplyReader;

// "No such key '{app1}:stream'" and the like.
bool renameError(Slice prefix, Slice reply, Bytes& out) {
  size_t found = reply.find(prefix);
  if (found == Slice::npos) return false;
  for (; found != Slice::npos; found = reply.find(prefix)) {
    out.append(reply.substr(0, found));
    reply.remove_prefix(found + prefix.size());
  }
  out.append(reply);
  return true;
}

// The header that `reader` has just read, which began where `before` does.
void copyRead(Slice before, const ReplyReader& reader, Bytes& out) {
  out.append(before.substr(0, before.size() - reader.rest().size()));
}

// The next frame, a key.
void renameNext(const Keyspace& keyspace, ReplyReader& reader, Bytes& out) {
  const Slice before = reader.rest();
  const auto key = reader.next();
  if (key.isText() && keyspace.owns(key.text)) {
    resp::bulk(out, keyspace.keyOf(key.text));
  } else {
    copyRead(before, reader, out);
  }
}

void renameFirst(const Keyspace& keyspace, ReplyReader& reader, Bytes& out) {
  renameNext(keyspace, reader, out);
  out.append(reader.rest());
}

// [[key, entries] ...], or in RESP3 {key: entries ...}.
void renameEach(const Keyspace& keyspace, const ReplyReader::Frame& header, ReplyReader& reader, Bytes& out) {
  for (int64_t i = 0; i < header.number && reader.ok(); ++i) {
    if (header.type == '*') {
      const Slice before = reader.rest();
      reader.next();
      copyRead(before, reader, out);
    }
    renameNext(keyspace, reader, out);
    out.append(reader.skip());
  }
}

}  // namespace

bool renameReply(const Keyspace& keyspace, InKeyspace kind, Slice reply, Bytes& out) {
  if (reply.starts_with('-')) return renameError(keyspace.prefix(), reply, out);
  if (kind != InKeyspace::KeyFirst && kind != InKeyspace::KeyOfEach) return false;
  ReplyReader reader(reply);
  const auto header = reader.next();
  if (header.null || header.number < 1) return false;
  copyRead(reply, reader, out);
  kind == InKeyspace::KeyFirst ? renameFirst(keyspace, reader, out) : renameEach(keyspace, header, reader, out);
  return true;
}

void renameKeys(const Keyspace& keyspace, Slice names, Bytes& out) {
  ReplyReader reader(names);
  std::vector<Slice> keys;
  for (int64_t left = reader.next().number; left > 0 && reader.ok(); --left) {
    const auto name = reader.next();
    if (name.isText() && keyspace.owns(name.text)) keys.push_back(keyspace.keyOf(name.text));
  }
  resp::request(out, keys);
}

}  // namespace slotway
