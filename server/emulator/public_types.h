// The types of the engine, runner and control API as users of the library see them, and the way back.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.h"
#include "control/advice.h"
#include "control/expectation.h"
#include "control/request_filter.h"
#include "control/steering.h"
#include "engine/open_work.h"
#include "enrichment_mock/emulator.h"
#include "runner/commits.h"
#include "runner/sink.h"
#include "runner/team_clock.h"

namespace enrichment_mock {

// The public enums have the values of the internal ones, in the same order; public_types.cpp checks that.
constexpr Status to_public(engine::Status status) { return static_cast<Status>(status); }
constexpr OpenReason to_public(engine::OpenWork::Why why) { return static_cast<OpenReason>(why); }
constexpr WaitEnd to_public(control::WaitEnd end) { return static_cast<WaitEnd>(end); }
constexpr engine::Status to_internal(Status status) { return static_cast<engine::Status>(status); }
constexpr engine::CallbackState to_internal(CallbackState state) { return static_cast<engine::CallbackState>(state); }
constexpr scenario::Outcome to_internal(Outcome outcome) { return static_cast<scenario::Outcome>(outcome); }
constexpr scenario::EmailType to_internal(EmailType type) { return static_cast<scenario::EmailType>(type); }

Clock to_public(const runner::ClockView& view);
std::vector<Fired> to_public(const engine::Events& events);
std::vector<Open> to_public(const std::vector<engine::OpenWork>& open);
Settled to_public(const runner::SettleResult& result);
Enrichment to_public(const engine::Enrichment& enrichment, const engine::Team& team);
CallbackInfo to_public(const engine::Callback& callback, const engine::Team& state, const runner::TeamRunner& team);
Movement to_public(const engine::Movement& movement);

TeamInfo to_public(runner::TeamRunner& team);
std::vector<JournaledRequest> to_public(const runner::Journal& journal, const control::RequestFilter& filter,
                                        const base::KeyMasker& keys);
Advice to_public(const control::Advice& advice, const base::KeyMasker& keys);
SinkRequest to_public(const runner::SinkEntry& entry, const base::KeyMasker& keys);

// Calls `call`. What it throws becomes an exception of the public headers.
template <class Call>
auto translate_errors(Call call) {
  try {
    return call();
  } catch (const runner::Conflict& conflict) {
    throw ConflictError(conflict.what());
  } catch (const runner::NotSaved& error) {
    throw ConflictError("the state cannot be saved at present: " + std::string(error.what()));
  } catch (const base::Stopped& stopped) {
    throw ConflictError(stopped.what());
  } catch (const runner::TimeOutOfRange& beyond) {
    throw TimeRangeError(beyond.what());
  } catch (const api::ApiError& error) {
    if (error.status == 400) throw ArgumentError(error.message);
    if (error.status == 404) throw NotFoundError(error.message);
    throw ConflictError(error.message);
  }
}

// All throw ArgumentError.
engine::SeededEnrichment to_internal(const Seed& seed);
control::RequestFilter to_internal(const RequestFilter& filter);
control::AdviceOptions to_internal(const AdviceOptions& options);
std::vector<control::Expectation> to_internal(const std::vector<Expectation>& expectations);

}  // namespace enrichment_mock
