#include "storage/succession_memory.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "codec/base64.h"
#include "crypto/hash.h"

namespace storage {
namespace {

using base::Result;

constexpr std::size_t kFileBytesMax = 65'536;
constexpr std::string_view kHead = "comity/1 succeeded\n";
constexpr std::string_view kEnd = "end: ";

Result<std::string_view> take_value(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name))
    return base::fail(kBadSuccessionMemory, "expected \"" + std::string(name) + "\"");
  const std::string_view value = text.substr(name.size(), end - name.size());
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::string serialize_succeeded(const std::vector<Succeeded>& all) {
  CHECK(!all.empty());
  std::string text(kHead);
  for (const Succeeded& one : all) {
    text.append("\nlog: ").append(one.origin).append("\nsuccessor: ").append(one.successor);
    text.append("\ngenesis: ").append(codec::serialize_base64(one.genesis.view())).append("\n");
  }
  const base::Hash hash = crypto::sha256(base::as_bytes(text));
  return text.append(kEnd).append(codec::serialize_base64(hash.view())).append("\n");
}

Result<std::vector<Succeeded>> parse_succeeded(std::string_view text) {
  std::vector<Succeeded> all;
  std::string_view rest = text;
  if (!rest.starts_with(kHead)) return base::fail(kBadSuccessionMemory, "expected \"comity/1 succeeded\"");
  rest.remove_prefix(kHead.size());
  while (rest.starts_with('\n')) {
    rest.remove_prefix(1);
    Succeeded one;
    ASSIGN_OR_RETURN(one.origin, take_value(rest, "log: "));
    ASSIGN_OR_RETURN(one.successor, take_value(rest, "successor: "));
    ASSIGN_OR_RETURN(const std::string_view genesis, take_value(rest, "genesis: "));
    ASSIGN_OR_RETURN(one.genesis, codec::parse_base64_hash(genesis));
    if (std::ranges::find(all, one.origin, &Succeeded::origin) != all.end())
      return base::fail(kBadSuccessionMemory, "\"" + one.origin + "\" stands there twice");
    all.push_back(std::move(one));
  }
  if (all.empty() || serialize_succeeded(all) != text)
    return base::fail(kBadSuccessionMemory, "the end line does not fit");
  return all;
}

Result<SuccessionMemory> SuccessionMemory::open(base::Files& files, std::string path) {
  SuccessionMemory memory(files, std::move(path));
  const auto bytes = files.read(memory.path_, kFileBytesMax);
  if (!bytes) {
    if (bytes.error().kind() == base::kFileMissing) return memory;
    return std::unexpected(bytes.error());
  }
  auto parsed = parse_succeeded(base::as_text(*bytes));
  if (!parsed) return base::fail(kBadSuccessionMemory, memory.path_ + ": " + parsed.error().detail());
  // As with what was cosigned: it is relied upon without being written again.
  TRY(files.sync_folder(base::folder_of(memory.path_)));
  memory.all_ = std::move(*parsed);
  return memory;
}

Result<void> SuccessionMemory::check(const Succeeded& one) const {
  const auto found = std::ranges::find(all_, one.origin, &Succeeded::origin);
  if (found == all_.end() || *found == one) return {};
  return base::fail(kSucceededOtherwise,
                    path_ + ": " + one.origin + " goes on as " + found->successor + " with the genesis " +
                        codec::serialize_base64(found->genesis.view()) + ", and a log has one successor");
}

Result<void> SuccessionMemory::store(const Succeeded& one) {
  TRY(check(one));
  if (std::ranges::find(all_, one) != all_.end()) return {};
  if (all_.size() == kSuccessionsMax)
    return base::fail(kTooManySuccessions, path_ + ": " + std::to_string(all_.size()) + " stand there");
  std::vector<Succeeded> next = all_;
  next.push_back(one);
  TRY(base::replace_file(*files_, path_, base::as_bytes(serialize_succeeded(next)), base::FileMode::kPublic));
  all_ = std::move(next);
  return {};
}

}  // namespace storage
