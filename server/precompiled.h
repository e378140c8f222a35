// What most files of the server include, read once. CMake puts it before each of them; they still include what they
// use. JSON is not here: each file that sees it compiles parts of it anew, so only those that use it may.
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
