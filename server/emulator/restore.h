// Snapshots that the library restores.
#pragma once
#include "control/restore.h"

namespace enrichment_mock {

// Reads the text of the document. Throws SnapshotError if it is not a snapshot.
control::Snapshot read_snapshot(json_text::Document& document);

// Throws SnapshotError if the document has problems.
void refuse_snapshot(json_text::Document& document);

}  // namespace enrichment_mock
