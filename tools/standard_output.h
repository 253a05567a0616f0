// Standard output that cannot be written.

#pragma once

namespace contrail::tool {

// Whether standard output is a pipe that nobody reads any more.
bool ReaderIsGone();

// Ends the process without a word, as the signal SIGPIPE ends other programs in a pipeline. For
// verbs that have nothing to bring to an end.
[[noreturn]] void EndLikeABrokenPipe();

}  // namespace contrail::tool
