#include "threshold/session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "threshold/framing.h"

namespace threshold {
namespace {

using base::ByteView;
using crypto::Point;

// The beginning of both contexts: tag, session id and ciphersuite, lengths before what varies.
crypto::Sha512 begin_context(std::string_view tag, ByteView id) {
  crypto::Sha512 hash;
  hash.update(base::as_bytes(tag)).update(big_endian_64(id.size())).update(id);
  hash.update(big_endian_64(kCiphersuite.size())).update(base::as_bytes(kCiphersuite));
  return hash;
}

void update_points(crypto::Sha512& hash, const std::vector<Point>& points) {
  for (const Point& point : points) hash.update(point.bytes());
}

bool has_duplicates(std::vector<Point> keys) {
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

base::Result<void> check(ByteView id, std::size_t threshold, const std::vector<Point>& keys) {
  if (id.empty()) return base::fail(kBadSession, "no session id");
  if (keys.size() > base::kMembersMax) {
    return base::fail(kBadSession, std::to_string(keys.size()) + " participants, more than " +
                                       std::to_string(base::kMembersMax));
  }
  if (threshold == 0 || threshold > keys.size()) {
    return base::fail(kBadSession,
                      "threshold " + std::to_string(threshold) + " of " + std::to_string(keys.size()));
  }
  if (std::ranges::any_of(keys, &Point::is_neutral)) return base::fail(kBadSession, "a neutral key");
  if (has_duplicates(keys)) return base::fail(kBadSession, "two participants with one key");
  return {};
}

base::Result<void> check_holders(const GroupKeys& old, const std::vector<Holder>& holders) {
  std::vector<Point> keys;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    const Identifier& identifier = holders[i].identifier;
    if (!old.shares().contains(identifier)) {
      return base::fail(kBadSession, "holder " + identifier.text() + " is none of the old sharing");
    }
    if (i > 0 && holders[i - 1].identifier == identifier) {
      return base::fail(kBadSession, "holder " + identifier.text() + " twice");
    }
    if (holders[i].encryption_key.is_neutral()) return base::fail(kBadSession, "a neutral key");
    keys.push_back(holders[i].encryption_key);
  }
  if (has_duplicates(std::move(keys))) return base::fail(kBadSession, "two holders with one key");
  if (holders.size() < old.threshold()) {
    return base::fail(kBadSession, std::to_string(holders.size()) + " holders where " +
                                       std::to_string(old.threshold()) + " must deal");
  }
  return {};
}

}  // namespace

base::Bytes session_id(std::string_view origin, const base::Hash& opening_record, std::string_view purpose,
                       std::uint32_t attempt) {
  base::Bytes id;
  for (const std::string_view text : {origin, purpose}) {
    append(id, big_endian_64(text.size()));
    append(id, base::as_bytes(text));
  }
  append(id, opening_record.view());
  append(id, big_endian_64(attempt));
  return id;
}

base::Result<Session> Session::generation(ByteView id, std::size_t threshold,
                                          std::vector<Point> encryption_keys) {
  std::ranges::sort(encryption_keys);
  return generation_in_order(id, threshold, std::move(encryption_keys));
}

base::Result<Session> Session::generation_in_order(ByteView id, std::size_t threshold,
                                                   std::vector<Point> encryption_keys) {
  TRY(check(id, threshold, encryption_keys));
  Session session;
  session.threshold_ = threshold;
  session.recipients_ = std::move(encryption_keys);
  for (std::size_t i = 0; i < session.recipients_.size(); ++i) {
    session.dealers_.push_back(
        {Identifier(static_cast<std::uint16_t>(i + 1)), session.recipients_[i], std::nullopt});
  }
  crypto::Sha512 hash = begin_context("COCKTAIL-DKG-CONTEXT", id);
  hash.update(little_endian_32(session.recipients_.size()));
  update_points(hash, session.recipients_);
  session.context_ = hash.finish();
  return session;
}

base::Result<Session> Session::resharing(ByteView id, const GroupKeys& old, std::vector<Holder> holders,
                                         std::size_t threshold, std::vector<Point> encryption_keys) {
  std::ranges::sort(encryption_keys);
  std::ranges::sort(holders, {}, &Holder::identifier);
  TRY(check(id, threshold, encryption_keys));
  TRY(check_holders(old, holders));
  Session session;
  session.threshold_ = threshold;
  session.old_threshold_ = old.threshold();
  session.recipients_ = std::move(encryption_keys);
  session.group_key_ = old.group();
  crypto::Sha512 hash = begin_context("COMITY-RESHARING-CONTEXT", id);
  hash.update(little_endian_32(old.shares().size())).update(little_endian_32(old.threshold()));
  hash.update(old.group().bytes());
  for (const auto& [identifier, share] : old.shares()) {
    hash.update(identifier.bytes()).update(share.point().bytes());
  }
  hash.update(little_endian_32(holders.size()));
  for (const Holder& holder : holders) {
    hash.update(holder.identifier.bytes()).update(holder.encryption_key.bytes());
    session.dealers_.push_back(
        {holder.identifier, holder.encryption_key, old.shares().at(holder.identifier).point()});
  }
  hash.update(little_endian_32(session.recipients_.size())).update(little_endian_32(threshold));
  update_points(hash, session.recipients_);
  session.context_ = hash.finish();
  return session;
}

std::optional<Identifier> Session::recipient(const Point& encryption_key) const {
  const auto found = std::ranges::find(recipients_, encryption_key);
  if (found == recipients_.end()) return std::nullopt;
  return Identifier(static_cast<std::uint16_t>(found - recipients_.begin() + 1));
}

const Session::Dealer* Session::dealer(Identifier identifier) const {
  const auto found = std::ranges::find(dealers_, identifier, &Dealer::identifier);
  return found == dealers_.end() ? nullptr : &*found;
}

const Session::Dealer* Session::dealer(const Point& encryption_key) const {
  const auto found = std::ranges::find(dealers_, encryption_key, &Dealer::encryption_key);
  return found == dealers_.end() ? nullptr : &*found;
}

}  // namespace threshold
