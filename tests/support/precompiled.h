// The headers that nearly every test includes. CMake puts it before each file of tests, which still include what they
// use.
#pragma once

#include <doctest/doctest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <precompiled.h>
