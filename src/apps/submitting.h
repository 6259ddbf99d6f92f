// What every writing verb shares: opening a session with its warnings shown, bringing records to the log, and
// telling people and programs what became of each.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/console.h"
#include "apps/record_maker.h"
#include "apps/session.h"
#include "apps/verbs.h"
#include "base/files.h"
#include "base/result.h"

namespace apps {

base::Result<std::unique_ptr<Session>> open_session(base::Files& files, const std::string& dir,
                                                    Console& console);
/// Lifetime: as the session.
RecordMaker make_records(base::Files& files, const Session& session);

/// Submits, prints one line a record (accepted where, in what state; or refused by which rule), closes the
/// session. kNo if any was refused.
base::Result<Answer> submit_and_report(Session& session, std::vector<std::string> leaves, Console& console);

/// A draft, a record or change paragraphs; `-` is standard input. Bounded.
base::Result<std::string> read_input(const base::Files& files, const std::string& path);

/// Splits a draft or record into its canonical body and the signature lines it has so far.
base::Result<std::string> split_signatures(std::string_view text, std::vector<std::string>& lines);

}  // namespace apps
