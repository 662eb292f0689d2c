// SPDX-License-Identifier: Apache-2.0

extension PNG: DeepOutlinedFormat {
  /// The outline with what is inside the image data of each frame: the zlib stream that runs through
  /// its chunks, block by block, and the filter of every row; likewise in zTXt and iCCP.
  public static func deepOutline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    var outline = try outline(source, policy: policy)
    var diagnostics = Diagnostics()
    let prologue = try? Prologue(parsing: source.span, policy: policy, diagnostics: &diagnostics)
    var header = prologue?.header
    var data = CompressedData(isRaw: prologue?.isCgBI ?? false)
    for index in outline.nodes.indices {
      let name = outline.nodes[index].name
      // Other chunks may stand between those of a frame, not between IDATs.
      if name != data.chunkName, data.chunkName != "fdAT" || name == "fcTL" {
        data.show(in: &outline, source.span, header, policy: policy)
      }
      switch name {
      case "fcTL": header = frameHeader(outline.nodes[index], source.span, header)
      case "IDAT", "fdAT": data.append(index, outline.nodes[index])
      case "zTXt", "iCCP":
        var stream = CompressedData(isRaw: false)
        stream.append(index, outline.nodes[index])
        stream.show(in: &outline, source.span, nil, policy: policy)
      default: break
      }
    }
    data.show(in: &outline, source.span, header, policy: policy)
    return outline
  }

  /// The header of the image with the size that an fcTL gives.
  private static func frameHeader(
    _ node: Outline.Node, _ source: RawSpan, _ header: Header?
  ) -> Header? {
    guard var header, node.range.count >= 20 else { return header }
    func number(_ offset: Int) -> Int {
      Int(
        UInt32(
          bigEndian: source.loadUnaligned(
            UInt32.self, at: node.range.lowerBound + offset)))
    }
    (header.width, header.height) = (number(12), number(16))
    return header.width > 0 && header.height > 0 ? header : nil
  }

  /// The chunks that hold one compressed stream: that of an image, a frame, a text or a profile.
  private struct CompressedData {
    /// Where a part of the stream lies in the file, and the node that claims it.
    struct Piece {
      var node: Int
      var child: Int
      var range: Range<Int>
      /// Offset of its first byte in the stream.
      var start: Int
    }
    /// Apple's variant has no zlib header.
    let isRaw: Bool
    var chunkName = ""
    var pieces: [Piece] = []
    var byteCount = 0

    init(isRaw: Bool) { self.isRaw = isRaw }

    mutating func append(_ index: Int, _ node: Outline.Node) {
      chunkName = node.name
      guard let child = node.children.firstIndex(where: { $0.name == "data" }) else { return }
      let range = node.children[child].range
      pieces.append(Piece(node: index, child: child, range: range, start: byteCount))
      byteCount += range.count
    }

    /// Puts what is in the stream in the place of the data, and begins anew.
    mutating func show(
      in outline: inout Outline, _ source: RawSpan, _ header: Header?, policy: DecodePolicy
    ) {
      defer { self = CompressedData(isRaw: isRaw) }
      guard !pieces.isEmpty else { return }
      let limits = policy.limits
      do throws(CodecError) {
        try limits.check(byteCount, .scratchBytes, codec: PNG.name, part: "IDAT")
      } catch {
        let (piece, place) = (pieces[0], pieces[0].range.lowerBound)
        outline.nodes[piece.node].children[piece.child].children = [
          Outline.Node("error", place..<place, value: error.description)
        ]
        return
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(byteCount)
      for piece in pieces {
        bytes += [UInt8](copying: source.extracting(piece.range))
      }
      let stream = Bytes(bytes)
      let nodes = streamNodes(stream, policy: policy)
      for piece in pieces {
        let end = piece.start + piece.range.count
        outline.nodes[piece.node].children[piece.child].children = nodes.parts(
          in: piece.start..<end, movedBy: piece.range.lowerBound - piece.start)
      }
      guard let header, let last = pieces.last,
        let rows = rowFilters(of: stream, header, policy: policy)
      else { return }
      let place = last.range.upperBound..<last.range.upperBound
      outline.nodes[last.node].children[last.child].children.append(
        Outline.Node("filters of the rows", place, value: rows))
    }

    /// The parts of the stream, by their offsets in it.
    private func streamNodes(_ stream: Bytes, policy: DecodePolicy) -> [Outline.Node] {
      let outline =
        if isRaw {
          try? Deflate.deepOutline(stream, policy: policy)
        } else {
          try? Zlib.deepOutline(stream, policy: policy)
        }
      return outline?.nodes ?? []
    }

    /// Runs of filters that are listed at most.
    private static let maxRunCount = 10_000

    /// The filter types in runs, passes apart by semicolons; `nil` when the data is damaged.
    private func rowFilters(of stream: Bytes, _ header: Header, policy: DecodePolicy) -> String? {
      var limits = policy.limits
      limits.maxOutputBytes = min(limits.maxOutputBytes, limits.maxImageBytes)
      let decoded =
        if isRaw {
          try? Deflate.decode(stream.span, limits: limits)
        } else {
          try? Zlib.decode(stream.span, limits: limits)
        }
      guard let decoded else { return nil }
      let passes = PNG.passes(
        width: header.width, height: header.height, isInterlaced: header.isInterlaced)
      var (texts, offset, listed): ([String], Int, Int) = ([], 0, 0)
      for pass in passes {
        let rowByteCount = header.rowByteCount(width: pass.width) + 1
        var runs: [(type: UInt8, count: Int)] = []
        var row = 0
        while row < pass.height, offset < decoded.count {
          let type = decoded[offset]
          if runs.last?.type == type {
            runs[runs.count - 1].count += 1
          } else {
            guard listed < Self.maxRunCount else { return "more than \(Self.maxRunCount) runs" }
            runs.append((type, 1))
            listed += 1
          }
          offset += rowByteCount
          row += 1
        }
        texts.append(runs.map { "\(filterName($0.type))×\($0.count)" }.joined(separator: " "))
      }
      return texts.joined(separator: "; ")
    }

    private func filterName(_ type: UInt8) -> String {
      let names = ["none", "sub", "up", "average", "paeth"]
      return type < names.count ? names[Int(type)] : "\(type)?"
    }
  }
}

extension Outline.Node {
  /// What lies in `range` of the node and those in it, moved by `distance`; `nil` when it is nothing.
  fileprivate func part(in range: Range<Int>, movedBy distance: Int) -> Outline.Node? {
    let common = self.range.clamped(to: range)
    guard !common.isEmpty else { return nil }
    let isFirst = common.lowerBound == self.range.lowerBound
    var part = self
    part.range = common.lowerBound + distance..<common.upperBound + distance
    if !isFirst { part.value = "goes on" }
    part.children = children.parts(in: range, movedBy: distance)
    return part
  }
}

extension [Outline.Node] {
  /// What lies in `range` of nodes that follow one another.
  fileprivate func parts(in range: Range<Int>, movedBy distance: Int) -> [Outline.Node] {
    // Halving, so that many chunks with many blocks do not take the product of both.
    var (first, end) = (0, count)
    while first < end {
      let middle = (first + end) / 2
      if self[middle].range.upperBound <= range.lowerBound {
        first = middle + 1
      } else {
        end = middle
      }
    }
    return self[first...].prefix { $0.range.lowerBound < range.upperBound }
      .compactMap { $0.part(in: range, movedBy: distance) }
  }
}
