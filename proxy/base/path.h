// Where a request goes nearly every time, and where it goes rarely. A request passes some twenty short functions in several
// rooms; each call costs about as much as its body. SLOTWAY_STRAIGHT makes one function of what a function calls, so that
// the straight path is code in a row; SLOTWAY_RARE keeps out of it what is not on it.
// Thread: any.
#pragma once

/// Of a function with which the path enters: all that it calls becomes part of it, save what is rare.
#define SLOTWAY_STRAIGHT [[gnu::flatten]]
/// Common too, but a path of its own that straight functions only call.
#define SLOTWAY_APART [[gnu::noinline]]
/// Errors, waits, redirects, first times: never part of another function, and kept away from the others.
#define SLOTWAY_RARE [[gnu::noinline, gnu::cold]]
