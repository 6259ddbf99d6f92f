#include "import/zone_scanner.h"

#include <array>
#include <memory>

// These headers are C and do not say so.
extern "C" {
#include <libknot/descriptor.h>
#include <libzscanner/scanner.h>
}

#include "base/limits.h"
#include "codec/dns_name.h"
#include "import/zone_file.h"

namespace import {
namespace {

constexpr std::uint16_t kClassIn = 1;
constexpr std::uint32_t kTtlMax = 0x7FFF'FFFF;
/// Handed to the scanner as the default; above kTtlMax, so it cannot be mistaken for a TTL that we accept.
constexpr std::uint32_t kTtlUnsaid = 0xFFFF'FFFF;

/// The scanner holds its buffers by value (about 200 KB): never on the stack.
class Scanner {
 public:
  Scanner() : scanner_(std::make_unique<zs_scanner_t>()) {}
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;
  ~Scanner() {
    if (started_) zs_deinit(scanner_.get());
  }
  bool start(const std::string& origin, base::ByteView text) {
    started_ = zs_init(scanner_.get(), origin.c_str(), kClassIn, kTtlUnsaid) == 0;
    const auto* begin = reinterpret_cast<const char*>(text.data());
    return started_ && zs_set_input_string(scanner_.get(), begin, text.size()) == 0;
  }
  zs_scanner_t& get() { return *scanner_; }

 private:
  std::unique_ptr<zs_scanner_t> scanner_;
  bool started_ = false;
};

std::string at_line(const zs_scanner_t& scanner) {
  return "line " + std::to_string(scanner.line_counter);
}

base::Result<void> visit_record(const zs_scanner_t& scanner, const RecordVisitor& visit) {
  if (scanner.r_class != kClassIn) return base::fail(kBadZoneFile, "a class other than IN");
  ScannedRecord record{.owner = {scanner.r_owner, scanner.r_owner_length},
                       .type = scanner.r_type,
                       .ttl_seconds = scanner.r_ttl,
                       .rdata = {scanner.r_data, scanner.r_data_length},
                       .line = scanner.line_counter};
  if (scanner.r_ttl == kTtlUnsaid) {
    record.ttl_seconds.reset();
  } else if (scanner.r_ttl > kTtlMax) {
    return base::fail(kBadZoneFile, "a TTL above 2147483647");
  }
  return visit(record);
}

}  // namespace

base::Result<void> scan_zone(base::ByteView text, std::string_view origin, const RecordVisitor& visit) {
  if (!codec::is_dns_name(origin)) {
    return base::fail(kBadZoneFile, "the origin \"" + std::string(origin) + "\" is not a canonical name");
  }
  if (text.size() > base::kZoneFileBytesMax) return base::fail(kBadZoneFile, "larger than 1 GiB");
  if (text.empty()) return {};
  Scanner owner;
  if (!owner.start(std::string(origin), text)) {
    return base::fail(kBadZoneFile, zs_strerror(owner.get().error.code));
  }
  zs_scanner_t& scanner = owner.get();
  // Each step consumes input or ends, so the loop is bounded by the file's size.
  while (zs_parse_record(&scanner) == 0) {
    switch (scanner.state) {
      case ZS_STATE_DATA:
        if (auto visited = visit_record(scanner, visit); !visited) {
          return std::unexpected(visited.error().at(at_line(scanner)));
        }
        break;
      case ZS_STATE_ERROR:
        return base::fail(kBadZoneFile, at_line(scanner) + ": " + zs_strerror(scanner.error.code));
      case ZS_STATE_INCLUDE:
        return base::fail(kBadZoneFile, at_line(scanner) + ": $INCLUDE is not followed");
      case ZS_STATE_EOF:
        return {};
      case ZS_STATE_NONE:
      case ZS_STATE_STOP:
        return base::fail(kBadZoneFile, at_line(scanner) + ": the scanner stopped");
    }
  }
  return base::fail(kBadZoneFile, at_line(scanner) + ": " + zs_strerror(scanner.error.code));
}

std::string type_name(std::uint16_t type) {
  std::array<char, 32> text{};
  if (knot_rrtype_to_string(type, text.data(), text.size()) < 0) return "TYPE" + std::to_string(type);
  return text.data();
}

}  // namespace import
