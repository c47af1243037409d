package io.treza.audit.internal.scan;

import java.util.Map;

/**
 * One way in which scanners write reports. A file is read twice, since what decides how findings
 * are to be read may come after them: first for the head, then for what was found.
 */
interface ReportFormat {
  /** Members of the root that say whose report this is, about what; none has findings in memory. */
  Map<String, JsonStream.Value> head(JsonStream json);

  /** Whether the head that was read is one of this format. */
  boolean recognised();

  /** What was scanned, as the head says. */
  Artifact artifact();

  /** Members of the root that hold what was found. */
  Map<String, JsonStream.Value> body(JsonStream json, Collector collector);

  /** The report, once head and body have been read. */
  ScanReport report(String file, ScanReport.Found found);
}
