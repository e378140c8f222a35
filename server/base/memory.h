// The allocator's memory.
#pragma once

namespace enrichment_mock::base {

// Gives what was freed back to the system, where the allocator would keep it for later. For moments at which much was
// freed: it takes milliseconds.
void return_free_memory();

}  // namespace enrichment_mock::base
