package io.treza.platform.store;

/**
 * A line of a log and where in it.
 *
 * @param position greater than that of each line the enclave's log had before, of any kind
 * @param line the line
 */
public record LogEntry(long position, LogLine line) {}
