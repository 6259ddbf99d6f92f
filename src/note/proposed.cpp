#include "note/proposed.h"

#include <optional>

#include "base/limits.h"
#include "codec/decimal.h"

namespace note {
namespace {

constexpr std::string_view kHead = "comity/1 proposed ";

/// The value behind `name` on the next line, which is taken off `rest`.
base::Result<std::string_view> take_value(std::string_view& rest, std::string_view name) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos || !rest.starts_with(name)) {
    return base::fail(kBadProposed, "'" + std::string(name) + "' expected");
  }
  const std::string_view value = rest.substr(name.size(), end - name.size());
  rest.remove_prefix(end + 1);
  return value;
}

base::Result<std::uint64_t> take_number(std::string_view& rest, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view value, take_value(rest, name));
  const auto number = codec::parse_decimal(value);
  if (!number) return base::fail(kBadProposed, number.error().at(name).message());
  return *number;
}

}  // namespace

base::Result<Proposed> parse_proposed(std::string_view text) {
  if (text.size() > kProposedBytesMax) return base::fail(kBadProposed, "too long");
  std::string_view rest = text;
  Proposed proposed;
  ASSIGN_OR_RETURN(proposed.origin, take_value(rest, kHead));
  ASSIGN_OR_RETURN(const std::uint64_t round, take_number(rest, "round: "));
  ASSIGN_OR_RETURN(const std::uint64_t offer, take_number(rest, "offer: "));
  ASSIGN_OR_RETURN(const std::uint64_t counted, take_number(rest, "counted: "));
  if (counted > base::kTreeSizeMax) return base::fail(kBadProposed, "counted: no log is so long");
  proposed.round = Round(round);
  proposed.offer = Offer(offer);
  proposed.counted = base::TreeSize(counted);
  if (!rest.starts_with('\n')) return base::fail(kBadProposed, "an empty line expected");
  proposed.checkpoint = rest.substr(1);
  const auto checkpoint = parse_signed_checkpoint(proposed.checkpoint);
  if (!checkpoint) return base::fail(kBadProposed, checkpoint.error().message());
  if (checkpoint->checkpoint.origin != proposed.origin) {
    return base::fail(kBadProposed, "the checkpoint is of " + checkpoint->checkpoint.origin);
  }
  return proposed;
}

std::string serialize_proposed(const Proposed& proposed) {
  std::string text = std::string(kHead) + proposed.origin;
  text.append("\nround: ").append(std::to_string(proposed.round.value()));
  text.append("\noffer: ").append(std::to_string(proposed.offer.value()));
  text.append("\ncounted: ").append(std::to_string(proposed.counted.value()));
  return text.append("\n\n").append(proposed.checkpoint);
}

}  // namespace note
