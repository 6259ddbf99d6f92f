// What every writing verb shares: bringing records to the log, telling people and programs what became of
// each, and reading drafts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/console.h"
#include "apps/desk.h"
#include "apps/verbs.h"
#include "base/files.h"
#include "base/result.h"

namespace apps {

/// Whose the annexes are that the leaves name: `kMadeHere` were written by this process for these records, and
/// go when their record is refused; `kBroughtAlong` may belong to a draft that is mended and sent again.
enum class Annexes : std::uint8_t { kMadeHere, kBroughtAlong };

/// Submits, prints one line a record (accepted where, in what state; or refused by which rule), erases what
/// redactions name, closes the desk. kNo if any was refused.
base::Result<Answer> submit_and_report(Desk& desk, std::vector<std::string> leaves, Console& console,
                                       Annexes annexes);

/// A draft, a record or change paragraphs; `-` is standard input. Bounded.
base::Result<std::string> read_input(const base::Files& files, const std::string& path);

/// Splits a draft or record into its canonical body and the signature lines it has so far.
base::Result<std::string> split_signatures(std::string_view text, std::vector<std::string>& lines);

}  // namespace apps
