package io.treza.audit.internal.dockerfile;

/**
 * A text that stands below an instruction of which it is an argument.
 *
 * @param name that starts and ends it
 * @param expand whether variables in it are expanded: the name was not quoted
 * @param chomp whether leading tabs are taken off its lines: {@code <<-}
 */
record Heredoc(String name, boolean expand, boolean chomp, String content) {}
