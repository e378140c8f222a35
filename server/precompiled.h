// The headers that most files of the server include. CMake puts it before each file; the files still include what they
// use. JSON is not here: each file that includes it takes longer to compile, so only files that use it do.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
