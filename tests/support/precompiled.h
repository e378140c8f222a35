// What nearly every test includes, read once. CMake puts it before each file of tests, which still include what they
// use.
#pragma once

#include <chrono>
#include <doctest/doctest.h>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
