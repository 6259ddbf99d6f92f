// Aim: neither parser of what members send each other crashes, and a message that is accepted is canonical.
// Method: any bytes as a message and as a mailbox's answer; an accepted message is signed anew and read again.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "crypto/hash.h"
#include "replica/mailbox.h"
#include "replica/round_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  if (const auto fetched = replica::parse_fetched(text)) CHECK(fetched->messages.size() <= size);
  const auto message = replica::parse_round_message(text);
  if (!message) return 0;
  const note::Signer signer(message->from, note::KeyType::kEd25519,
                            crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("round")).bytes));
  const std::string again = replica::sign_round_message(*message, signer);
  CHECK(again.substr(0, again.find("\n\n")) == text.substr(0, text.find("\n\n")));
  CHECK(replica::parse_round_message(again).has_value());
  return 0;
}
