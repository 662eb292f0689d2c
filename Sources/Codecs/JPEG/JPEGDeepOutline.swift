// SPDX-License-Identifier: Apache-2.0

extension JPEG: DeepOutlinedFormat {
  /// The outline with what the scans hold: how many blocks and bits each component has, the runs of
  /// blocks that progressive scans say nothing about, and the MCUs of every restart interval.
  public static func deepOutline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    var outline = try outline(source, policy: policy)
    let scans = measureScans(source.span, policy: policy)
    var (next, interval) = (0, 0)
    for index in outline.nodes.indices {
      let node = outline.nodes[index]
      if next < scans.count, node.name == Marker.sos.description,
        node.range.upperBound == scans[next].offset
      {
        outline.nodes[index].children += nodes(of: scans[next], at: node.range.upperBound)
        (next, interval) = (next + 1, 0)
      } else if next > 0, node.name == "entropy-coded data" {
        outline.nodes[index].value = scans[next - 1].describe(interval: interval)
        interval += 1
      }
    }
    return outline
  }

  /// What was counted in a scan, behind its header.
  private static func nodes(of scan: MeasuredScan, at offset: Int) -> [Outline.Node] {
    let place = offset..<offset
    var nodes = [Outline.Node("MCUs", place, value: "\(scan.unitCount)")]
    if scan.restartInterval > 0 {
      nodes.append(
        Outline.Node("restart interval", place, value: "\(scan.restartInterval) MCUs"))
    }
    guard let statistics = scan.statistics else { return nodes }
    for (index, identifier) in scan.components.enumerated() {
      nodes.append(
        Outline.Node(
          "component \(identifier)", place,
          value: "\(statistics.blockCounts[index]) blocks of \(statistics.bitCounts[index]) bits"))
    }
    if statistics.runCount > 0 {
      nodes.append(
        Outline.Node(
          "EOB runs", place,
          value: "\(statistics.runCount) over \(statistics.runBlockCount) blocks, the longest "
            + "over \(statistics.longestRun)"))
    }
    if !scan.isComplete {
      nodes.append(Outline.Node("error", place, value: "not all MCUs were decoded"))
    }
    return nodes
  }
}

extension JPEG.MeasuredScan {
  /// Which MCUs are between two restart markers.
  fileprivate func describe(interval: Int) -> String {
    guard restartInterval > 0 else { return "" }
    let (first, isTooMuch) = interval.multipliedReportingOverflow(by: restartInterval)
    guard !isTooMuch, first < unitCount else { return "restart interval \(interval)" }
    let last = min(first + restartInterval, unitCount) - 1
    return "restart interval \(interval), MCUs \(first) to \(last)"
  }
}
