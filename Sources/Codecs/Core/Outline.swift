// SPDX-License-Identifier: Apache-2.0

/// The annotated structure of a file: what each byte is.
///
/// A node without children claims its bytes; a node with children only groups them. In a sound
/// file every byte is claimed exactly once.
public struct Outline: Sendable {
  /// One header, chunk, field or payload.
  public struct Node: Sendable {
    /// The format's own word, e.g. `"IHDR"`, `"biWidth"`.
    public var name: String
    public var range: Range<Int>
    /// The value in readable form; empty for payloads.
    public var value: String
    public var children: [Node]

    public init(
      _ name: String, _ range: Range<Int>, value: String = "", children: [Node] = []
    ) {
      self.name = name
      self.range = range
      self.value = value
      self.children = children
    }
  }

  public var format: String
  public var byteCount: Int
  public var nodes: [Node]

  public init(format: String, byteCount: Int, nodes: [Node] = []) {
    self.format = format
    self.byteCount = byteCount
    self.nodes = nodes
  }

  /// The nodes that claim bytes, in file order.
  public var leaves: [Node] {
    var result: [Node] = []
    var stack = Array(nodes.reversed())
    while let node = stack.popLast() {
      if node.children.isEmpty { result.append(node) } else { stack += node.children.reversed() }
    }
    return result.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// Byte ranges that no node claims.
  public var unclaimed: [Range<Int>] {
    var gaps: [Range<Int>] = []
    var end = 0
    for leaf in leaves where !leaf.range.isEmpty {
      if leaf.range.lowerBound > end { gaps.append(end..<leaf.range.lowerBound) }
      end = max(end, leaf.range.upperBound)
    }
    if end < byteCount { gaps.append(end..<byteCount) }
    return gaps
  }

  /// Byte ranges that more than one node claims.
  public var overlaps: [Range<Int>] {
    var result: [Range<Int>] = []
    var end = 0
    for leaf in leaves where !leaf.range.isEmpty {
      if leaf.range.lowerBound < end {
        result.append(leaf.range.lowerBound..<min(end, leaf.range.upperBound))
      }
      end = max(end, leaf.range.upperBound)
    }
    return result
  }
}

/// Reads fields one after the other and notes each as an ``Outline/Node``.
public struct OutlineReader: ~Escapable {
  public var reader: ByteReader
  public var nodes: [Outline.Node] = []

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, codec: CodecError.Name) {
    reader = ByteReader(bytes, codec: codec)
  }

  /// Notes what `body` reads as a leaf; the value is what `body` returns.
  @_lifetime(self: copy self)
  public mutating func field(
    _ name: String, _ body: (inout ByteReader) throws(CodecError) -> String
  ) throws(CodecError) {
    let start = reader.offset
    let value = try body(&reader)
    nodes.append(Outline.Node(name, start..<reader.offset, value: value))
  }

  /// Puts the nodes noted since there were `count` of them under one new node.
  @_lifetime(self: copy self)
  public mutating func group(_ name: String, since count: Int, value: String = "") {
    guard count < nodes.count else { return }
    let children = Array(nodes[count...])
    nodes.removeSubrange(count...)
    let range = children[0].range.lowerBound..<children[children.count - 1].range.upperBound
    nodes.append(Outline.Node(name, range, value: value, children: children))
  }

  /// What was noted, then the error if there is one, else what lies behind the end.
  func outline(_ format: String, _ failure: CodecError?) -> Outline {
    var nodes = nodes
    let count = reader.bytes.byteCount
    let end = nodes.last?.range.upperBound ?? 0
    if let failure {
      nodes.append(Outline.Node("error", end..<count, value: failure.description))
    } else if end < count {
      nodes.append(Outline.Node("bytes behind the end", end..<count))
    }
    return Outline(format: format, byteCount: count, nodes: nodes)
  }
}

extension OutlinedFormat {
  /// What `walk` notes, then its error if it throws one, else what lies behind the end.
  static func outline(
    _ source: Bytes, codec: CodecError.Name,
    _ walk: (inout OutlineReader) throws(CodecError) -> Void
  ) -> Outline {
    var walker = OutlineReader(source.span, codec: codec)
    var failure: CodecError?
    do throws(CodecError) { try walk(&walker) } catch { failure = error }
    return walker.outline(formatName, failure)
  }
}
