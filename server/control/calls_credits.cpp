// GET credits, PUT credits, GET ledger.
#include <algorithm>
#include <array>
#include <utility>

#include "control/call.h"
#include "control/steering.h"

namespace enrichment_mock::control {

namespace {

std::optional<std::int64_t> read_amount(const json_text::Value& value) {
  const auto amount = json_text::to_whole_number<std::int64_t>(value);
  if (amount && *amount >= -kMaxBalance && *amount <= kMaxBalance) return amount;
  json_text::unexpected(value,
                        "a whole number from " + std::to_string(-kMaxBalance) + " to " + std::to_string(kMaxBalance));
  return std::nullopt;
}

Object balance_of(runner::TeamRunner& team) {
  return {{"balance", team.catch_up_and_read([](const engine::Team& state) { return state.ledger().balance(); })}};
}

net::Response show_credits(const Call& call) { return answer(200, balance_of(call.one_team())); }

net::Response set_credits(const Call& call) {
  auto& team = call.one_team();
  std::optional<std::int64_t> balance, add;
  Body body(call.request);
  auto fields = body.fields();
  fields.read("balance", json_text::whole_number<std::int64_t>(0, kMaxBalance), balance);
  fields.read("add", read_amount, add);
  body.finish(fields);
  if (balance.has_value() == add.has_value()) refuse("expected either \"balance\" or \"add\"");
  if (balance)
    set_balance(team, *balance);
  else
    add_credits(team, *add);
  return answer(200, balance_of(team));
}

net::Response show_ledger(const Call& call) {
  Page page = Page::of(call.query);
  const auto after = call.query.number("after", 0, UINT64_MAX).value_or(0);
  call.one_team().catch_up_and_read([&](const engine::Team& state) {
    const auto& movements = state.ledger().movements();
    const auto first = state.ledger().forgotten();
    auto place =
        page.is_last ? movements.size() - std::min(page.limit, movements.size()) : std::max(after, first) - first;
    for (; place < movements.size() && !page.full(); ++place) page.items.add(render(movements[place]));
    if (place < movements.size()) page.next = Json(first + place);
  });
  return answer(200, {{"movements", page.items}, {"next", page.next}});
}

constexpr std::array<std::string_view, 3> kPaging = {"limit", "after", "last"};
constexpr Route kCreditRoutes[] = {{"GET", "credits", {}, show_credits},
                                   {"PUT", "credits", {}, set_credits, kTakesBody},
                                   {"GET", "ledger", kPaging, show_ledger}};

}  // namespace

std::span<const Route> credit_routes() { return kCreditRoutes; }

}  // namespace enrichment_mock::control
